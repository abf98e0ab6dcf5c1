// Classes: construction, receivers, disposal, and when Rust frees them.

import assert from 'node:assert/strict';
import test from 'node:test';

import { api, failure, turn, untilCollected } from './fixture.mjs';

const { Counter } = api;

test('a constructor, methods, a getter, static functions', async () => {
  const counter = new Counter('c', 5n);
  assert.equal(counter.constructor, Counter);
  assert.equal(counter.label, 'c');
  assert.equal(counter.add(), 6n);
  assert.equal(counter.add(2), 8n);
  assert.equal(await counter.addLater(2n), 10n);
  const connected = await Counter.connect('d');
  assert.ok(connected instanceof Counter);
  assert.equal(counter.plus(connected), 1010n);
  assert.equal(await counter.plusLater(connected), 1010n);
});

test('what cannot be called or set', async () => {
  assert.throws(() => Counter(), TypeError);
  assert.throws(() => new Counter(1), /new Counter\(\) argument 'label': expected string, got number/);
  const counter = new Counter();
  assert.throws(() => { counter.label = 'x'; }, TypeError);
  assert.throws(() => Counter.prototype.label, /Counter\.prototype\.label was called on something else/);
  assert.throws(() => Counter.prototype.add.call({}), TypeError);
  assert.throws(() => Counter.prototype.add.call(Object.create(Counter.prototype)), TypeError);
  assert.throws(() => counter.plus({}), /plus\(\) argument 'other': expected Counter, got object/);
  assert.throws(() => counter.plus(Object.create(Counter.prototype)), /argument 'other': expected Counter/);
  assert.match((await failure(counter.plusLater(null))).message, /expected Counter, got null/);
});

test('properties are as those of any class', () => {
  assert.deepEqual(Object.keys(Counter.prototype), []);
  assert.deepEqual(Object.keys(new Counter()), []);
  assert.equal(Object.getOwnPropertyDescriptor(Counter.prototype, 'add').writable, true);
  assert.equal(typeof Object.getOwnPropertyDescriptor(Counter.prototype, 'label').get, 'function');
});

test('a class can be extended', async () => {
  class Loud extends Counter {
    constructor() {
      super('loud', 1n);
    }
    add(amount) {
      return super.add(amount) * 10n;
    }
  }
  const loud = new Loud();
  assert.equal(loud.add(1n), 20n);
  assert.equal(loud.label, 'loud');
  assert.equal(await loud.addLater(1n), 3n);
});

test('Symbol.asyncDispose closes', async () => {
  const counter = new Counter();
  await counter[Symbol.asyncDispose]();
  assert.equal(counter.add(0), -1n);
  assert.equal(Counter.prototype[Symbol.dispose], undefined);
});

test('Rust frees an object with its last holder', async () => {
  await untilCollected(() => api.liveCounters() === 0);
  (() => {
    for (let i = 0; i < 1000; i += 1) new Counter();
  })();
  assert.ok(api.liveCounters() > 0);
  await untilCollected(() => api.liveCounters() === 0);
});

test('a call that is pending holds its receiver', async () => {
  await untilCollected(() => api.liveCounters() === 0);
  const controller = new AbortController();
  const waiting = (() => failure(new Counter().wait({ signal: controller.signal })))();
  for (let i = 0; i < 5; i += 1) await untilCollected(() => true), await turn();
  assert.equal(api.liveCounters(), 1);
  controller.abort('stop');
  assert.equal(await waiting, 'stop');
  await untilCollected(() => api.liveCounters() === 0);
});

test('an object can be used again after a cancel', async () => {
  const counter = new Counter('again', 1n);
  const controller = new AbortController();
  const waiting = counter.wait({ signal: controller.signal });
  controller.abort('stop');
  assert.equal(await failure(waiting), 'stop');
  assert.equal(await counter.addLater(1n), 2n);
});
