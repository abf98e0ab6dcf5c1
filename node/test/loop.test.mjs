// The life of the event loop: processes that end when they should, workers that are terminated, several of everything.

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { Worker } from 'node:worker_threads';

import { addonPath, api, run, turn } from './fixture.mjs';

const ROUNDS = 50;

/** Ended by itself, with `expected` on stdout and nothing on stderr. */
async function ends(script, expected = '', ...options) {
  const { code, signal, stdout, stderr } = await run(script, ...options);
  assert.deepEqual({ code, signal, stdout: stdout.trim(), stderr }, { code: 0, signal: null, stdout: expected, stderr: '' });
}

test('the process ends when nothing is pending', () => ends(''));
test('the process ends after the last call', () => ends('api.nap(5, 7).then(console.log)', '7'));
test('a call that is pending keeps the process', () => ends('api.work(50).then(console.log)', '50'));
test('an aborted call does not keep the process', () =>
  ends("const c = new AbortController(); api.waitForever({ signal: c.signal }).catch(console.log); c.abort('stop')", 'stop'));
test('an abort during a poll elsewhere does not keep the process', () =>
  ends("const c = new AbortController(); api.work(1e9, { signal: c.signal }).catch(console.log); setTimeout(() => c.abort('stop'), 5)", 'stop'));
test('a lazy call that nobody awaits does not keep the process', () => ends('globalThis.kept = api.waitForever({ lazy: true })'));

for (const [name, script] of Object.entries({
  'a call': 'api.waitForever({ ref: false })',
  'a call of another thread': 'api.nap(60_000, 0, { ref: false })',
  'a call that has begun when it was awaited': 'api.waitForever({ lazy: true, ref: false }).then()',
  'a method': 'new api.Counter().wait({ ref: false })',
  'one that waits for host code': 'api.apply(1, () => new Promise(() => {}), { ref: false })',
  'one with a signal': 'api.waitForever({ signal: new AbortController().signal, ref: false })',
  'a thousand of them': 'for (let i = 0; i < 1000; i += 1) api.waitForever({ ref: false })',
})) {
  test(`ref: false: ${name} does not keep the process`, () => ends(script));
}
test('ref: true is what holds without it', () =>
  ends("for (const options of [{ ref: true }, { ref: undefined }, {}]) api.nap(5, 7, options).then(console.log)", '7\n7\n7'));
test('ref: false: it settles like any other as long as something else keeps the process', () =>
  ends("setTimeout(() => {}, 1e5); Promise.all([api.nap(5, 7, { ref: false }), api.nap(1, 8, { ref: false, lazy: true }), api.fail('closed', { ref: false }).catch((e) => e.code)]).then((v) => { console.log(v.join()); process.exit(); })", '7,8,CLOSED'));
test('ref: false: calls beside it count as ever, however it ends', () =>
  ends(`
    const c = new AbortController();
    const unref = [api.waitForever({ ref: false, signal: c.signal }), api.nap(1, 1, { ref: false }), api.failLater('closed', { ref: false })];
    let settled = false;
    Promise.allSettled(unref).then((ends) => { settled = true; console.log(ends.map(({ status }) => status).join()); });
    (async () => {
      await api.nap(5);
      c.abort();
      while (!settled) await api.nap(1);
      await api.nap(5);
      console.log('last');
    })();`, 'rejected,fulfilled,rejected\nlast'));
test('ref: false: a slot that is used again counts', () =>
  ends("api.nap(0, 1, { ref: false }).then(() => {}); setTimeout(() => { Promise.all([0, 1, 2].map((i) => api.nap(5, i))).then((v) => console.log(v.join())); }, 20)", '0,1,2'));
test('ref: false: a worker ends too', () =>
  ends(`
    const { Worker } = require('node:worker_threads');
    new Worker('require(' + JSON.stringify(addonPath) + ').waitForever({ ref: false })', { eval: true }).once('exit', (code) => console.log(code));`, '0'));

test(`process.exit with calls pending, ${ROUNDS} times`, async () => {
  const script = `
    for (let i = 0; i < 100; i += 1) { api.waitForever(); api.work(1e9); api.nap(1); api.pinned(1); api.heavy(1); api.block(1); }
    new api.Counter().wait();
    setTimeout(() => process.exit(), ROUND);`;
  for (let round = 0; round < ROUNDS; round += 5) {
    await Promise.all(Array.from({ length: 5 }, (_, i) => ends(script.replace('ROUND', String((round + i) % 7)))));
  }
});

test('an uncaught exception with calls pending', async () => {
  const { code, stderr } = await run('for (let i = 0; i < 100; i += 1) api.work(1e9); setImmediate(() => { throw new Error("mine") })');
  assert.equal(code, 1);
  assert.match(stderr, /Error: mine/);
});

