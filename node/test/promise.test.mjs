// Promises: eager, lazy, aborted.

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import { beforeEach, test } from 'node:test';

import { api, failure, turn, until, untilCollected } from './fixture.mjs';

beforeEach(() => api.resetCounters());

test('an async function runs in the call, up to its first suspension', async () => {
  const promise = api.nap(0, 3);
  assert.equal(api.created(), 1);
  assert.equal(promise.constructor, Promise);
  assert.equal(await promise, 3);
  assert.equal(api.dropped(), 1);
});

test('nobody has to await it', async () => {
  api.work(5);
  await until(() => api.dropped() === 1);
  assert.equal(api.steps(), 5);
});

test('a result that is ready settles before anything that is queued later', async () => {
  const order = [];
  api.ready().then(() => order.push('ready'));
  Promise.resolve().then(() => order.push('microtask'));
  setImmediate(() => order.push('turn'));
  await turn();
  assert.deepEqual(order, ['ready', 'microtask', 'turn']);
});

test('the same promise can be awaited twice', async () => {
  const promise = api.spawned(1);
  assert.equal(await promise, 2);
  assert.equal(await promise, 2);
});

test('every policy gives its value', async () => {
  assert.equal(await api.heavy(1), 1);
  assert.equal(await api.pinned(2), 2);
  assert.match(await api.block(0), /^ponton-worker/);
  assert.match(await api.spawnThread(), /^ponton-worker/);
  const [first, last] = await api.threads();
  assert.doesNotMatch(first, /^ponton-worker/);
  assert.match(last, /^ponton-worker/);
});

test('#[spawn] does not run in the call', async () => {
  const promises = Array.from({ length: 20 }, (_, i) => api.heavy(i, { lazy: true }));
  assert.equal(api.created(), 0);
  assert.deepEqual(await Promise.all(promises), Array.from({ length: 20 }, (_, i) => i));
});

test('AsyncLocalStorage survives the await', async () => {
  const storage = new AsyncLocalStorage();
  const seen = (value, call) => storage.run(value, async () => {
    await call();
    return storage.getStore();
  });
  assert.deepEqual(
    await Promise.all([
      seen('a', () => api.ready()),
      seen('b', () => api.nap(1)),
      seen('c', () => api.pinned(1)),
      seen('d', () => api.nap(1, 0, { lazy: true })),
      seen('e', () => failure(api.failLater('closed'))),
    ]),
    ['a', 'b', 'c', 'd', 'e'],
  );
});

// ── lazy ──

test('lazy: nothing runs before the first await', async () => {
  const promise = api.work(2, { lazy: true });
  assert.ok(promise instanceof api.LazyPromise && promise instanceof Promise);
  await turn();
  assert.equal(api.steps(), 0);
  assert.equal(await promise, 2);
  assert.equal(await promise, 2);
  assert.equal(api.created(), 1);
});

for (const [name, start] of Object.entries({
  then: (promise) => promise.then(),
  catch: (promise) => promise.catch(() => {}),
  finally: (promise) => promise.finally(() => {}),
  'Promise.all': (promise) => Promise.all([promise]),
  'Promise.resolve': (promise) => Promise.resolve(promise),
})) {
  test(`lazy: ${name} starts it`, async () => {
    await start(api.work(1, { lazy: true }));
    assert.equal(api.steps(), 1);
  });
}

test('lazy: then gives a plain promise', () => {
  assert.equal(api.ready({ lazy: true }).then().constructor, Promise);
});

test('lazy: arguments are converted and copied at the call', async () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const promise = api.echoBytes(bytes, { lazy: true });
  bytes.fill(9);
  assert.deepEqual(await promise, Uint8Array.of(1, 2, 3));
});

test('lazy: a value that does not fit rejects, and only the one who awaits hears of it', async () => {
  const promise = api.echoU8(300, { lazy: true });
  assert.ok(promise instanceof api.LazyPromise);
  await turn();
  const error = await failure(promise);
  assert.ok(error instanceof RangeError);
  assert.match(error.message, /echoU8\(\) argument 'value'/);
});

