// Workers that end in every way while calls are in every state. No crash, no hang, nothing lost.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Worker } from 'node:worker_threads';

import { addonPath, api, run, turn, until } from './fixture.mjs';

/** What may be pending, by name. In scope: `api`, `forever`, `auth`. */
const STATES = {
  sleeps: 'for (let i = 0; i < 20; i += 1) go(api.nap(i % 2 ? i % 7 : 1e6));',
  polls: 'for (let i = 0; i < 4; i += 1) { go(api.work(1e9)); go(api.workPinned(1e9)); }',
  completions: 'for (let i = 0; i < 200; i += 1) go(api.heavy(i)); flow();',
  blocking: 'go(api.block(1)); go(api.block(20)); go(api.countBlocking(5e3, () => {}));',
  callbacks: 'go(api.apply(1, forever)); go(api.mapElsewhere([1, 2], forever)); go(api.askInTask(auth, "x"));',
  answers: 'go(api.mapElsewhere(Array(500).fill(1), async (n) => n)); go(api.mapInTasks(Array(50).fill(1), async (n) => n));',
  notifications: 'go(api.countNarrow(1e4, () => {})); go(api.countLossy(1e5, () => {}));',
  awaitables: 'go(api.waitElsewhere(forever())); go(api.waitFor(forever())); go(api.giveUpElsewhere(forever));',
  aborts: 'for (let i = 0; i < 20; i += 1) { const c = new AbortController(); go(api.work(1e9, { signal: c.signal })); setTimeout(() => c.abort(), i % 4); }',
  lazy: 'for (let i = 0; i < 20; i += 1) kept.push(api.nap(1, 0, { lazy: true })); go(api.spawned(1, { lazy: true }));',
  unref: 'for (let i = 0; i < 20; i += 1) go(api.nap(1e6, 0, { ref: false }));',
  panics: 'go(api.panicLater("on purpose"));',
  objects: 'kept.push(new api.Counter(), new api.Keeper(auth), new api.Ticker(() => {})); go(kept.at(-1).tick(1)); go(kept.at(-3).wait());',
};

const NAMES = Object.keys(STATES);

/** How a worker ends: told from outside after so many turns, or by itself. */
const ENDS = {
  'terminated while it starts': { from: -1 },
  'terminated at once': { from: 0 },
  'terminated a few turns later': { from: 3 },
  'process.exit': { inside: 'process.exit(0)' },
  'process.exit in a callback': { inside: 'api.apply(1, () => process.exit(0))' },
  'process.exit from a settled call': { inside: 'api.nap(1).then(() => process.exit(0))' },
  'an uncaught exception': { inside: 'setImmediate(() => { throw new Error("on purpose"); })' },
};

function source(states, inside) {
  return `
    const { parentPort, workerData } = require('node:worker_threads');
    process.on('exit', () => { go(api.spawned(1)); go(api.apply(1, forever)); });
    const api = require(workerData.addonPath);
    const forever = () => new Promise(() => {});
    const auth = { token: forever, pick: forever, note() {} };
    const kept = globalThis.kept = [];
    const go = (promise) => { promise.catch(() => {}); };
    const flow = () => go(api.spawned(1).then(flow));
    ${states.map((name) => STATES[name]).join('\n')}
    parentPort.postMessage('busy');
    ${inside ?? ''}`;
}

/** Runs one worker to its end. */
function live(states, { from, inside }) {
  return new Promise((resolve, reject) => {
    // Panics report on stderr, which is not ours to see here.
    const thread = new Worker(source(states, inside), { eval: true, workerData: { addonPath }, stderr: true });
    thread.once('exit', resolve);
    thread.on('error', (error) => error.message === 'on purpose' || reject(error));
    if (from === undefined) return;
    if (from < 0) setImmediate(() => thread.terminate());
    else {
      thread.once('message', async () => {
        for (let i = 0; i < from; i += 1) await turn();
        thread.terminate();
      });
    }
  });
}

/** The same numbers in every run. */
function* numbers(seed) {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 8;
  }
}

const RUNS = 400;
const AT_ONCE = 4;

