// One process, one addon, many times: copies of it, caches that are emptied, contexts of `vm`, workers that come and go.

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import vm from 'node:vm';
import { Worker } from 'node:worker_threads';

import { addonPath, api, failure, gc, run, turn } from './fixture.mjs';

const require = createRequire(import.meta.url);
const folder = mkdtempSync(path.join(os.tmpdir(), 'ponton-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function copy(name) {
  const file = path.join(folder, `${name}.node`);
  copyFileSync(addonPath, file);
  return file;
}

/** Promises, classes, errors, signals and host code of one copy, by itself. */
async function works(one) {
  assert.equal(await one.nap(1, 7), 7);
  assert.equal(await one.heavy(8), 8);
  assert.equal(await one.mapElsewhere([1, 2], async (n) => n + 1).then(String), '2,3');
  assert.equal(await new one.Counter('c', 1n).addLater(2n), 3n);
  const error = await failure(one.failLater('not found'));
  assert.ok(error instanceof one.Failure.NotFound && error.id === 2n ** 64n - 1n);
  const controller = new AbortController();
  const stopped = failure(one.waitForever({ signal: controller.signal }));
  controller.abort('stop');
  assert.equal(await stopped, 'stop');
}

test('copies by other paths: each is a library of its own, and works beside the others', async () => {
  const copies = ['a', 'b', 'c'].map((name) => require(copy(name)));
  await Promise.all([api, ...copies].map(works));
  for (const one of copies) {
    one.resetCounters();
    assert.notEqual(one.Counter, api.Counter);
    await one.nap(0);
  }
  assert.deepEqual(copies.map((one) => one.created()), [1, 1, 1], 'counters of their own');
});

test('a symbolic link to the addon', async () => {
  const link = path.join(folder, 'link.node');
  symlinkSync(copy('linked'), link);
  await works(require(link));
  await works(require(path.join(folder, 'linked.node')));
});

test('the cache is emptied and the addon loaded again: both APIs work, while calls of the first are pending', async () => {
  const file = copy('again');
  const first = require(file);
  const pending = first.nap(20, 1);
  const kept = first.waitForever({ ref: false }).catch(() => {});
  const seen = new Set([first]);
  for (let i = 0; i < 20; i += 1) {
    delete require.cache[file];
    const next = require(file);
    assert.ok(!seen.has(next));
    seen.add(next);
    await works(next);
  }
  await works(first);
  assert.equal(await pending, 1);
  void kept;
});

test('an addon that is loaded again and again, and dropped each time, leaves little behind', async () => {
  const file = copy('often');
  const load = async () => {
    delete require.cache[file];
    const one = require(file);
    one.resetCounters();
    await one.nap(0, 1);
    await one.apply(1, async (n) => n);
    one.waitForever({ ref: false }).catch(() => {});
  };
  const resident = async () => {
    for (let i = 0; i < 5; i += 1) {
      gc();
      await turn();
    }
    return process.memoryUsage().rss;
  };
  for (let i = 0; i < 20; i += 1) await load();
  const before = await resident();
  for (let i = 0; i < 200; i += 1) await load();
  const each = ((await resident()) - before) / 200;
  // Node keeps what an addon has registered for as long as its environment lives: the API, once per load.
  assert.ok(each < 800e3, `${each} bytes per load`);
});

test('in contexts of vm: with values and classes of theirs', async () => {
  for (let i = 0; i < 10; i += 1) {
    const context = vm.createContext({ require, addonPath, AbortController, api });
    const answer = await vm.runInContext(
      `(async () => {
        const rows = await api.echoRows([{ id: 1n, body: new Uint8Array([1]), createdBy: 'x', size: 3 }]);
        const mapped = await api.mapElsewhere([1, 2], async (n) => n * 2);
        const foreign = await api.apply(1, () => { throw new TypeError('theirs'); }).catch((e) => e instanceof TypeError);
        const map = await api.echoMap(new Map([['a', 1]]));
        const controller = new AbortController();
        const stopped = api.waitForever({ signal: controller.signal }).catch((e) => e);
        controller.abort(new RangeError('theirs'));
        return [rows[0].size, mapped.join(), foreign, map.a, (await stopped) instanceof RangeError];
      })()`,
      context,
    );
    assert.deepEqual([...answer], [3, '2,4', true, 1, true]);
  }
});

test('loaded from within a context of vm', async () => {
  const file = copy('inside');
  const context = vm.createContext({ module: { exports: {} }, file, process });
  const inside = vm.runInContext('process.dlopen(module, file); module.exports', context);
  await works(inside);
});

test('workers load it first, last, by other paths, and again', async () => {
  const file = copy('worker');
  const source = `
    const { parentPort, workerData: { files } } = require('node:worker_threads');
    (async () => {
      const values = [];
      for (const file of files) {
        delete require.cache[file];
        values.push(await require(file).nap(1, values.length));
      }
      parentPort.postMessage(values);
    })();`;
  const load = (files) =>
    new Promise((resolve, reject) => {
      const thread = new Worker(source, { eval: true, workerData: { files } });
      thread.once('message', (values) => thread.terminate().then(() => resolve(values)));
      thread.once('error', reject);
    });
  for (let i = 0; i < 5; i += 1) assert.deepEqual(await load([file, addonPath, file]), [0, 1, 2]);
  await works(require(file));
  assert.deepEqual(await load([file, addonPath, file]), [0, 1, 2]);
});

test('a window that is reloaded, as in Electron: 50 environments one after another, calls pending in each', async () => {
  const { code, stdout, stderr } = await run(
    `const { Worker } = require('node:worker_threads');
     const source = 'const api = require(' + JSON.stringify(addonPath) + ');'
       + 'api.resetCounters(); for (let i = 0; i < 100; i += 1) { api.waitForever(); api.nap(1e5); api.apply(1, () => new Promise(() => {})); }'
       + 'require("node:worker_threads").parentPort.postMessage([api.created(), api.dropped()]);';
     const mark = () => process.memoryUsage().rss;
     (async () => {
       let before;
       for (let round = 0; round < 50; round += 1) {
         const thread = new Worker(source, { eval: true });
         await new Promise((resolve) => thread.once('message', resolve));
         await thread.terminate();
         if (round === 19) before = mark();
       }
       const grown = (mark() - before) / 30;
       console.log(grown < 500e3 ? 'small' : grown);
       const api = require(addonPath);
       console.log(api.created(), api.dropped());
     })();`,
    { alone: true },
  );
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assert.equal(stdout, 'small\n200 200\n');
});