test('lazy: errors and panics reject', async () => {
  assert.equal((await failure(api.fail('closed', { lazy: true }))).code, 'CLOSED');
  assert.equal((await failure(api.failLater('closed', { lazy: true }))).code, 'CLOSED');
  assert.ok((await failure(api.panicNow('lazy', { lazy: true }))) instanceof api.PanicError);
});

test('lazy: one that nobody awaits is dropped with its promise', async () => {
  const before = api.liveCounters();
  (() => {
    const counter = new api.Counter();
    counter.wait({ lazy: true });
  })();
  assert.equal(api.liveCounters(), before + 1);
  await untilCollected(() => api.liveCounters() === before);
  assert.equal(api.created(), 0);
});

// ── the options bag ──

test('the options bag is the last argument, also after omitted optionals', async () => {
  const aborted = { signal: AbortSignal.abort('no') };
  assert.equal(await failure(api.defaults('a', aborted)), 'no');
  assert.equal(await failure(api.defaults('a', 1, aborted)), 'no');
  assert.equal(await failure(api.defaults('a', 1, 'n', aborted)), 'no');
  assert.equal(await failure(api.defaults('a', 1, 'n', 't', aborted)), 'no');
  assert.equal(await failure(api.defaults('a', undefined, undefined, undefined, aborted)), 'no');
  assert.equal(await api.defaults('a', 1, null, 't', {}), 'a 1 None t');
  assert.equal(await api.defaults('a', 1, null, 't', { signal: undefined }), 'a 1 None t');
  assert.equal(await api.defaults('a', 1, null, 't', undefined), 'a 1 None t');
});

test('it does not stand in for a required parameter', async () => {
  const error = await failure(api.defaults({ lazy: true }));
  assert.match(error.message, /argument 'first': expected string, got object/);
});

test('an object of a class is one too when it has a signal', async () => {
  const controller = new AbortController();
  controller.abort('no');
  class Options {
    signal = controller.signal;
  }
  for (const bag of [new Options(), controller]) assert.equal(await failure(api.ready(bag)), 'no');
  class Typo extends Options {
    lzay = true;
  }
  assert.match((await failure(api.ready(new Typo()))).message, /unknown option 'lzay'/);
});

test('what it must not say', async () => {
  for (const [bag, text] of [
    [{ sginal: null }, /ready\(\) options: unknown option 'sginal'/],
    [{ signal: 'x' }, /ready\(\) option 'signal': expected AbortSignal, got string/],
    [{ signal: {} }, /ready\(\) option 'signal': expected AbortSignal, got object/],
    [{ lazy: 1 }, /ready\(\) option 'lazy': expected boolean, got number/],
    [{ ref: null }, /ready\(\) option 'ref': expected boolean, got null/],
    [new AbortController().signal, /pass \{ signal \}/],
  ]) {
    const error = await failure(api.ready(bag));
    assert.ok(error instanceof TypeError);
    assert.match(error.message, text);
  }
});

test('arguments that are too many are ignored, as JavaScript does', async () => {
  assert.deepEqual(await Promise.all([1, 2].map(api.heavy)), [1, 2]);
  assert.equal(await api.heavy(3, [], 'x'), 3);
  assert.equal(api.add(1, 2, 3), 3);
});

// ── signals ──

test('a signal that has aborted: nothing runs', async () => {
  const reason = new Error('no');
  assert.equal(await failure(api.work(1, { signal: AbortSignal.abort(reason) })), reason);
  assert.equal(await failure(api.echoU8('not even converted', { signal: AbortSignal.abort(reason) })), reason);
  assert.equal(api.created(), 0);
});

test('an abort rejects at once with the reason, and the future is dropped', async () => {
  const controller = new AbortController();
  const promise = api.waitForever({ signal: controller.signal });
  assert.equal(api.created(), 1);
  let settled;
  promise.catch((reason) => (settled = reason));
  controller.abort();
  assert.equal(api.dropped(), 1);
  await Promise.resolve();
  assert.equal(settled, controller.signal.reason);
  assert.equal(settled.name, 'AbortError');
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
});

test('AbortSignal.timeout rejects with its TimeoutError', async () => {
  const error = await failure(api.waitForever({ signal: AbortSignal.timeout(1) }));
  assert.equal(error.name, 'TimeoutError');
});

