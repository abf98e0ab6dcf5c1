// `{ signal }` at every moment of a call's life, on every JavaScript host.

import { allDropped, counted, equal, failure, ok, turn, until } from './tools.mjs';

/** Calls that wait, of every kind; `stop` ends what a signal does not. */
const kinds = (api) => ({
  'a function': (options) => api.waitForever(options),
  'a sleep': (options) => api.nap(1e6, 0, options),
  'a #[local] function': (options) => api.workPinned(1e9, options),
  'work': (options) => api.work(1e9, options),
  'a method': (options) => new api.Counter().wait(options),
  'one that waits for host code': (options) => api.apply(1, () => new Promise(() => {}), options),
  'one that waits for a promise': (options) => api.waitFor(new Promise(() => {}), options),
  'a lazy one': (options) => {
    const promise = api.waitForever({ ...options, lazy: true });
    promise.catch(() => {});
    return promise;
  },
});

const REASONS = { undefined, null: null, 'a string': 'no', 'no text': '', zero: 0, 'an object': { why: 1 }, 'an error': new EvalError('x') };

/** The least that is a signal: of an old library, say, or another realm. */
class OtherSignal extends EventTarget {
  aborted = false;
  reason = undefined;
  abort(reason) {
    this.aborted = true;
    this.reason = reason;
    this.dispatchEvent(new Event('abort'));
  }
}

