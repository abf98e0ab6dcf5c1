// What tests/conformance/calls cannot say: JavaScript's own corners of the type table.

import assert from 'node:assert/strict';
import test from 'node:test';
import vm from 'node:vm';

import { api, failure, turn } from './fixture.mjs';

const row = { id: 1n, body: new Uint8Array(), createdBy: 'me', size: 2 };

async function refused(promise, Class, text) {
  const error = await failure(promise);
  assert.equal(error.constructor, Class, error.stack);
  assert.match(error.message, text);
}

test('bytes: every kind of buffer comes in', async () => {
  const buffer = Uint8Array.of(0, 1, 2, 3).buffer;
  for (const bytes of [
    new Uint8Array(buffer, 1, 2),
    new Uint8ClampedArray(buffer, 1, 2),
    new DataView(buffer, 1, 2),
    Buffer.from(buffer, 1, 2),
    Uint8Array.of(1, 2).buffer,
  ]) {
    const out = await api.echoBytes(bytes);
    assert.equal(out.constructor, Uint8Array);
    assert.deepEqual(out, Uint8Array.of(1, 2));
  }
});

test('bytes: empty ones', async () => {
  assert.equal((await api.echoBytes(new Uint8Array())).length, 0);
  assert.equal((await api.echoVecU8(new ArrayBuffer(0))).length, 0);
});

test('bytes: what is refused', async () => {
  for (const [value, text] of [
    [new Uint16Array(1), /got Uint16Array/],
    [new Float64Array(1), /got Float64Array/],
    [[1, 2], /got Array/],
    ['12', /got string/],
    [new SharedArrayBuffer(1), /got SharedArrayBuffer/],
    [new Uint8Array(new SharedArrayBuffer(1)), /SharedArrayBuffer/],
  ]) {
    await refused(api.echoBytes(value), TypeError, text);
  }
});

test('bytes: detached ones are refused, whatever the view', async () => {
  const detached = (view) => {
    structuredClone(view.buffer ?? view, { transfer: [view.buffer ?? view] });
    return view;
  };
  await refused(api.echoBytes(detached(new Uint8Array(4))), TypeError, /detached/);
  await refused(api.echoBytes(detached(new ArrayBuffer(4))), TypeError, /detached/);
  const error = await failure(api.echoBytes(detached(new DataView(new ArrayBuffer(4)))));
  assert.ok(error instanceof TypeError);
});

test('strings: long ones, all planes, U+FFFD itself', async () => {
  for (const text of ['', 'é', '💶', '\ufffd', '\0', 'x'.repeat(251), 'x'.repeat(255), 'ü'.repeat(200), '€'.repeat(84), '💶'.repeat(1e5)]) {
    assert.equal(await api.echoString(text), text);
  }
});

test('strings: lone surrogates are refused, wherever they are', async () => {
  for (const text of ['\ud800', 'a\udc00', '\ufffd\ud800', `${'x'.repeat(300)}\ud800`]) {
    await refused(api.echoString(text), TypeError, /echoString\(\) argument 'value': .*lone surrogate/);
  }
  await refused(api.echoNested([['\ud800']]), TypeError, /argument 'value\[0\]\[0\]'/);
  await refused(api.echoMap({ '\ud800': 1 }), TypeError, /lone surrogate/);
});

test('integers: -0, floats that are integers, and their limits', async () => {
  assert.ok(Object.is(await api.echoI32(-0), 0));
  assert.equal(await api.echoU32(4294967295), 4294967295);
  assert.equal(await api.echoU64(2 ** 53 - 1), 2n ** 53n - 1n);
  await refused(api.echoU64(2 ** 53), RangeError, /pass a bigint/);
  await refused(api.echoI64(-(2 ** 53)), RangeError, /beyond 2\^53/);
  await refused(api.echoU128(-1n), RangeError, /-1 is out of range for u128/);
  await refused(api.echoU128(2n ** 128n), RangeError, /more than 128 bits/);
  await refused(api.echoI128(2n ** 127n), RangeError, /out of range for i128/);
  assert.equal(await api.echoI128(-(2n ** 127n)), -(2n ** 127n));
  await refused(api.echoI32(1n), TypeError, /expected number, got bigint/);
  await refused(api.echoU64(true), TypeError, /expected bigint or number, got boolean/);
  await refused(api.echoU64(new Number(1)), TypeError, /got Number/);
  await refused(api.echoU64(Symbol('x')), TypeError, /got symbol/);
});

