// Host code that calls Rust that calls host code.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Worker } from 'node:worker_threads';

import { addonPath, api, failure } from './fixture.mjs';

for (const [name, call] of Object.entries({
  'on the loop': (n, f) => api.apply(n, f),
  'through workers': async (n, f) => (await api.mapElsewhere([n], f))[0],
  'in turn': (n, f) => (n % 2 === 0 ? api.apply(n, f) : api.waitElsewhere(f(n))),
})) {
  for (const depth of [100, 1000]) {
    test(`${depth} deep, ${name}`, async () => {
      const down = async (n) => (n === 0 ? 0 : (await call(n - 1, down)) + 1);
      assert.equal(await call(depth, down), depth);
    });
  }

  test(`an error comes up from 100 deep, ${name}`, async () => {
    const error = new Error('bottom');
    const down = async (n) => {
      if (n === 0) throw error;
      return (await call(n - 1, down)) + 1;
    };
    assert.equal(await failure(call(100, down)), error);
  });
}

test('plain calls nest', () => {
  const down = (n) => n === 0 || api.filterNow([n - 1], down).length === 1;
  assert.deepEqual(api.filterNow([50], down), [50]);
});

test('an error comes up through plain calls', async () => {
  const error = new Error('bottom');
  const down = (n) => {
    if (n === 0) throw error;
    return api.filterNow([n - 1], down).length === 1;
  };
  assert.equal(await failure(() => api.filterNow([20], down)), error);
});

test('a plain call that nests without end is a RangeError, and the next call works', async () => {
  const down = (n) => api.filterNow([n], down).length === 1;
  assert.ok((await failure(() => api.filterNow([1], down))) instanceof RangeError);
  assert.deepEqual(api.filterNow([1], () => true), [1]);
});

test('objects come back as they went', async () => {
  const cell = new api.Cell(1);
  assert.equal(await api.lend(cell, async (same) => {
    assert.equal(same.get(), 1);
    assert.ok(same instanceof api.Cell);
    same.set(same.get() + 1);
  }), 2);
  assert.equal(cell.get(), 2);
});

test('two workers, each 100 deep, at the same time', async () => {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    const api = require(workerData.addonPath);
    const down = async (n) => (n === 0 ? 0 : (await api.mapElsewhere([n - 1], down))[0] + 1);
    api.apply(100, down).then((n) => parentPort.postMessage(n));`;
  const results = await Promise.all([1, 2].map(() => new Promise((resolve, reject) => {
    new Worker(source, { eval: true, workerData: { addonPath } }).once('message', resolve).once('error', reject);
  })));
  assert.deepEqual(results, [100, 100]);
});
