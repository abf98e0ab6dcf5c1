// What host code throws: how Rust sees it, and that it comes out as it went in.

import assert from 'node:assert/strict';
import test from 'node:test';

import { api, failure } from './fixture.mjs';

const later = (error) => async () => {
  await undefined;
  throw error;
};

for (const [name, thrown] of Object.entries({
  'a number': 3,
  'a string': 'no',
  'null': null,
  'undefined': undefined,
  'a symbol': Symbol('no'),
  'a plain object': { code: 1 },
  'a function': () => {},
  'a frozen error': Object.freeze(new Error('frozen')),
  'an error without a prototype': Object.setPrototypeOf(new Error('bare'), null),
  'a DOMException': new DOMException('stopped', 'AbortError'),
})) {
  test(`${name} comes out as it was thrown`, async () => {
    assert.ok(Object.is(await failure(api.mapEach([1], later(thrown))), thrown), 'awaited, with a Result');
    assert.ok(Object.is(await failure(api.apply(1, later(thrown))), thrown), 'awaited, without');
    assert.ok(Object.is(await failure(api.mapElsewhere([1], later(thrown))), thrown), 'for a worker');
    const plain = () => {
      throw thrown;
    };
    assert.ok(Object.is(await failure(api.mapEach([1], plain)), thrown), 'at once');
    assert.ok(Object.is(await failure(() => api.filterNow([1], plain)), thrown), 'in a plain call');
    assert.ok(Object.is(await failure(api.waitFor(Promise.reject(thrown))), thrown), 'of a promise');
    assert.ok(Object.is((await failure(api.ask({ token: later(thrown), pick: plain, note: plain }, 'x'))).cause, thrown), 'as the cause');
  });
}

const hostile = new Proxy({}, {
  get() {
    throw new Error('a trap');
  },
  getPrototypeOf() {
    throw new Error('a trap');
  },
});

for (const [name, thrown, expected] of [
  ['an error', new RangeError('far'), ['RangeError', 'far', true]],
  ['an error of a class of its own', new (class Mine extends Error {})('my'), ['Mine', 'my', true]],
  ['an error that has no message', new Error(), ['Error', '', true]],
  ['a number', 3, ['number', '3', false]],
  ['undefined', undefined, ['undefined', 'undefined', false]],
  ['an object', { toString: () => 'shown' }, ['object', 'shown', false]],
  ['an object that cannot be shown', hostile, ['object', '', false]],
  ['text with a lone surrogate', new Error('a\ud800b'), ['Error', 'a\ufffdb', true]],
]) {
  test(`Rust sees ${name}`, async () => {
    assert.deepEqual(await api.inspect(later(thrown)), expected);
  });
}

test('an error keeps the stack it had', async () => {
  const error = new Error('boom');
  const { stack } = error;
  assert.equal((await failure(api.mapElsewhere([1], later(error)))).stack, stack);
  assert.equal((await failure(api.apply(1, () => {
    throw error;
  }))).stack, stack);
});

test('an error of a bridged call that a callback lets through keeps its stack', async () => {
  let inner;
  const error = await failure(api.mapEach([1], async () => {
    inner = await failure(api.waitElsewhere(Promise.resolve('no number')));
    throw inner;
  }));
  assert.equal(error, inner);
  assert.match(error.stack, /^TypeError: promise\(\) result: expected number, got string\n/);
});

test('an error about a result shows who awaits the call', async () => {
  async function caller() {
    await api.mapElsewhere([1], () => 'one');
  }
  const error = await failure(caller());
  assert.ok(error instanceof TypeError);
  assert.equal(error.message, 'f() result: expected number, got string');
  assert.match(error.stack, /at async caller/);
});

test('the first failure counts', async () => {
  const thrown = [];
  const error = await failure(api.countTo(50, (n) => {
    thrown.push(new Error(`${n}`));
    throw thrown.at(-1);
  }));
  assert.equal(error, thrown[0]);
});

test('what a callback throws while the call is cancelled is nobody\'s business', async () => {
  const controller = new AbortController();
  const promise = api.apply(1, async (n, { signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    throw new Error('too late');
  }, { signal: controller.signal });
  controller.abort();
  assert.equal(await failure(promise), controller.signal.reason);
  // An unhandled rejection would end this process.
  await new Promise((resolve) => setTimeout(resolve, 5));
});
