// How long things live: host code that Rust holds, processes, workers.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Worker } from 'node:worker_threads';

import { addonPath, api, failure, gc, grows, run, turn, until, untilCollected } from './fixture.mjs';

const ROUNDS = 30;

/** Ended by itself, with `expected` on stdout and nothing on stderr. */
async function ends(script, expected = '', ...options) {
  const { code, signal, stdout, stderr } = await run(script, ...options);
  assert.deepEqual({ code, signal, stdout: stdout.trim(), stderr }, { code: 0, signal: null, stdout: expected, stderr: '' });
}

const auth = '{ token: async () => "t", pick: () => 0, note() {} }';

test('what Rust holds does not keep the process', () =>
  ends(`globalThis.kept = [new api.Keeper(${auth}), new api.Ticker(() => {})]; kept[0].ask('x').then(console.log)`, 't'));
test('a call that waits for a promise keeps the process', () =>
  ends('api.apply(1, () => new Promise((resolve) => setTimeout(resolve, 20, 5).unref())).then(console.log)', '5'));
test('a call that is done does not, whatever its promises do', () =>
  ends('api.dropFuture(new Promise(() => {}), true).then(() => console.log("done"))', 'done'));
test('a call that host code has ended does not', () =>
  ends('api.countBlocking(1e5, (n) => { if (n === 10) throw 3; }).catch(console.log)', '3'));
test('a call that is cancelled while it waits for host code does not', () =>
  ends('const c = new AbortController(); api.apply(1, () => new Promise(() => {}), { signal: c.signal }).catch(console.log); c.abort(1)', '1'));

test(`process.exit while Rust waits for host code, ${ROUNDS} times`, async () => {
  const script = `
    for (let i = 0; i < 50; i += 1) {
      api.apply(1, () => new Promise(() => {}));
      api.mapElsewhere([1], () => new Promise(() => {}));
      api.waitElsewhere(new Promise(() => {}));
      api.askInTask({ ...${auth}, token: () => new Promise(() => {}) }, 'x');
      api.countNarrow(5e3, () => {});
      api.countBlocking(5e3, () => {});
    }
    setTimeout(() => process.exit(), ROUND);`;
  for (let round = 0; round < ROUNDS; round += 5) {
    await Promise.all(Array.from({ length: 5 }, (_, i) => ends(script.replace('ROUND', String((round + i) % 7)))));
  }
});

test('process.exit in host code', async () => {
  await ends('api.apply(1, () => { console.log("in"); process.exit(); })', 'in');
  await ends('api.mapElsewhere([1], () => { console.log("in"); process.exit(); })', 'in');
  await ends('api.filterNow([1], () => { console.log("in"); process.exit(); })', 'in');
  await ends('api.countBlocking(1e5, () => { console.log("in"); process.exit(); })', 'in');
});

const busy = `
  const { parentPort, workerData } = require('node:worker_threads');
  const api = require(workerData.addonPath);
  const forever = () => new Promise(() => {});
  const auth = { token: forever, pick: forever, note() {} };
  globalThis.kept = [new api.Keeper(auth), new api.Ticker(() => {})];
  for (let i = 0; i < 20; i += 1) {
    for (const promise of [
      api.apply(1, forever), api.mapElsewhere([1], forever), api.waitElsewhere(forever()), api.askInTask(auth, 'x'),
      api.countNarrow(5e3, () => {}), api.countBlocking(5e3, () => {}), api.giveUpElsewhere(forever),
      api.mapElsewhere([1, 2, 3], async (n) => n), kept[0].ask('x'), api.apply(1, forever, { lazy: true }),
    ]) promise.catch(() => {});
  }
  parentPort.postMessage('busy');`;

const worker = (source) => new Worker(source, { eval: true, workerData: { addonPath } });

test(`a worker that is terminated while Rust waits for its code, ${ROUNDS} times`, async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const thread = worker(busy);
    await new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject));
    for (let i = 0; i < round % 5; i += 1) await turn();
    await thread.terminate();
  }
  assert.deepEqual(await api.mapElsewhere([1], async (n) => n), [1]);
});

test('a worker that is terminated in the middle of host code', async () => {
  for (const call of ['api.apply(1, spin)', 'api.filterNow([1], spin)', 'api.mapElsewhere([1], spin)', 'api.countBlocking(10, spin)']) {
    const thread = worker(`
      const { parentPort, workerData } = require('node:worker_threads');
      const api = require(workerData.addonPath);
      function spin() { parentPort.postMessage('in'); for (;;); }
      ${call};`);
    await new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject));
    await thread.terminate();
  }
});

test('functions, objects and promises are let go of', async () => {
  const collected = new Set();
  const registry = new FinalizationRegistry((name) => collected.add(name));
  const watched = (name, value) => (registry.register(value, name), value);
  await (async () => {
    await api.apply(1, watched('function', (n) => n));
    await api.mapElsewhere([1], watched('for a worker', (n) => n));
    await api.waitElsewhere(watched('promise', Promise.resolve(1)));
    await api.dropFuture(watched('dropped', new Promise(() => {})), false);
    await api.ask(watched('object', { token: (scope) => scope, pick: () => 0, note() {} }), 'x');
    await failure(api.apply(1, () => { throw watched('error', new Error('x')); }));
    await api.inspect(() => { throw watched('inspected', new Error('x')); });
    const keeper = new api.Keeper(watched('kept', { token: (scope) => scope, pick: () => 0, note() {} }));
    await keeper.ask('x');
    keeper.close();
    new api.Ticker(watched('ticker', () => {}));
    const controller = new AbortController();
    const promise = api.apply(1, watched('cancelled', () => new Promise(() => {})), { signal: controller.signal });
    controller.abort();
    await failure(promise);
    await failure(api.ask(watched('refused', {}), 'x'));
  })();
  await untilCollected(() => collected.size === 11);
});

test('what Rust holds is not collected', async () => {
  let here = true;
  const registry = new FinalizationRegistry(() => {
    here = false;
  });
  const ticker = (() => {
    const tick = () => {};
    registry.register(tick, undefined);
    return new api.Ticker(tick);
  })();
  for (let i = 0; i < 20; i += 1) {
    gc();
    await turn();
  }
  await ticker.tick(1);
  assert.ok(here);
});

const object = { token: (scope) => scope, pick: () => 0, note() {} };

for (const [name, body] of Object.entries({
  'callbacks that are ready': () => api.apply(1, (n) => n),
  'callbacks that are awaited': () => api.apply(1, async (n) => n),
  'callbacks that throw': () => failure(api.apply(1, async () => { throw new Error('x'); })),
  'objects': () => api.ask(object, 'x'),
  'promises': () => api.waitFor(Promise.resolve('x')),
  'plain calls': () => api.filterNow([1], (n) => n === 1),
})) {
  test(`the heap is flat over 100,000 ${name}`, async () => {
    const bytes = await grows(body, 1e5);
    assert.ok(bytes < 2e6, `grew by ${bytes} bytes`);
  });
}

test('a hundred thousand values of one plain call need no room for handles', async () => {
  const items = Array.from({ length: 1e5 }, (_, i) => i);
  assert.equal(api.filterNow(items, (n) => n % 2 === 0).length, 5e4);
});