test('durations are milliseconds', async () => {
  for (const millis of [0, 0.5, 1.000001, 1e15, -0]) assert.equal(await api.echoDuration(millis), Math.abs(millis));
  await refused(api.echoDuration(1e300), RangeError, /got 1e\+300$/);
  await refused(api.echoI32(Infinity), RangeError, /got Infinity$/);
  for (const millis of [-1, NaN, Infinity, 1e300]) await refused(api.echoDuration(millis), RangeError, /argument 'value'/);
  await refused(api.echoDuration('1s'), TypeError, /number of milliseconds/);
});

test('dates', async () => {
  for (const millis of [0, -1, 8.64e15, -8.64e15, 1e12 + 1]) {
    assert.equal((await api.echoSystemTime(new Date(millis))).getTime(), millis);
  }
  await refused(api.echoSystemTime(new Date(NaN)), RangeError, /invalid/);
  await refused(api.echoSystemTime(0), TypeError, /expected Date, got number/);
});

test('maps: plain objects and Maps come in, plain objects come out', async () => {
  const { prototype } = Object;
  const out = await api.echoMap(new Map([['a', 1], ['__proto__', 2], ['constructor', 3]]));
  assert.equal(Object.getPrototypeOf(out), prototype);
  assert.deepEqual(Object.keys(out).sort(), ['__proto__', 'a', 'constructor']);
  assert.equal(Object.getOwnPropertyDescriptor(out, '__proto__').value, 2);
  assert.equal({}.polluted, undefined);
  assert.deepEqual(await api.echoMap(Object.create(null)), {});
  assert.deepEqual(await api.echoMap(vm.runInNewContext('({ a: 1 })')), { a: 1 });
  await refused(api.echoMap(new Map([[1, 1]])), TypeError, /string keys, got number/);
  await refused(api.echoMap([]), TypeError, /plain object or Map, got Array/);
  await refused(api.echoMap(new Date()), TypeError, /got Date/);
  await refused(api.echoMap({ a: 1, b: -1 }), RangeError, /argument 'value\["b"\]'/);
});

test('records: extra keys are ignored, absent optional ones are undefined', async () => {
  assert.deepEqual(await api.echoRow({ ...row, extra: 1 }), { ...row, from: undefined });
  assert.deepEqual(Object.keys(await api.echoRow(row)), ['id', 'body', 'from', 'createdBy', 'size']);
  class Row {
    id = 1;
    body = new Uint8Array();
    createdBy = 'a class';
    get size() { return 1; }
  }
  assert.equal((await api.echoRow(new Row())).createdBy, 'a class');
  await refused(api.echoRow({ ...row, id: undefined }), TypeError, /argument 'value.id': expected bigint or number, got undefined/);
  await refused(api.echoRow([]), TypeError, /object \(Row\), got Array/);
  await refused(api.echoRows([row, { ...row, size: 1.5 }]), RangeError, /argument 'value\[1\].size'/);
});

test('what a getter throws goes on as it is', async () => {
  const thrown = new Error('mine');
  assert.equal(await failure(api.echoRow({ ...row, get id() { throw thrown; } })), thrown);
  const proxy = new Proxy([], { get: () => { throw thrown; } });
  assert.equal(await failure(api.echoRow(new Proxy({}, { get: () => { throw thrown; } }))), thrown);
  assert.ok((await failure(api.echoList(proxy))) instanceof Error);
  assert.equal(await failure(api.echoMap(new Proxy({}, { ownKeys: () => { throw thrown; } }))), thrown);
});

test('a value that contains itself is refused, not followed until the stack ends', async () => {
  const node = { name: 'n', children: [] };
  node.children.push(node);
  await refused(api.echoNode(node), RangeError, /contain itself/);
  let deep = { name: 'leaf', children: [] };
  for (let i = 0; i < 60; i += 1) deep = { name: 'n', children: [deep] };
  assert.deepEqual(await api.echoNode(deep), deep);
});

