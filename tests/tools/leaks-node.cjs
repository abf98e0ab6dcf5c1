// What leaks-node.sh watches: calls of every kind, in every state, to a natural end, in workers, and left at process.exit.
'use strict';

const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const addon = isMainThread ? process.argv[2] : workerData;
const api = require(addon);

const forever = () => new Promise(() => {});
const auth = { token: async (scope) => scope, pick: (n) => n, note() {} };
const failure = (promise) => promise.then(() => { throw new Error('did not fail'); }, (error) => error);
const turn = () => new Promise((resolve) => { setImmediate(resolve); });

/** Calls of every kind, each to its end. */
async function calls(rounds) {
  for (let i = 0; i < rounds; i += 1) {
    await Promise.all([api.ready(), api.nap(1, i), api.work(3), api.workPinned(3), api.heavy(1), api.spawned(1), api.block(1)]);
    await api.echoRow({ id: 1n, body: new Uint8Array(10), createdBy: 'someone', size: i });
    await api.echoMap({ a: 1, b: 2 });
    await api.echoShape({ kind: 'circle', radius: 1 });
    await api.echoBytes(await api.makeBytes(1 << 17));
    await Promise.all(['x', 'closed', 'not found'].flatMap((how) => [failure(api.fail(how)), failure(api.failLater(how))]));
    await Promise.all([failure(api.panicNow('on purpose')), failure(api.panicLater('on purpose')), failure(api.echoU8('x'))]);
    await Promise.all([api.apply(1, (n) => n), api.mapElsewhere([1, 2], async (n) => n), api.mapInTasks([1, 2], async (n) => n)]);
    await Promise.all([api.ask(auth, 'x'), api.askInTask(auth, 'x'), api.waitFor(Promise.resolve('x')), api.countTo(5, () => {})]);
    await failure(api.apply(1, async () => { throw new TypeError('mine'); }));
    const controller = new AbortController();
    const { signal } = controller;
    const stopped = [api.waitForever({ signal }), api.work(1e9, { signal }), api.nap(1e6, 0, { signal }), api.apply(1, forever, { signal })].map(failure);
    if (i % 2) await turn();
    controller.abort();
    await Promise.all(stopped);
    const counter = await api.Counter.connect('c');
    await counter.addLater(1n);
    const keeper = new api.Keeper(auth);
    await keeper.ask('x');
    keeper.close();
    await new api.Ticker(() => {}).tick(1);
    await api.nap(1, 0, { lazy: true });
    void api.nap(1, 0, { lazy: true });
    api.live();
  }
}

/** Calls that are left pending. */
function leave() {
  for (let i = 0; i < 5; i += 1) {
    for (const promise of [
      api.waitForever(), api.nap(1e6), api.work(1e9), api.workPinned(1e9), api.block(2), api.apply(1, forever), api.mapElsewhere([1], forever),
      api.askInTask({ ...auth, token: forever }, 'x'), api.waitElsewhere(forever()), api.countNarrow(1e3, () => {}), api.heavy(1),
    ]) promise.catch(() => {});
  }
}

async function main(what) {
  if (what === 'main') await calls(3);
  if (what === 'exit') {
    await calls(1);
    leave();
    await turn();
    console.log('left');
    process.exit();
  }
  if (what === 'workers') {
    for (let i = 0; i < 3; i += 1) {
      const thread = new Worker(__filename, { workerData: addon });
      await new Promise((resolve, reject) => { thread.once('message', resolve).once('error', reject); });
      await thread.terminate();
    }
  }
  console.log('done');
}

if (isMainThread) main(process.argv[3]);
else {
  calls(1).then(() => {
    leave();
    parentPort.postMessage('busy');
  });
}
