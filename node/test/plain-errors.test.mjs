// Errors that are no classes of the author's: `std::io::Error`, boxed errors, `anyhow`.

import assert from 'node:assert/strict';
import os from 'node:os';
import { test } from 'node:test';

import { api, failure } from './fixture.mjs';

test('an io error has the code and the number that Node gives it', async () => {
  const error = await failure(() => api.failBySystem(2));
  assert.equal(error.constructor, Error);
  assert.deepEqual([error.message, error.code, error.errno], ['No such file or directory', 'ENOENT', -2]);
  assert.match(error.stack, /plain-errors\.test\.mjs/, 'it shows who awaits');
});

test('every number of the system has its code, or none', async () => {
  const named = new Set();
  for (const number of Object.values(os.constants.errno)) {
    const { code, errno } = await failure(() => api.failBySystem(number));
    assert.equal(errno, -number);
    if (code !== undefined) assert.equal(os.constants.errno[code], number);
    named.add(code);
  }
  for (const code of ['ENOENT', 'EPERM', 'EACCES', 'EAGAIN', 'EIO', 'EBADF', 'EMFILE', 'ENFILE', 'ENOTSUP']) assert.ok(named.has(code), code);
});

test('a kind has its code', async () => {
  const codes = { not_found: 'ENOENT', timed_out: 'ETIMEDOUT', broken_pipe: 'EPIPE', other: undefined };
  for (const [kind, code] of Object.entries(codes)) {
    const error = await failure(() => api.failByKind(kind));
    assert.deepEqual([error.message, error.code, 'errno' in error], ['so it is', code, false]);
  }
});

test('a boxed error is what is in it', async () => {
  const now = await failure(() => api.failNow());
  assert.deepEqual([now.constructor, now.message], [Error, 'just text']);
  assert.match(now.stack, /plain-errors\.test\.mjs/);
  const later = await failure(() => api.failBoxed());
  assert.deepEqual([later.message, later.code], ['no such row', 'ENOENT']);
});

test('a chain', async () => {
  const error = await failure(() => api.failAnyhow());
  const chain = [];
  for (let cause = error; cause !== undefined; cause = cause.cause) chain.push([cause.message, cause.code]);
  assert.deepEqual(chain, [['opening', undefined], ['reading the table', undefined], ['no such row', 'ENOENT']]);
});

test('what JavaScript threw comes out of a chain', async () => {
  const thrown = new TypeError('mine');
  const error = await failure(() => api.failAs(async () => {
    throw thrown;
  }));
  assert.deepEqual([error.message, error.cause], ['asking', thrown]);
  assert.equal(error.cause, thrown);
});
