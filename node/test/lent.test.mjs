// Bytes that a plain function looks at where they lie.

import assert from 'node:assert/strict';
import test from 'node:test';

import { api, run } from './fixture.mjs';

test('every form, from its own part of the buffer', () => {
  const buffer = Uint8Array.from([1, 2, 4, 8, 16]).buffer;
  assert.equal(api.sumBytes(new Uint8Array(buffer, 1, 3)), 14);
  assert.equal(api.sumBytes(new DataView(buffer, 3)), 24);
  assert.equal(api.sumBytes(buffer), 31);
  assert.equal(api.sumBytes(Buffer.from(buffer, 4, 1)), 16);
  assert.equal(api.sumBytes(new Uint8Array(0)), 0);
});

test('they are looked at after every other argument, whose getters may free them', () => {
  const buffer = new ArrayBuffer(1 << 20);
  const point = {
    get x() {
      structuredClone(buffer, { transfer: [buffer] });
      return 1;
    },
    y: 2,
  };
  assert.throws(() => api.sumWithPoint(new Uint8Array(buffer), point), { name: 'TypeError', message: /detached/ });
});

test('what is detached, shared or no bytes is refused', () => {
  const buffer = new ArrayBuffer(8);
  const view = new Uint8Array(buffer);
  structuredClone(buffer, { transfer: [buffer] });
  assert.throws(() => api.sumBytes(view), { name: 'TypeError', message: /detached/ });
  assert.throws(() => api.sumBytes(new Uint8Array(new SharedArrayBuffer(8))), { name: 'TypeError', message: /SharedArrayBuffer/ });
  assert.throws(() => api.sumBytes('abc'), { name: 'TypeError', message: /argument 'data': expected/ });
  assert.throws(() => api.sumBytes(new Float64Array(1)), { name: 'TypeError', message: /argument 'data': expected/ });
});

test('they are not copied, until Rust holds functions that could write to them', async () => {
  const { stdout, stderr } = await run(`
    const bytes = new Uint8Array(1 << 20);
    const before = api.samePlace(bytes, bytes);
    api.tellEach([1], () => {});
    console.log(before, api.samePlace(bytes, bytes));`);
  assert.deepEqual([stdout.trim(), stderr], ['true false', '']);
});
