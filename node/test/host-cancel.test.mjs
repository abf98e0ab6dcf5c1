// Rust lets go of host code: its signal, and what happens to an answer that nobody waits for.

import assert from 'node:assert/strict';
import test from 'node:test';

import { api, failure, run, turn, until } from './fixture.mjs';

/** Starts a call that waits for a function, and gives what that function was passed. */
async function hanging(call = api.apply) {
  const seen = {};
  const controller = new AbortController();
  const promise = call(1, (...args) => new Promise((resolve, reject) => Object.assign(seen, { args, resolve, reject })), { signal: controller.signal });
  promise.catch(() => {});
  await until(() => seen.args !== undefined);
  return { ...seen, options: seen.args.at(-1), controller, promise };
}

const elsewhere = (n, f, options) => api.mapElsewhere([n], f, options);

for (const [where, call] of Object.entries({ 'on the loop': api.apply, 'for a worker': elsewhere })) {
  test(`the signal fires once, with an AbortError (${where})`, async () => {
    const { options, controller, promise } = await hanging(call);
    const { signal } = options;
    assert.equal(signal, options.signal);
    assert.equal(signal.aborted, false);
    const reasons = [];
    signal.addEventListener('abort', () => reasons.push(signal.reason));
    controller.abort();
    assert.equal(await failure(promise), controller.signal.reason);
    await until(() => reasons.length > 0);
    for (let i = 0; i < 10; i += 1) await turn();
    assert.deepEqual(reasons.map((reason) => reason.name), ['AbortError']);
    assert.notEqual(reasons[0], controller.signal.reason);
  });

  test(`a signal that is read after the end has fired (${where})`, async () => {
    const { options, controller, promise } = await hanging(call);
    controller.abort();
    await failure(promise);
    await until(() => options.signal.aborted || turn());
    assert.equal(options.signal.reason.name, 'AbortError');
  });

  for (const end of ['resolve', 'reject']) {
    test(`an answer after the end is nobody's business: ${end} (${where})`, async () => {
      const { controller, promise, ...settle } = await hanging(call);
      controller.abort();
      const reason = await failure(promise);
      settle[end](new Error('too late'));
      // An unhandled rejection would end this process.
      await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal(reason, controller.signal.reason);
    });
  }
}

test('the signal of a call that succeeds never fires', async () => {
  let signal;
  assert.equal(await api.apply(1, async (n, options) => ({ signal } = options, n)), 1);
  await turn();
  assert.equal(signal.aborted, false);
});

test('the options go where options go', async () => {
  const seen = await api.mapEach([1], async (n, options) => {
    assert.deepEqual(Object.keys(options), ['signal']);
    const copy = { ...options, method: 'POST' };
    return copy.signal === options.signal && copy.signal instanceof AbortSignal ? 1 : 0;
  });
  assert.deepEqual(seen, [1]);
});

test('only what is awaited gets options', async () => {
  const counts = [];
  const note = (...args) => counts.push(args.length);
  api.filterNow([1], (...args) => note(...args) > 0);
  await api.filter([1], (...args) => note(...args) > 0);
  await api.countTo(2, note);
  await api.apply(1, (...args) => note(...args));
  assert.deepEqual(counts, [1, 1, 1, 1, 2]);
});

test('a callback may cancel the call that it serves', async () => {
  for (const call of [api.apply, elsewhere]) {
    const controller = new AbortController();
    let inner;
    const promise = call(1, (n, { signal }) => {
      inner = signal;
      controller.abort();
      return new Promise(() => {});
    }, { signal: controller.signal });
    assert.equal(await failure(promise), controller.signal.reason);
    await until(() => inner.aborted);
  }
});

test('a cancelled notification is not delivered', async () => {
  const controller = new AbortController();
  const seen = [];
  const promise = api.countNarrow(1000, (n) => {
    seen.push(n);
    if (n === 5) controller.abort();
  }, { signal: controller.signal });
  assert.equal(await failure(promise), controller.signal.reason);
  for (let i = 0; i < 20; i += 1) await turn();
  assert.deepEqual(seen, [1, 2, 3, 4, 5]);
});

test('a listener that throws is reported as JavaScript does, and the call ends as it was going to', async () => {
  const { code, stdout, stderr } = await run(`
    process.on('uncaughtException', (error) => console.log('uncaught', error.message));
    const controller = new AbortController();
    api.apply(1, (n, { signal }) => {
      signal.addEventListener('abort', () => { throw new Error('listener'); });
      return new Promise(() => {});
    }, { signal: controller.signal }).catch((error) => console.log('rejected', error.name));
    controller.abort();
  `);
  assert.equal(code, 0, stderr);
  assert.deepEqual(stdout.trim().split('\n').sort(), ['rejected AbortError', 'uncaught listener']);
});

test('a promise that Rust lets go of goes on', async () => {
  let resolve;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  await api.dropFuture(promise, true);
  resolve(7);
  assert.equal(await promise, 7);
});