/** Registers each test. */
export function register(api, test) {
  for (const [name, call] of Object.entries(kinds(api))) {
    test(`${name}: aborted before, during, twice, and its signal used again`, async () => {
      api.resetCounters();
      equal(await failure(call({ signal: AbortSignal.abort('before') })), 'before');
      equal(api.created(), 0, 'nothing ran');
      const controller = new AbortController();
      const { signal, listeners } = counted(controller.signal);
      const first = failure(call({ signal }));
      await turn();
      const second = failure(call({ signal }));
      equal(listeners.size, 1);
      controller.abort('stop');
      controller.abort('again');
      equal(await first, 'stop');
      equal(await second, 'stop');
      equal(listeners.size, 0);
      equal(await failure(call({ signal })), 'stop', 'a later call');
      await allDropped(api);
    });
  }

  for (const [name, reason] of Object.entries(REASONS)) {
    test(`aborted with ${name}: that is what it rejects with`, async () => {
      for (const begun of [false, true]) {
        const controller = new AbortController();
        if (!begun) controller.abort(reason);
        const promise = api.waitForever({ signal: controller.signal });
        if (begun) controller.abort(reason);
        const got = await failure(promise);
        if (reason === undefined) ok(got instanceof DOMException && got.name === 'AbortError' && got.code === 20, String(got));
        else equal(got, reason);
        equal(got, controller.signal.reason);
      }
    });
  }

  test('during the first poll: a result that is ready beats it, what waits is stopped', async () => {
    for (const [f, outcome] of [
      [(controller) => (controller.abort('in'), 5), 5],
      [async (controller) => (controller.abort('in'), 5), 'in'],
    ]) {
      api.takeEvents();
      const controller = new AbortController();
      const { signal, listeners } = counted(controller.signal);
      const got = await api.apply(1, () => f(controller), { signal }).catch((reason) => reason);
      equal(got, outcome);
      equal(api.takeEvents().join(), 'rust dropped');
      equal(listeners.size, 0);
    }
  });

  test('during a later poll, by host code that it asks', async () => {
    api.takeEvents();
    let count = 0;
    const controller = new AbortController();
    const f = async (n) => {
      count += 1;
      if (n === 3) controller.abort('third');
      return n;
    };
    equal(await failure(api.mapEach([1, 2, 3, 4, 5], f, { signal: controller.signal })), 'third');
    await turn();
    equal(count, 3, 'asked no more');
  });

  test('after completion, and between the completion and its promise', async () => {
    api.resetCounters();
    const controller = new AbortController();
    const { signal, listeners } = counted(controller.signal);
    const promise = api.nap(0, 9, { signal });
    equal(await promise, 9);
    equal(listeners.size, 0);
    controller.abort();
    equal(await promise, 9);
    await allDropped(api, 1);
  });

  test('at any moment around the completion: one of the two wins, and all is dropped once', async () => {
    api.resetCounters();
    const ends = { value: 0, stop: 0 };
    for (let round = 0; round < 400; round += 1) {
      const controller = new AbortController();
      const { signal, listeners } = counted(controller.signal);
      const outcome = api.work(3, { signal }).then((value) => (equal(value, 3), 'value'), (reason) => reason);
      // So many microtasks later; each tenth also a turn.
      for (let i = 0; i < round % 17; i += 1) await undefined;
      if (round % 10 === 9) await turn();
      controller.abort('stop');
      ends[await outcome] += 1;
      equal(listeners.size, 0);
    }
    equal(ends.value + ends.stop, 400);
    ok(ends.value > 0 && ends.stop > 0, JSON.stringify(ends));
    await allDropped(api, 400);
  });

  test('while completions are drained: by host code between them, and by who awaits one', async () => {
    api.resetCounters();
    for (let round = 0; round < 20; round += 1) {
      const controller = new AbortController();
      const { signal, listeners } = counted(controller.signal);
      const calls = Array.from({ length: 60 }, (_, i) => api.work(1 + (i % 4), { signal }).catch((reason) => reason));
      if (round % 2) void calls[30].then(() => controller.abort('stop'));
      else void api.countTo(3, (n) => n === 2 && controller.abort('stop'));
      for (const [i, end] of (await Promise.all(calls)).entries()) {
        ok(end === 'stop' || end === 1 + (i % 4), `call ${i} ended with ${end}`);
      }
      await until(() => signal.aborted);
      equal(listeners.size, 0);
    }
    await allDropped(api, 20 * 60);
  });

  test('one signal for 10,000 calls: one listener, gone with the last', async () => {
    api.resetCounters();
    const controller = new AbortController();
    const { signal, listeners } = counted(controller.signal);
    const done = Array.from({ length: 5000 }, (_, i) => api.nap(i % 3, i, { signal }));
    const stopped = Array.from({ length: 5000 }, () => failure(api.waitForever({ signal })));
    equal(listeners.size, 1);
    ok((await Promise.all(done)).every((value, i) => value === i));
    equal(listeners.size, 1);
    controller.abort('all');
    ok((await Promise.all(stopped)).every((reason) => reason === 'all'));
    equal(listeners.size, 0);
    await allDropped(api, 10_000);
  });

  test('calls of one signal stop in the order in which they were made', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const order = [];
    const calls = Array.from({ length: 50 }, (_, i) => api.nap(i % 3 ? 1e6 : 0, 0, { signal }).catch(() => order.push(i)));
    await Promise.all(calls.filter((_, i) => i % 3 === 0));
    controller.abort();
    await Promise.all(calls);
    equal(order.join(), Array.from({ length: 50 }, (_, i) => i).filter((i) => i % 3).join());
  });

  test('AbortSignal.any, AbortSignal.timeout', async () => {
    api.resetCounters();
    const [one, other] = [new AbortController(), new AbortController()];
    const { signal, listeners } = counted(AbortSignal.any([one.signal, other.signal]));
    const promise = failure(api.waitForever({ signal }));
    other.abort('other');
    one.abort('one');
    equal(await promise, 'other');
    equal(listeners.size, 0);
    const late = await failure(api.waitForever({ signal: AbortSignal.any([AbortSignal.timeout(1), new AbortController().signal]) }));
    ok(late instanceof DOMException && late.name === 'TimeoutError', String(late));
    equal((await failure(api.nap(1e6, 0, { signal: AbortSignal.timeout(1) }))).name, 'TimeoutError');
    equal(await api.nap(0, 4, { signal: AbortSignal.timeout(1e6) }), 4, 'and lets go of the timer');
    await allDropped(api, 4);
  });

  test('a listener of its signal that throws, or aborts others, disturbs nothing', async () => {
    api.resetCounters();
    const [one, other] = [new AbortController(), new AbortController()];
    const calls = [one, other, one].map(({ signal }) => failure(api.waitForever({ signal })));
    one.signal.addEventListener('abort', () => other.abort('other'));
    one.abort('one');
    equal((await Promise.all(calls)).join(), 'one,other,one');
    await allDropped(api, 3);
  });

  test('a new call from the handler of an abort', async () => {
    const controller = new AbortController();
    const again = new AbortController();
    const next = failure(api.waitForever({ signal: controller.signal })).then(() => failure(api.waitForever({ signal: again.signal })));
    controller.abort('first');
    await turn();
    again.abort('second');
    equal(await next, 'second');
  });

  test('a signal that is not of this realm, or of a library of its own', async () => {
    api.resetCounters();
    const signal = new OtherSignal();
    const promise = failure(api.waitForever({ signal }));
    signal.abort('other');
    equal(await promise, 'other');
    equal(await failure(api.waitForever({ signal })), 'other');
    await allDropped(api, 1);
  });

  test('what is no signal is a TypeError that says so, and nothing runs', async () => {
    api.resetCounters();
    const fakes = [
      1, 'x', true, 1n, Symbol('s'), [], {}, () => {}, new EventTarget(), { aborted: false }, new AbortController(), new Date(),
      { aborted: 'no', addEventListener() {}, removeEventListener() {} }, { aborted: false, addEventListener() {} },
    ];
    for (const fake of fakes) {
      for (const lazy of [false, true]) {
        const error = await failure(api.waitForever({ signal: fake, lazy }));
        ok(error instanceof TypeError && /^waitForever\(\) option 'signal': expected AbortSignal, got \w+$/.test(error.message), String(error));
      }
    }
    for (const none of [null, undefined]) equal(await api.nap(0, 1, { signal: none }), 1);
    await allDropped(api, 2);
  });

  test('a signal whose parts throw: the call rejects with that, and nothing is left of it', async () => {
    api.resetCounters();
    const broken = { aborted: false, removeEventListener() {}, addEventListener() { throw new RangeError('mine'); } };
    for (let i = 0; i < 2; i += 1) equal((await failure(api.work(3, { signal: broken }))).message, 'mine');
    equal((await failure(api.ready({ get signal() { throw new RangeError('get'); } }))).message, 'get');
    await allDropped(api, 2);
    equal(await api.spawned(1), 2);
  });

  for (const [name, lazy] of [['a call', false], ['a lazy call', true]]) {
    test(`${name} with a signal whose reason cannot be read: rejects with what that throws`, async () => {
      api.resetCounters();
      const silent = () => Object.defineProperty(new OtherSignal(), 'reason', { get() { throw new RangeError('mine'); }, set() {} });
      const before = silent();
      before.aborted = true;
      equal((await failure(api.waitForever({ signal: before, lazy }))).message, 'mine');
      const between = silent();
      const promise = api.waitForever({ signal: between, lazy });
      if (lazy) between.aborted = true;
      const ends = [promise, api.waitForever({ signal: between })].map(failure);
      await turn();
      between.abort();
      for (const end of ends) equal((await end).message, 'mine');
      await allDropped(api);
    });

    test(`${name} with a signal that cannot be asked any more: rejects with what that throws`, async () => {
      api.resetCounters();
      for (let asked = 1; asked < 5; asked += 1) {
        let left = asked;
        const signal = {
          get aborted() {
            if (left === 0) throw new RangeError('mine');
            left -= 1;
            return false;
          },
          addEventListener() {},
          removeEventListener() {},
        };
        const end = await api.nap(1, asked, { signal, lazy }).catch((error) => error.message);
        ok(end === 'mine' || (end === asked && asked > 1), `${end} after ${asked}`);
      }
      await until(() => api.live().length === 0);
      await allDropped(api);
    });
  }

  test('a signal that takes no listener: the call is dropped', async () => {
    api.resetCounters();
    const signal = { aborted: false, removeEventListener() {}, addEventListener() { throw new RangeError('mine'); } };
    for (const lazy of [false, true]) {
      equal((await failure(api.waitForever({ signal, lazy }))).message, 'mine');
      equal(api.live().length, 0);
    }
    await allDropped(api, 2);
  });

  test('a signal that keeps its listener: that is reported, and the calls beside it settle', async () => {
    const seen = [];
    const { reportError } = globalThis;
    globalThis.reportError = (error) => seen.push(error.message);
    try {
      const signal = new OtherSignal();
      signal.removeEventListener = () => { throw new RangeError('mine'); };
      const calls = [api.work(3), api.nap(1, 2, { signal }), api.spawned(0), api.waitForever({ signal }).catch((reason) => reason), api.nap(2, 5)];
      await Promise.all([calls[0], calls[1], calls[2], calls[4]]);
      signal.abort('four');
      equal((await Promise.all(calls)).join(), '3,2,1,four,5');
      equal(seen.join(), 'mine');
    } finally {
      globalThis.reportError = reportError;
    }
  });

  test('a signal that is aborted while it takes the listener', async () => {
    api.resetCounters();
    const signal = new OtherSignal();
    signal.addEventListener = (_, listener) => {
      signal.aborted = true;
      signal.reason = 'now';
      listener.handleEvent(new Event('abort'));
    };
    equal(await failure(api.waitForever({ signal })), 'now');
    await allDropped(api, 1);
  });

  test('an object can be used after any abort', async () => {
    const counter = new api.Counter('c', 1n);
    for (let i = 0; i < 3; i += 1) {
      const controller = new AbortController();
      const wait = failure(counter.wait({ signal: controller.signal }));
      if (i) await turn();
      controller.abort();
      await wait;
      equal(await counter.addLater(1n), BigInt(i + 2));
    }
  });
}