const busy = `
  const { parentPort, workerData } = require('node:worker_threads');
  const api = require(workerData.addonPath);
  const keep = [];
  for (let i = 0; i < 50; i += 1) {
    for (const promise of [api.waitForever(), api.work(1e9), api.nap(i % 5), api.pinned(1), api.heavy(1), api.block(1)]) promise.catch(() => {});
    keep.push(api.nap(1, 0, { lazy: true }), new api.Counter());
  }
  parentPort.postMessage('busy');`;

const worker = (source) => new Worker(source, { eval: true, workerData: { addonPath } });

test(`a worker that is terminated with calls pending, ${ROUNDS} times`, async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const thread = worker(busy);
    await new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject));
    for (let i = 0; i < round % 5; i += 1) await turn();
    await thread.terminate();
  }
  assert.equal(await api.spawned(1), 2);
});

test('a worker that ends drops what it left pending', async () => {
  api.resetCounters();
  const thread = worker(`
    const api = require(require('node:worker_threads').workerData.addonPath);
    for (let i = 0; i < 10; i += 1) api.waitForever();
    process.exit(0);`);
  await new Promise((resolve, reject) => thread.once('exit', resolve).once('error', reject));
  assert.equal(api.created(), 10);
  assert.equal(api.dropped(), 10);
});

test('an addon that only workers load outlives them, for the threads of its runtime do', () =>
  ends(
    `const { Worker } = require('node:worker_threads');
     const source = (end) => 'const api = require(' + JSON.stringify(addonPath) + ');'
       + 'for (let i = 0; i < 20; i += 1) { api.work(1e9); api.waitForever(); api.nap(3); api.block(5); }' + end;
     (async () => {
       for (let round = 0; round < 20; round += 1) {
         const thread = new Worker(source(round % 2 ? 'process.exit()' : 'postMessage(1)').replace('postMessage', 'require("node:worker_threads").parentPort.postMessage'), { eval: true });
         const exit = new Promise((resolve) => thread.once('exit', resolve));
         if (round % 2 === 0) thread.once('message', () => thread.terminate());
         await exit;
       }
       console.log('alive');
     })();`,
    'alive',
    { alone: true },
  ));

test('workers have their own classes, and one runtime', async () => {
  const threads = Array.from({ length: 4 }, () => worker(`
    const { parentPort, workerData } = require('node:worker_threads');
    const api = require(workerData.addonPath);
    (async () => {
      const counter = await api.Counter.connect('w');
      const error = await api.failLater('closed').catch((e) => e);
      const values = await Promise.all(Array.from({ length: 500 }, (_, i) => api.nap(1, i)));
      parentPort.postMessage([await counter.addLater(1), error instanceof api.Failure.Closed, values.every((v, i) => v === i)]);
    })();`));
  const answers = await Promise.all(threads.map((thread) => new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject))));
  for (const answer of answers) assert.deepEqual(answer, [1001n, true, true]);
  await Promise.all(threads.map((thread) => thread.terminate()));
});

test('the main thread goes on while workers come and go', async () => {
  const main = Promise.all(Array.from({ length: 2_000 }, (_, i) => api.nap(i % 20, i)));
  for (let i = 0; i < 5; i += 1) {
    const thread = worker(busy);
    await new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject));
    await thread.terminate();
  }
  assert.deepEqual(await main, Array.from({ length: 2_000 }, (_, i) => i));
});

test('two addons in one process, and one of them loaded twice', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ponton-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const copy = path.join(folder, 'copy.node');
  copyFileSync(addonPath, copy);
  const other = createRequire(import.meta.url)(copy);
  assert.notEqual(other.Counter, api.Counter);
  const again = { exports: {} };
  process.dlopen(again, addonPath);
  for (const one of [other, again.exports]) {
    assert.deepEqual(await Promise.all([one.spawned(1), api.spawned(2)]), [2, 3]);
    assert.throws(() => new api.Counter().plus(new one.Counter()), /expected Counter, got Counter/);
  }
});

test('require alone gives the finished API, also where code from strings is not allowed', () =>
  ends(
    "const c = new api.Counter(); c.addLater(2).then((v) => console.log(v, api.Level.Low, typeof api.PanicError))",
    '2n low function',
    '--disallow-code-generation-from-strings',
  ));

test('with frozen intrinsics', () =>
  ends("api.failLater('closed').catch((e) => console.log(e.name, e.code))", 'Failure.Closed CLOSED', '--frozen-intrinsics', '--no-warnings'));
