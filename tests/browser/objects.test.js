// Classes around objects of Rust, and when those are freed.

import * as api from '/fixture/web.js';

import { equal, fails, nextTask, ok, testWithGc } from './assert.js';

export default function define(test) {
  test('constructor, getter, methods, async methods', async () => {
    const counter = new api.Counter('c', 5n);
    equal(counter.label, 'c');
    equal(counter.add(2n), 7n);
    equal(counter.add(), 8n);
    equal(await counter.addLater(1n), 9n);
    equal(new api.Counter().label, 'counter');
    const other = await api.Counter.connect('far');
    ok(other instanceof api.Counter);
    equal(counter.plus(other), 1009n);
    equal(await counter.plusLater(other), 1009n);
    await fails(api.Counter.connect('bad'), api.Failure.Closed);
  });

  test('asyncDispose where there is close', async () => {
    const counter = new api.Counter('c', 5n);
    if (!Symbol.asyncDispose) return;
    await counter[Symbol.asyncDispose]();
    equal(counter.add(0n), -1n);
  });

  test('a foreign receiver is a TypeError', async () => {
    const counter = new api.Counter();
    await fails(() => counter.add.call({}, 1n), TypeError);
    await fails(() => counter.add.call(Object.create(counter), 1n), TypeError);
    await fails(() => counter.plus({}), TypeError, 'other');
    await fails(counter.plusLater(null), TypeError, 'other');
    await fails(() => api.Counter('c'), TypeError);
  });

  testWithGc(test, 'the object lives while a call uses it', async () => {
    await collect();
    const before = api.liveCounters();
    const controller = new AbortController();
    const wait = new api.Counter().wait({ signal: controller.signal });
    await collect();
    equal(api.liveCounters(), before + 1);
    controller.abort();
    await fails(wait, DOMException);
  });

  testWithGc(test, 'objects are freed when the collector takes their wrappers', async () => {
    await collect();
    const before = api.liveCounters();
    (() => {
      for (let i = 0; i < 1000; i++) new api.Counter(`${i}`);
    })();
    equal(api.liveCounters(), before + 1000);
    await collect(() => api.liveCounters() <= before);
    ok(api.liveCounters() <= before, `${api.liveCounters()} are alive`);
  });

  testWithGc(test, 'a lazy call that nobody awaits is dropped with its promise', async () => {
    await collect();
    const counter = new api.Counter('held', 0n);
    const before = api.liveCounters();
    (() => {
      for (let i = 0; i < 100; i++) void counter.plusLater(new api.Counter(`${i}`), { lazy: true });
    })();
    equal(api.liveCounters(), before + 100);
    await collect(() => api.liveCounters() <= before);
    ok(api.liveCounters() <= before, `${api.liveCounters()} are alive`);
    equal(counter.add(0n), 0n);
  });
}

/** Has the collector run until `done`; gives up after a number of rounds, not after a time. */
async function collect(done = () => false, rounds = 20) {
  for (let round = 0; round < rounds && !done(); round++) {
    globalThis.gc();
    await nextTask();
  }
}
