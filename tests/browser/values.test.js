// Values that only JavaScript can get wrong, and what memory does to bytes. The rest of the table: conformance.

import * as api from '/fixture/web.js';

import { equal, fails, ok, same } from './assert.js';

export default function define(test) {
  test('bigints of every size', async () => {
    for (const bits of [0n, 1n, 31n, 53n, 63n, 64n, 65n, 126n]) {
      const value = 1n << bits;
      equal(await api.echoI128(value), value);
      equal(await api.echoI128(-value), -value);
      equal(await api.echoU128(value - 1n), value - 1n);
    }
    equal(await api.echoU128((1n << 128n) - 1n), (1n << 128n) - 1n);
    equal(await api.echoI128(-(1n << 127n)), -(1n << 127n));
    await fails(api.echoU128(1n << 128n), RangeError, 'value');
    await fails(api.echoU128(1n << 4000n), RangeError, 'value');
    await fails(api.echoI128(1n << 127n), RangeError, 'value');
    await fails(api.echoU64(-1n), RangeError, 'value');
    await fails(api.echoU64(2 ** 53), RangeError, 'value');
  });

  test('usize is 32 bits wide here', async () => {
    equal(await api.echoUsize(2 ** 32 - 1), 2 ** 32 - 1);
    await fails(api.echoUsize(2 ** 32), RangeError, 'value');
  });

  test('bytes are copied in at the call, and out', async () => {
    const mine = new Uint8Array([1, 2, 3]);
    const promise = api.echoBytes(mine, { lazy: true });
    mine[0] = 9;
    const got = await promise;
    same([...got], [1, 2, 3]);
    ok(got instanceof Uint8Array && got.buffer.byteLength === 3, 'a buffer of its own');
    got[0] = 7;
    same([...(await api.echoBytes(mine))], [9, 2, 3]);
  });

  test('bytes come from every kind of buffer, and from another realm', async () => {
    const buffer = new Uint8Array([0, 1, 2, 3]).buffer;
    same([...(await api.echoBytes(buffer))], [0, 1, 2, 3]);
    same([...(await api.echoBytes(new Uint8Array(buffer, 1, 2)))], [1, 2]);
    same([...(await api.echoBytes(new DataView(buffer, 2)))], [2, 3]);
    same([...(await api.echoBytes(new Uint8ClampedArray([4, 300])))], [4, 255]);
    same([...(await api.echoBytes(new Uint8Array()))], []);
    if (globalThis.document) {
      const frame = document.body.appendChild(document.createElement('iframe'));
      const foreign = new frame.contentWindow.Uint8Array([5, 6]);
      same([...(await api.echoBytes(foreign))], [5, 6]);
      same([...(await api.echoBytes(foreign.buffer))], [5, 6]);
      equal(await api.echoSystemTime(new frame.contentWindow.Date(7)).then(Number), 7);
      frame.remove();
    }
  });

  test('what is no buffer is refused', async () => {
    for (const value of ['x', 1, null, [1, 2], {}, new Float64Array(1), new Uint16Array(1), { byteLength: 4 }]) {
      await fails(api.echoBytes(value), TypeError, 'value');
    }
  });

  test('a detached buffer is refused', async () => {
    for (const view of [(b) => new Uint8Array(b), (b) => new DataView(b), (b) => b]) {
      const buffer = new ArrayBuffer(8);
      const value = view(buffer);
      structuredClone(buffer, { transfer: [buffer] });
      await fails(api.echoBytes(value), TypeError, 'value', 'detached');
    }
  });

  test('resizable buffers: as they are at the call', async () => {
    const buffer = new ArrayBuffer(8, { maxByteLength: 16 });
    const [all, rest, part] = [new Uint8Array(buffer), new DataView(buffer, 4), new Uint8Array(buffer, 4, 4)];
    buffer.resize(16);
    equal((await api.echoBytes(all)).length, 16);
    equal((await api.echoBytes(rest)).length, 12);
    buffer.resize(2);
    equal((await api.echoBytes(all)).length, 2);
    for (const view of [rest, part]) equal((await api.echoBytes(view)).length, 0);
  });

  test('shared memory is refused', async () => {
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    await fails(api.echoBytes(new Uint8Array(buffer)), TypeError, 'value', 'SharedArrayBuffer');
    await fails(api.echoBytes(buffer), TypeError, 'value', 'SharedArrayBuffer');
  });

  test('bytes survive the growth of memory', async () => {
    const big = new Uint8Array(8 << 20).fill(7);
    const [first, second] = await Promise.all([api.echoBytes(big), api.echoBytes(big)]);
    equal(first.length, big.length);
    equal(second[big.length - 1], 7);
  });

  test('lone surrogates are refused, pairs are not', async () => {
    for (const text of ['\ud800', 'a\udc00', '\udc00\ud800', '😀'.slice(0, 1)]) {
      await fails(api.echoString(text), TypeError, 'value', 'surrogate');
      await fails(api.echoMap({ [text]: 1 }), TypeError, 'surrogate');
    }
    const long = '😀é\0'.repeat(50_000);
    equal(await api.echoString(long), long);
    equal(api.length('😀'), 1);
  });

  test('dates keep their milliseconds', async () => {
    const date = new Date(1_700_000_000_123);
    const got = await api.echoSystemTime(date);
    ok(got instanceof Date);
    equal(got.getTime(), date.getTime());
    await fails(api.echoSystemTime(new Date(NaN)), RangeError, 'value', 'an invalid one');
    await fails(api.echoSystemTime(new Date(-1)), RangeError, 'value', 'from 1970 on');
    await fails(api.echoSystemTime(5), TypeError, 'value');
    await fails(api.echoSystemTime({ getTime: () => 5 }), TypeError, 'value');
  });

  test('a proxy that throws, and an array that lies', async () => {
    const mine = new EvalError('mine');
    const proxy = new Proxy([1, 2], { get: (target, key) => { if (key === '1') throw mine; return target[key]; } });
    equal(await fails(api.echoList(proxy)), mine);
    const { proxy: revoked, revoke } = Proxy.revocable([], {});
    revoke();
    await fails(api.echoList(revoked), TypeError);
    await fails(api.echoRow(revoked), TypeError);
    await fails(api.echoBytes(revoked), TypeError);
    equal(await api.nap(0, 1), 1);
  });

  test('a map keeps odd keys', async () => {
    const map = JSON.parse('{"__proto__": 1, "constructor": 2, "": 3}');
    const got = await api.echoMap(map);
    same(Object.keys(got).sort(), ['', '__proto__', 'constructor']);
    equal(Object.getPrototypeOf(got), Object.prototype);
  });

  test('errors have class, code, fields, cause', async () => {
    const error = await fails(api.fail('not found'), api.Failure.NotFound, 'not found');
    ok(error instanceof api.Failure && error instanceof Error);
    equal(error.code, 'NOT_FOUND');
    equal(error.id, (1n << 64n) - 1n);
    const parse = await fails(api.failLater('seven'), api.Failure.Parse);
    equal(parse.text, 'seven');
    ok(parse.cause instanceof Error && parse.cause.message.includes('invalid digit'), String(parse.cause));
  });
}