test('an abort of #[local], #[spawn] and methods', async () => {
  const counter = new api.Counter();
  for (const call of [
    (options) => counter.wait(options),
    (options) => api.nap(1e6, 0, options),
    (options) => api.waitForever(options),
  ]) {
    const controller = new AbortController();
    const promise = call({ signal: controller.signal });
    controller.abort('stop');
    assert.equal(await failure(promise), 'stop');
  }
  assert.equal(api.dropped(), api.created());
  assert.equal(counter.add(), 1n);
});

test('an abort during a poll elsewhere: rejected now, dropped when the poll returns', async () => {
  for (let round = 0; round < 200; round += 1) {
    const controller = new AbortController();
    const promise = api.work(1e9, { signal: controller.signal });
    await until(() => api.steps() > round);
    controller.abort('stop');
    assert.equal(await failure(promise), 'stop');
  }
  await until(() => api.dropped() === api.created());
});

test('an abort that meets a completion: one of them wins, nothing is lost', async () => {
  const outcomes = { value: 0, stop: 0 };
  for (let round = 0; round < 300; round += 1) {
    const controller = new AbortController();
    const promise = api.spawned(1, { signal: controller.signal });
    if (round % 3) await turn();
    controller.abort('stop');
    const outcome = await promise.then((value) => (assert.equal(value, 2), 'value'), (reason) => reason);
    outcomes[outcome] += 1;
  }
  assert.equal(outcomes.value + outcomes.stop, 300);
});

test('a completion that is queued before the abort wins', async () => {
  // Only time tells when it is queued, so wait longer and longer until it was.
  let outcome;
  for (let spins = 1; outcome !== 7; spins *= 2) {
    api.resetCounters();
    const controller = new AbortController();
    const promise = api.heavy(7, { signal: controller.signal });
    while (api.dropped() === 0);
    for (let i = 0; i < spins; i += 1) api.dropped();
    controller.abort('stop');
    outcome = await promise.catch((reason) => reason);
    assert.ok(outcome === 7 || outcome === 'stop');
  }
});

test('one signal for many calls: one listener, removed with the last', async (t) => {
  const warnings = [];
  const onWarning = (warning) => warnings.push(warning.name);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const controller = new AbortController();
  const { signal } = controller;
  const done = Array.from({ length: 5_000 }, () => api.nap(1, 0, { signal }));
  const stopped = Array.from({ length: 5_000 }, () => failure(api.waitForever({ signal })));
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  await Promise.all(done);
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  controller.abort('all');
  assert.ok((await Promise.all(stopped)).every((reason) => reason === 'all'));
  assert.equal(api.dropped(), 10_000);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  await turn();
  assert.deepEqual(warnings, []);
});

test('a call that is ready leaves no listener', async () => {
  const { signal } = new AbortController();
  await api.ready({ signal });
  await failure(api.fail('closed', { signal }));
  await api.spawned(1, { signal });
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('lazy with a signal', async () => {
  const controller = new AbortController();
  const early = api.work(1, { lazy: true, signal: AbortSignal.abort('early') });
  const between = api.work(1, { lazy: true, signal: controller.signal });
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  controller.abort('between');
  await turn(); // nobody awaits: no unhandled rejection
  assert.equal(await failure(early), 'early');
  assert.equal(await failure(between), 'between');
  assert.equal(api.created(), 0);

  const running = new AbortController();
  const late = api.waitForever({ lazy: true, signal: running.signal });
  const failed = failure(late);
  await turn();
  assert.equal(api.created(), 1);
  running.abort('late');
  assert.equal(await failed, 'late');
  assert.equal(api.dropped(), 1);
});

test('a getter among the arguments may abort, or call again', async () => {
  const controller = new AbortController();
  const row = {
    id: 1n, body: new Uint8Array(), createdBy: '', size: 0,
    get from() {
      controller.abort('in between');
      inner = api.spawned(1);
      return undefined;
    },
  };
  let inner;
  const outer = api.echoRow(row, { signal: controller.signal });
  // It was ready at its first poll, and that was before anybody could look at the signal again.
  assert.equal((await outer).id, 1n);
  assert.equal(await inner, 2);
});