test(`${RUNS} workers with calls in mixed states, ended in ${Object.keys(ENDS).length} ways`, async () => {
  api.resetCounters();
  const random = numbers(7);
  const pick = (items) => items[random.next().value % items.length];
  let left = RUNS;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      const states = NAMES.filter(() => random.next().value % 2);
      await live(states, ENDS[pick(Object.keys(ENDS))]);
    }
  };
  // The main environment works on meanwhile.
  let done = false;
  const beside = (async () => {
    for (let i = 0; !done; i += 1) assert.equal(await api.nap(1, i), i);
  })();
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  done = true;
  await beside;
  assert.ok(api.created() > RUNS);
  // What was being polled is dropped when its poll returns.
  await until(() => api.dropped() === api.created());
  assert.deepEqual(await api.mapElsewhere([1], async (n) => n), [1]);
});

for (const name of NAMES) {
  test(`a worker with ${name} alone, ended in every way`, async () => {
    for (const end of Object.values(ENDS)) await live([name], end);
    await until(() => api.dropped() === api.created());
  });
}

// ── the process ──

const SETUP = `
  const forever = () => new Promise(() => {});
  const auth = { token: forever, pick: forever, note() {} };
  const kept = globalThis.kept = [];
  const go = (promise) => { promise.catch(() => {}); };
  const flow = () => go(api.spawned(1).then(flow));
  ${NAMES.filter((name) => name !== 'panics').map((name) => STATES[name]).join('\n')}`;

for (const [name, script] of Object.entries({
  'at once': 'process.exit(3)',
  'in a callback': 'api.apply(1, () => process.exit(3))',
  'in a callback that a worker of Rust asked for': 'api.mapElsewhere([1], () => process.exit(3))',
  'in a plain callback': 'api.filterNow([1], () => process.exit(3))',
  'in a notification': 'api.countBlocking(1e5, () => process.exit(3))',
  'in a settled call': 'api.nap(2).then(() => process.exit(3))',
  'in an abort': 'const c = new AbortController(); c.signal.addEventListener("abort", () => process.exit(3)); go(api.waitForever({ signal: c.signal })); c.abort()',
  "in a getter among a call's arguments": 'go(api.echoRow({ get id() { process.exit(3); } }))',
  "in an 'exit' handler, where calls are made too": "process.on('exit', () => { go(api.apply(1, forever)); go(api.spawned(1)); api.created(); process.exitCode = 3; }); process.exit()",
  'by an uncaught exception that is caught': "process.on('uncaughtException', () => process.exit(3)); setImmediate(() => { throw new Error('x'); })",
  'by an unhandled rejection that is handled': "process.on('unhandledRejection', () => process.exit(3)); api.failLater('closed')",
  'while workers live': `
    const { Worker } = require('node:worker_threads');
    const source = 'const api = require(' + JSON.stringify(addonPath) + '); for (let i = 0; i < 50; i += 1) { api.work(1e9); api.waitForever(); api.nap(i); api.block(9); } require("node:worker_threads").parentPort.postMessage(1)';
    let busy = 0;
    for (let i = 0; i < 3; i += 1) new Worker(source, { eval: true }).once('message', () => { if ((busy += 1) === 3) process.exit(3); });`,
})) {
  test(`process.exit with everything pending: ${name}`, async () => {
    const runs = await Promise.all(Array.from({ length: 3 }, () => run(`${SETUP}\n${script}`)));
    for (const { code, signal, stderr } of runs) {
      assert.deepEqual({ code, signal, stderr }, { code: 3, signal: null, stderr: '' });
    }
  });
}

test('a natural exit with everything pending that does not keep the process', async () => {
  const script = `
    for (let i = 0; i < 100; i += 1) {
      for (const call of [api.waitForever({ ref: false }), api.nap(i, 0, { ref: false }), api.work(1e9, { ref: false }), api.block(i % 5, { ref: false })]) call.catch(() => {});
      api.apply(1, () => new Promise(() => {}), { ref: false }).catch(() => {});
    }
    globalThis.kept = [new api.Counter(), api.nap(1, 0, { lazy: true })];
    process.on('exit', () => console.log('exit', api.created() >= 300));`;
  for (let round = 0; round < 5; round += 1) {
    const { code, signal, stdout, stderr } = await run(script);
    assert.deepEqual({ code, signal, stdout, stderr }, { code: 0, signal: null, stdout: 'exit true\n', stderr: '' });
  }
});
