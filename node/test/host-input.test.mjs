// What is no function, no object with the methods, no promise, and what gives back the wrong thing.

import assert from 'node:assert/strict';
import test from 'node:test';

import { api, failure } from './fixture.mjs';

const auth = { token: async (scope) => scope, pick: (n) => n, note() {} };
const { token, ...tokenless } = auth;

class Static {
  static token() { return 'static'; }

  static pick() { return 0; }

  static note() {}
}

class Derived extends (class {
  token() { return this.scope; }

  pick() { return 0; }

  note() {}
}) {
  scope = 'inherited';
}

for (const [name, body, message] of [
  ['a number for a function', () => api.mapEach([1], 3), "mapEach() argument 'f': expected function, got number"],
  ['nothing for a function', () => api.mapEach([1]), "mapEach() is missing argument 'f'"],
  ['an object for a function', () => api.filterNow([1], {}), "filterNow() argument 'keep': expected function, got object"],
  ['null for a function', () => api.apply(1, null), "apply() argument 'f': expected function, got null"],
  ['text for an optional function', () => api.countTo(1, 'x'), "countTo() argument 'progress': expected function, got string"],
  ['a method that is not there', () => api.ask(tokenless, 'x'), "ask() argument 'auth': expected Auth, got an object without method 'token'"],
  ['a method that is none', () => api.ask({ ...auth, token: 3 }, 'x'), "ask() argument 'auth': expected Auth, got an object without method 'token'"],
  ['a later method that is not there', () => api.ask({ ...auth, note: undefined }, 'x'), "ask() argument 'auth': expected Auth, got an object without method 'note'"],
  ['text for an object', () => api.ask('x', 'x'), "ask() argument 'auth': expected Auth, got string"],
  ['null for an object', () => api.ask(null, 'x'), "ask() argument 'auth': expected Auth, got null"],
  ['an object for a constructor', () => new api.Keeper({}), "new Keeper() argument 'auth': expected Auth, got an object without method 'token'"],
  ['a number for a promise', () => api.waitFor(3), "waitFor() argument 'value': expected Promise, got number"],
  ['an object for a promise', () => api.waitFor({ then: 1 }), "waitFor() argument 'value': expected Promise, got object"],
  ['a promise in a list', () => api.joinAll([Promise.resolve(1), 2]), "joinAll() argument 'values[1]': expected Promise, got number"],
  ['a result of the wrong type', () => api.mapEach([1], () => 'one'), 'f() result: expected number, got string'],
  ['a promise of the wrong type', () => api.waitFor(Promise.resolve(1)), 'promise() result: expected string, got number'],
  ['a result that is out of range', () => api.mapEach([1], async () => -1), 'f() result: -1 is out of range for u32 (0..=4294967295)'],
  ['a promise where a value is due', () => api.filterNow([1], async () => true), 'f() result: expected boolean, got Promise'.replace('f()', 'keep()')],
  ["a method's result of the wrong type", () => api.pick({ ...auth, pick: () => null }, 1), 'Auth.pick() result: expected number, got null'],
  ['a class for a function', () => api.mapEach([1], class Mapper {}), /^Class constructor Mapper cannot be invoked without 'new'$/],
]) {
  test(name, async () => {
    const error = await failure(body);
    assert.ok(error instanceof TypeError || error instanceof RangeError, `${error}`);
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.equal(error instanceof RangeError, error.message.includes('range'));
  });
}

for (const [name, object, scope] of [
  ['a class with static methods', Static, 'static'],
  ['an object with inherited methods that use `this`', new Derived(), 'inherited'],
  ['an object without a prototype', Object.assign(Object.create(null), auth), 'x'],
  ['a proxy', new Proxy(auth, {}), 'x'],
]) {
  test(`${name} will do`, async () => {
    assert.equal(await api.ask(object, 'x'), scope);
    assert.equal(await api.askElsewhere(object, 'x'), scope);
  });
}

test('a method is looked up at each call', async () => {
  const object = { ...auth };
  const keeper = new api.Keeper(object);
  assert.equal(await keeper.ask('a'), 'a');
  object.token = () => 'another';
  assert.equal(await keeper.ask('a'), 'another');
  delete object.token;
  const { cause } = await failure(keeper.ask('a'));
  assert.ok(cause instanceof TypeError);
  assert.equal(cause.message, 'object.token is not a function');
});

test('a getter that throws ends the call that reads it', async () => {
  const error = new Error('getter');
  const object = { ...auth, get token() { throw error; } };
  assert.equal(await failure(api.ask(object, 'x')), error);
  assert.equal(await failure(() => new api.Keeper(object)), error);
});

test('a function of the wrong arity gets what there is', async () => {
  assert.deepEqual(await api.mapEach([1], () => 5), [5]);
  assert.deepEqual(await api.mapEach([1], (n, options, more) => (more === undefined ? n : 0)), [1]);
});

test('thenables answer once, whatever they do', async () => {
  const thenables = {
    'twice': { then: (resolve, reject) => { resolve(1); resolve(2); reject(new Error('no')); } },
    'and throws': { then: (resolve) => { resolve(1); throw new Error('no'); } },
    'a thenable': { then: (resolve) => resolve({ then: (inner) => inner(1) }) },
    'in a callable': Object.assign(() => {}, { then: (resolve) => setTimeout(resolve, 1, 1) }),
    'a lazy promise': api.ready({ lazy: true }).then(() => 1),
    'a subclass': (class Sub extends Promise {}).resolve(1),
  };
  for (const [name, thenable] of Object.entries(thenables)) {
    assert.equal(await api.waitElsewhere(thenable), 1, name);
    assert.deepEqual(await api.mapEach([0], () => thenable), [1], name);
  }
});

test('a thenable that throws fails with that', async () => {
  const error = new Error('then');
  const throwing = { then() { throw error; } };
  const reading = { get then() { throw error; } };
  assert.equal(await failure(api.waitElsewhere(throwing)), error);
  assert.equal(await failure(api.waitElsewhere(reading)), error);
  assert.equal(await failure(api.mapEach([1], () => throwing)), error);
  assert.equal(await failure(api.mapEach([1], () => reading)), error);
  assert.equal(await failure(api.mapEach([1], () => Object.create(Promise.prototype)).catch((e) => { throw e.constructor; })), TypeError);
});

test('an object keeps its methods, and `this`', async () => {
  class Counter {
    #count = 0;

    token(scope) { return `${scope} ${this.#count += 1}`; }

    pick() { return this.#count; }

    note() { this.#count += 1; }
  }
  const counter = new Counter();
  assert.equal(await api.ask(counter, 'n'), 'n 1');
  await api.narrate(counter, 5);
  assert.equal(await api.pick(counter, 0), 6);
});
