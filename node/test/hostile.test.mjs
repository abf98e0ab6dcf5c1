// Code around us that breaks what everybody relies on: on every JavaScript host, and what is particular to Node.

import assert from 'node:assert/strict';
import test from 'node:test';

import { register } from '../../tests/conformance/javascript/hostile.mjs';
import { api, run } from './fixture.mjs';

register(api, (name, body) => test(name, { timeout: 60_000 }, body));

/** A process that runs `script` says `stdout`, and nothing else. */
async function says(stdout, script, ...flags) {
  const ended = await run(script, ...flags, '--no-warnings');
  assert.deepEqual(ended, { code: 0, signal: null, stdout: `${stdout}\n`, stderr: '' });
}

// More completions than one turn of the loop may have.
const FLOOD = 'Promise.all(Array.from({ length: 20000 }, (_, i) => api.spawned(i))).then((values) => console.log(values.length));';
const MOCKS = "require('node:test').mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate'] });";

test('mock timers, before we are loaded', { skip: process.getBuiltinModule === undefined && 'Node 20.16' }, () =>
  says('20000', `${MOCKS} const api = require(addonPath); ${FLOOD}`, { alone: true }));

test('mock timers, after', () => says('20000', `${MOCKS} ${FLOOD}`));

const EXITS = {
  'a getter of an argument': 'api.echoRow({ get id() { process.exit(0); } });',
  'a thenable': 'api.waitElsewhere({ then() { process.exit(0); } });',
  "a signal's reason": `
    const signal = Object.assign(new EventTarget(), { aborted: false });
    Object.defineProperty(signal, 'reason', { get() { process.exit(0); } });
    api.waitForever({ signal });
    signal.dispatchEvent(new Event('abort'));`,
  'an abort listener of host code that Rust awaits': `
    const controller = new AbortController();
    api.apply(1, (n, { signal }) => new Promise(() => { signal.addEventListener('abort', () => process.exit(0)); }), { signal: controller.signal }).catch(() => {});
    setImmediate(() => controller.abort());`,
};
for (const [name, script] of Object.entries(EXITS)) {
  test(`process.exit in ${name}`, () => says('left', `process.on('exit', () => console.log('left')); api.waitForever(); ${script}`));
}

test('a worker that is terminated in an abort listener', () =>
  says('20 ended', `
    const { Worker } = require('node:worker_threads');
    const source = \`
      const { parentPort, workerData } = require('node:worker_threads');
      const api = require(workerData);
      const controllers = Array.from({ length: 20 }, () => new AbortController());
      const stay = () => { parentPort.postMessage('here'); for (;;); };
      for (const { signal } of controllers) {
        api.waitForever({ signal }).catch(() => {});
        signal.addEventListener('abort', stay);
        api.apply(1, (n, own) => new Promise(() => { own.signal.addEventListener('abort', stay); }), { signal }).catch(() => {});
      }
      setImmediate(() => { for (const controller of controllers) controller.abort(); });\`;
    const one = (left) => {
      if (left === 0) return console.log('20 ended');
      const worker = new Worker(source, { eval: true, workerData: addonPath });
      worker.on('message', () => worker.terminate());
      worker.on('exit', () => one(left - 1));
    };
    one(20);`));

test('from a context of vm, with its own classes', () =>
  says('Failure.Closed true [2] {"a":1} 5 3', `
    const sandbox = require('node:vm').createContext({ api, console });
    require('node:vm').runInContext(\`(async () => {
      const { name } = await api.fail('closed').catch((error) => error);
      const mine = await api.apply(1, async () => { throw new TypeError('mine'); }).catch((error) => error instanceof TypeError);
      const list = JSON.stringify(await api.mapEach([1], async (n) => n + 1));
      const map = JSON.stringify(await api.echoMap(new Map([['a', 1]])));
      console.log(name, mine, list, map, (await api.echoSystemTime(new Date(5))).getTime(), await api.waitElsewhere(Promise.resolve(3)));
    })()\`, sandbox);`));

test('without __proto__', () =>
  says('__proto__,a Failure.Closed 1', `
    api.echoMap(JSON.parse('{"__proto__": 1, "a": 2}')).then((map) => api.failLater('closed').catch(({ name }) =>
      console.log(Object.keys(map).sort().join(), name, new api.Counter().add(1n).toString())));`, '--disable-proto=throw'));

test('--unhandled-rejections=strict: what nobody hears of ends the process, with its stack', async () => {
  for (const [flags, code] of [[['--unhandled-rejections=strict'], 1], [['--unhandled-rejections=none'], 0]]) {
    const ended = await run("api.failLater('closed')", ...flags);
    assert.equal(ended.code, code, ended.stderr);
    assert.equal(ended.stderr.includes('Failure.Closed: closed'), code === 1, ended.stderr);
  }
});

test("a domain's errors, in what follows a call", () =>
  says('mine', `
    const domain = require('node:domain').create();
    domain.on('error', ({ message }) => console.log(message));
    domain.run(() => { api.apply(1, async (n) => n).then(() => { throw new Error('mine'); }); });`));
