// Errors, panics, stacks: what every JavaScript host does, and what is particular to Node.

import assert from 'node:assert/strict';
import test from 'node:test';

import { register } from '../../tests/conformance/javascript/errors.mjs';
import { api, failure, run, turn, untilCollected } from './fixture.mjs';

const { AbortError, Failure, PanicError } = api;

register(api, (name, body) => test(name, { timeout: 60_000 }, body));

test('an object whose destructor panics, when it is collected: nobody is told, and all goes on', async () => {
  let collected = false;
  const registry = new FinalizationRegistry(() => (collected = true));
  (() => registry.register(new api.Grumpy('on purpose')))();
  await untilCollected(() => collected);
  await turn();
  assert.equal(await api.spawned(1), 2);
});

test('an error has its classes, its name, its code, its fields and its causes', async () => {
  for (const call of [api.fail, api.failLater]) {
    const error = await failure(call('not found'));
    assert.equal(error.constructor, Failure.NotFound);
    assert.ok(error instanceof Failure && error instanceof Error);
    assert.equal(error.name, 'Failure.NotFound');
    assert.equal(error.message, 'row 18446744073709551615 not found');
    assert.deepEqual({ ...error }, { code: 'NOT_FOUND', id: 2n ** 64n - 1n });
    assert.equal(error.cause, undefined);
    assert.ok(!Object.hasOwn(error, 'cause'));
  }
  const parse = await failure(api.failLater('x'));
  assert.equal(parse.cause.message, 'invalid digit found in string');
  assert.equal(parse.text, 'x');
  assert.equal((await failure(api.fail('timeout'))).value, 1500);
  assert.throws(() => api.failSync('closed'), (error) => error.constructor === Failure.Closed && error.code === 'CLOSED');
});

test('error classes can be made by hand, for a test double', () => {
  const error = new Failure.NotFound('mine', { id: 1n });
  assert.equal(error.id, 1n);
  assert.equal(error.code, 'NOT_FOUND');
  assert.equal(String(error), 'Failure.NotFound: mine');
});

test('panics reject or throw a PanicError with the message, and all goes on', async () => {
  for (const call of [api.panicNow, api.panicLater, api.panicBlocking]) {
    const error = await failure(call('ouch'));
    assert.equal(error.constructor, PanicError);
    assert.equal(error.name, 'PanicError');
    assert.equal(error.message, 'ouch');
  }
  assert.throws(() => api.panicSync('ouch'), (error) => error instanceof PanicError && error.message === 'ouch');
  assert.equal(await api.spawned(1), 2);
  assert.equal(new AbortError('x').name, 'AbortError');
});

for (const [name, call] of Object.entries({
  'ready at the first poll': () => api.fail('closed'),
  'after a suspension': () => api.failLater('closed'),
  'of a method': () => api.Counter.connect('bad'),
  'of a lazy promise': () => api.failLater('closed', { lazy: true }),
  'of a panic': () => api.panicLater('x'),
  'of an argument': () => api.echoU8('x'),
})) {
  test(`the stack of an error ${name} shows who awaits it, and nothing of ours`, async () => {
    async function caller() {
      await call();
    }
    async function callersCaller() {
      await caller();
    }
    const { stack, name: title, message } = await failure(callersCaller);
    assert.ok(stack.startsWith(`${title}: ${message}\n`), stack);
    assert.match(stack, /\bcaller \(.*errors\.test\.mjs/);
    assert.match(stack, /\bcallersCaller \(.*errors\.test\.mjs/);
    assert.doesNotMatch(stack, /ponton\/runtime|<anonymous>:\d/);
  });
}

test('sync errors show the line of the call', () => {
  function caller() {
    api.failSync('closed');
  }
  assert.throws(caller, (error) => /^Failure\.Closed: closed\n\s+at caller \(.*errors\.test\.mjs/.test(error.stack));
});

test('everything an async function does wrong is a rejection', async () => {
  const calls = [
    () => api.echoU8(),
    () => api.echoU8({}),
    () => api.ready({ lazy: 'x' }),
    () => api.Counter.prototype.wait.call({}),
    () => api.Counter.prototype.wait.call(undefined),
    () => api.Counter.connect(),
  ];
  for (const call of calls) {
    const promise = call();
    assert.equal(promise.constructor, Promise);
    assert.ok((await failure(promise)) instanceof TypeError);
  }
});

for (const [name, call] of Object.entries({
  'that is ready': "api.fail('closed')",
  'that comes later': "api.failLater('closed')",
  'of a panic': "api.panicLater('closed')",
  'of an argument': 'api.echoU8("x")',
})) {
  test(`a floating rejection ${name} is an unhandledRejection`, async () => {
    const { stdout } = await run(`process.on('unhandledRejection', (error) => console.log('unhandled', error.name)); ${call};`);
    assert.match(stdout, /^unhandled \w/);
    const { code, stderr } = await run(`${call};`);
    assert.equal(code, 1);
    assert.match(stderr, /closed|argument/);
  });
}

test('a lazy promise that nobody awaits is no unhandledRejection', async () => {
  const { code, stderr } = await run("api.fail('closed', { lazy: true }); api.echoU8('x', { lazy: true });");
  assert.equal(stderr, '');
  assert.equal(code, 0);
});

test('what Rust gives up rejects with an AbortError', async () => {
  const { code, stdout, stderr } = await run(`
    const calls = [api.nap(60_000), api.nap(60_000).catch((error) => { throw error; })];
    api.shutRuntimeDown();
    calls.push(api.spawnThread());
    Promise.allSettled(calls).then((ends) => {
      for (const { reason } of ends) console.log(reason instanceof api.AbortError, reason.name, reason.code, reason.message);
    });`);
  assert.equal(stderr, '');
  assert.equal(code, 0);
  const line = /^true AbortError ABORT_ERR .*(aborted|shut down).*$/;
  const lines = stdout.trim().split('\n');
  assert.equal(lines.length, 3, stdout);
  for (const each of lines) assert.match(each, line);
});