test('lists: holes, lies about the length, a million', async () => {
  await refused(api.echoList([1, , 3]), TypeError, /argument 'value\[1\]': expected number, got undefined/);
  const huge = [];
  huge.length = 2 ** 32 - 1;
  await refused(api.echoList(huge), TypeError, /argument 'value\[0\]'/);
  await refused(api.echoList(new Set([1])), TypeError, /expected Array, got Set/);
  const million = Array.from({ length: 1e6 }, (_, i) => i);
  assert.deepEqual(await api.echoList(million), million);
});

test('proxies, and values of another realm', async () => {
  const of = (value) => new Proxy(value, {});
  assert.deepEqual(await api.echoList(of([1, 2])), [1, 2]);
  assert.deepEqual(await api.echoTuple(of([1, 'a', true])), [1, 'a', true]);
  assert.deepEqual(await api.echoMap(of({ a: 1 })), { a: 1 });
  assert.deepEqual(await api.echoRow(of(row)), { ...row, from: undefined });
  assert.deepEqual(await api.echoList(vm.runInNewContext('[1, 2]')), [1, 2]);
  assert.deepEqual(await api.echoMap(vm.runInNewContext('new Map([["a", 1]])')), { a: 1 });
  assert.deepEqual(await api.echoBytes(vm.runInNewContext('Uint8Array.of(1)')), Uint8Array.of(1));
  assert.equal((await api.echoSystemTime(vm.runInNewContext('new Date(5)'))).getTime(), 5);
  assert.equal(await failure(api.ready(vm.runInNewContext('({ signal })', { signal: AbortSignal.abort('no') }))), 'no');
  await refused(api.echoMap({ [Symbol.toStringTag]: 'Map', get a() { return 'x'; } }), TypeError, /argument 'value\["a"\]'/);
});

test('tuples have their length', async () => {
  await refused(api.echoTuple([1, 'a']), TypeError, /Array of 3, got Array of 2/);
  await refused(api.echoTuple([1, 'a', 0]), TypeError, /argument 'value\[2\]': expected boolean/);
});

test('enums', async () => {
  assert.deepEqual(api.Level, { Low: 'low', VeryHigh: 'veryHigh' });
  assert.ok(Object.isFrozen(api.Level));
  assert.equal(await api.echoLevel(api.Level.VeryHigh), 'veryHigh');
  await refused(api.echoLevel('Low'), TypeError, /expected 'low' or 'veryHigh', got 'Low'/);
  await refused(api.echoShape({ kind: 'square' }), TypeError, /argument 'value.kind'/);
  await refused(api.echoShape({ kind: 'circle' }), TypeError, /argument 'value.radius'/);
  await refused(api.echoShape('empty'), TypeError, /got string/);
  assert.deepEqual(await api.echoShape({ kind: 'empty' }), { kind: 'empty' });
});

test('missing arguments, undefined and null', async () => {
  await refused(api.echoU8(), TypeError, /echoU8\(\) is missing argument 'value'/);
  await refused(api.echoU8(undefined), TypeError, /expected number, got undefined/);
  assert.equal(await api.echoOption(), undefined);
  assert.equal(await api.echoOption(null), undefined);
  assert.equal(await api.defaults('a', undefined), 'a 10 None x');
  await refused(api.defaults('a', null), TypeError, /argument 'limit': expected number, got null/);
  assert.throws(() => api.add(1), /add\(\) is missing argument 'b'/);
});

test('names and lengths of functions', () => {
  assert.equal(api.echoU8.name, 'echoU8');
  assert.equal(api.defaults.length, 1);
  assert.equal(api.add.length, 2);
  assert.equal(api.Counter.length, 0);
  assert.throws(() => new api.add(1, 2), TypeError);
});

test('nothing of ours keeps the loop busy afterwards', async () => {
  await turn();
  assert.ok(!process.getActiveResourcesInfo().includes('ponton'));
});
