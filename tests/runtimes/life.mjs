// What the conformance cases do not ask: signals, lifetimes, stacks, workers. Each test runs in Node, Bun and Deno.

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import process from 'node:process';
import { Worker } from 'node:worker_threads';

/** What a runtime cannot do, and why. It still runs; when it passes, the run fails and asks to remove the entry. */
const KNOWN_FAILURES = {
  bun: {
    'the stack of an error shows who awaits it':
      'JavaScriptCore finds awaiting functions only through async functions that await each other themselves',
  },
  deno: {},
};

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

async function until(condition) {
  while (!condition()) await turn();
}

const failure = (promise) => promise.then((value) => assert.fail(`gave ${value} instead of failing`), (error) => error);

/** Runs a script in a process of its own, of this runtime, with `api` in scope. */
function run(addon, script) {
  const source = `const { createRequire } = await import('node:module'); const process = (await import('node:process')).default;
    const api = createRequire(${JSON.stringify(import.meta.url)})(${JSON.stringify(addon)}); ${script}`;
  const args = process.versions.deno ? ['eval', source] : process.versions.bun ? ['-e', source] : ['--input-type=module', '-e', source];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

function tests(api, addon) {
  const ends = async (script, expected, status = 0) => {
    const { code, signal, stdout, stderr } = await run(addon, script);
    assert.deepEqual({ code, signal, stdout: stdout.trim(), stderr }, { code: status, signal: null, stdout: expected, stderr: '' });
  };
  return {
    async 'the body runs in the call'() {
      api.resetCounters();
      const promise = api.nap(0, 3);
      assert.equal(api.created(), 1);
      assert.equal(await promise, 3);
      assert.equal(api.dropped(), 1);
    },
    async 'lazy: at the first await'() {
      api.resetCounters();
      const promise = api.work(2, { lazy: true });
      await turn();
      assert.equal(api.created(), 0);
      assert.equal(await promise, 2);
    },
    async 'abort: rejects at once, and drops'() {
      api.resetCounters();
      const controller = new AbortController();
      const promise = api.waitForever({ signal: controller.signal });
      controller.abort();
      assert.equal(api.dropped(), 1);
      const reason = await failure(promise);
      assert.ok(reason === controller.signal.reason && reason.name === 'AbortError');
      assert.equal((await failure(api.waitForever({ signal: AbortSignal.timeout(1) }))).name, 'TimeoutError');
      assert.equal(await failure(api.work(1, { signal: AbortSignal.abort('no') })), 'no');
    },
    async 'one signal for 2,000 calls'() {
      api.resetCounters();
      const { signal, abort } = ((controller) => ({ signal: controller.signal, abort: (why) => controller.abort(why) }))(new AbortController());
      const calls = Array.from({ length: 2000 }, () => failure(api.waitForever({ signal })));
      abort('all');
      assert.ok((await Promise.all(calls)).every((reason) => reason === 'all'));
      assert.equal(api.dropped(), 2000);
    },
    async 'errors: class, code, fields, cause; panics'() {
      const error = await failure(api.failLater('not found'));
      assert.ok(error instanceof api.Failure.NotFound && error instanceof api.Failure && error instanceof Error);
      assert.deepEqual([error.name, error.code, error.id], ['Failure.NotFound', 'NOT_FOUND', 2n ** 64n - 1n]);
      assert.equal((await failure(api.failLater('x'))).cause.message, 'invalid digit found in string');
      assert.ok((await failure(api.panicLater('on purpose'))) instanceof api.PanicError);
      assert.equal(await api.spawned(1), 2);
    },
    async 'the stack of an error shows who awaits it'() {
      async function caller() {
        await api.failLater('closed');
      }
      assert.match((await failure(caller())).stack, /\bcaller\b.*life\.mjs/);
    },
    async 'AsyncLocalStorage: behind the await, and in host code'() {
      const storage = new AsyncLocalStorage();
      const seen = await storage.run('here', async () => {
        const inside = await api.mapElsewhere([1], async () => (storage.getStore() === 'here' ? 1 : 0));
        await api.nap(1);
        return [inside[0], storage.getStore()];
      });
      assert.deepEqual(seen, [1, 'here']);
    },
    async '20,000 sleeps at once'() {
      const values = await Promise.all(Array.from({ length: 20_000 }, (_, i) => api.nap(i % 5, i)));
      assert.ok(values.every((value, i) => value === i));
    },
    async 'bytes of a MiB, both ways'() {
      const bytes = await api.makeBytes(1 << 20);
      assert.ok(bytes.length === 1 << 20 && bytes.every((byte) => byte === 7));
      bytes.fill(3);
      assert.ok((await api.echoBytes(bytes)).every((byte) => byte === 3));
    },
    'the process ends after the last call': () => ends('api.nap(5, 7).then(console.log);', '7'),
    'a call that is pending keeps the process': () => ends('api.work(50).then(console.log);', '50'),
    'ref: false does not': () => ends("api.waitForever({ ref: false }); console.log('end');", 'end'),
    'what Rust holds does not': () => ends("globalThis.kept = new api.Ticker(() => {}); console.log('end');", 'end'),
    'process.exit with calls pending': () =>
      ends(
        `for (let i = 0; i < 50; i += 1) { api.waitForever(); api.work(1e9); api.nap(i); api.block(3); api.apply(1, () => new Promise(() => {})); }
         setTimeout(() => process.exit(3), 5);`,
        '',
        3,
      ),
    async 'a floating rejection is unhandled'() {
      const { code, stderr } = await run(addon, "api.failLater('closed');");
      assert.equal(code, 1);
      assert.match(stderr, /closed/);
    },
    async 'workers: their own classes, one after another and terminated with calls pending'() {
      const source = `
        const { parentPort, workerData } = require('node:worker_threads');
        const api = require(workerData);
        (async () => {
          const error = await api.failLater('closed').catch((e) => e);
          const sum = await api.nap(1, 5);
          for (let i = 0; i < 20; i += 1) { api.waitForever(); api.work(1e9); api.nap(i); api.apply(1, () => new Promise(() => {})); }
          parentPort.postMessage([error instanceof api.Failure.Closed, sum]);
        })();`;
      api.resetCounters();
      for (let i = 0; i < 10; i += 1) {
        const thread = new Worker(source, { eval: true, workerData: addon });
        const answer = await new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject));
        assert.deepEqual(answer, [true, 5]);
        await thread.terminate();
      }
      await until(() => api.dropped() === api.created());
      assert.equal(await api.spawned(1), 2);
    },
  };
}

/** Registers each test. */
export function register(api, addon, runtime, test) {
  for (const [name, body] of Object.entries(tests(api, addon))) {
    const reason = KNOWN_FAILURES[runtime]?.[name];
    test(name, async () => {
      if (!reason) return body();
      const failed = await body().then(() => false, () => true);
      assert.ok(failed, `passes now; remove its entry: ${reason}`);
    });
  }
}
