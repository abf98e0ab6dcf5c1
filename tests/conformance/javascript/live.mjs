// `live()`: the calls that are pending, on every JavaScript host.

import { equal, failure, ok, turn, until } from './tools.mjs';

const names = (api) => api.live().map(({ name }) => name);

/** Registers each test. */
export function register(api, test) {
  test('what is pending is listed, the oldest first, with its age and what it does', async () => {
    await until(() => api.live().length === 0);
    await api.ready();
    await failure(api.fail('closed'));
    equal(names(api).join(), '', 'what was ready at once is never there');
    const controller = new AbortController();
    const { signal } = controller;
    const first = failure(api.waitForever({ signal }));
    await new Promise((resolve) => { setTimeout(resolve, 5); });
    const counter = new api.Counter();
    const others = [counter.wait({ signal }), api.nap(1e6, 0, { signal }), api.apply(1, () => new Promise(() => {}), { signal })].map(failure);
    const lazy = api.waitForever({ lazy: true });
    const seen = api.live();
    equal(seen.length, 4, 'an unstarted one is not there');
    equal(seen[0].name, 'wait_forever');
    equal(seen.map(({ name }) => name).sort().join(), 'Counter.wait,apply,nap,wait_forever');
    for (const [i, call] of seen.entries()) {
      equal(Object.keys(call).join(), 'name,age,state');
      equal(call.state, 'waiting');
      ok(typeof call.age === 'number' && call.age >= 0 && (i === 0 || call.age <= seen[i - 1].age), JSON.stringify(seen));
    }
    ok(seen[0].age > seen[3].age);
    controller.abort();
    await Promise.all([first, ...others]);
    equal(names(api).join(), '');
    void lazy;
  });

  test('however a call ends, it is gone', async () => {
    const calls = [api.nap(1), api.work(3), api.failLater('closed'), api.panicLater('on purpose'), api.mapElsewhere([1], async (n) => n)];
    await Promise.allSettled(calls);
    await turn();
    equal(names(api).join(), '');
  });

  test('asked while host code runs: the call that asks is running', async () => {
    let seen;
    await api.mapElsewhere([1], async (n) => {
      seen = api.live();
      return n;
    });
    equal(seen.map(({ name }) => name).join(), 'map_elsewhere');
    ok(['running', 'waiting'].includes(seen[0].state), seen[0].state);
  });

  test('10,000 of them', async () => {
    const controller = new AbortController();
    const calls = Array.from({ length: 10_000 }, () => failure(api.waitForever({ signal: controller.signal })));
    equal(api.live().length, 10_000);
    controller.abort();
    await Promise.all(calls);
    equal(api.live().length, 0);
  });
}
