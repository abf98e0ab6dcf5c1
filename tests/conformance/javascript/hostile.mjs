// Code around us that breaks what everybody relies on, on every JavaScript host. What it breaks for itself is its own
// affair; the calls beside it settle, each with what is its own.

import { equal, failure, ok, until } from './tools.mjs';

/** Runs `body` while `object[key]` is `value`. */
async function having(object, key, value, body) {
  const before = Object.getOwnPropertyDescriptor(object, key);
  Object.defineProperty(object, key, { value, writable: true, configurable: true });
  try {
    return await body();
  } finally {
    if (before === undefined) delete object[key];
    else Object.defineProperty(object, key, before);
  }
}

/**
 * Registers each test. `numbers`: whether the host itself survives them on Object.prototype. `stack`: whether Rust's code
 * does when that is full.
 */
export function register(api, test, { numbers = true, stack = true } = {}) {
  for (const [key, value] of [['signal', 5], ['lazy', true], ['ref', false], ['code', 'x'], ['cause', 'x'], ['get', () => 7]]) {
    test(`'${key}' on Object.prototype`, () =>
      having(Object.prototype, key, value, async () => {
        const calls = [api.nap(1, 2), api.ready(), api.echoRow({ id: 1n, body: new Uint8Array(1), createdBy: 'x', size: 2 }).then(({ size }) => size), api.apply(4, async (n) => n)];
        const [two, none, size, four] = await Promise.all(calls);
        equal(`${two} ${none} ${size} ${four}`, '2 undefined 2 4');
        equal((await failure(api.fail('closed'))).code, 'CLOSED');
        ok((await failure(api.echoU8('x'))).message.startsWith("echoU8() argument 'value'"));
      }));
  }

  if (numbers) test('numbers on Object.prototype', async () => {
    const more = Array.from({ length: 200 }, (_, i) => api.nap(1, i)); // slots that no call has had
    const body = async () => {
      const calls = Array.from({ length: 400 }, (_, i) => api.nap(1, i));
      const asks = Array.from({ length: 20 }, (_, i) => api.mapElsewhere([i], async (n) => n));
      const stopped = Array.from({ length: 20 }, () => failure(api.apply(1, () => new Promise(() => {}), { signal: AbortSignal.timeout(1) })));
      equal((await Promise.all(calls)).findIndex((value, i) => value !== i), -1);
      equal((await Promise.all(asks)).findIndex(([value], i) => value !== i), -1);
      for (const reason of await Promise.all(stopped)) equal(reason.name, 'TimeoutError');
      equal(await api.apply(1, (n) => n), 1);
    };
    let run = body;
    for (let i = 0; i < 1000; i += 1) {
      const inner = run;
      run = () => having(Object.prototype, i, 'evil', inner);
    }
    await run();
    equal((await Promise.all(more)).findIndex((value, i) => value !== i), -1);
  });

  test("a call whose promise cannot be made: its slot is no other call's until it is over", async () => {
    const { Promise: Theirs } = globalThis;
    const broken = Object.assign(() => { throw new RangeError('no room'); }, { reject: Theirs.reject.bind(Theirs) });
    const lost = [];
    await having(globalThis, 'Promise', Object.assign(function () { broken(); }, broken), () => {
      for (let i = 0; i < 20; i += 1) lost.push(api.nap(20, 100 + i), api.work(3));
    });
    const calls = Array.from({ length: 60 }, (_, i) => api.nap(5, i));
    for (const promise of lost) equal((await failure(promise)).message, 'no room');
    equal((await Promise.all(calls)).findIndex((value, i) => value !== i), -1);
    await until(() => api.live().length === 0);
  });

  test('Error.captureStackTrace and Error.prepareStackTrace that throw', async () => {
    const throws = () => { throw new EvalError('theirs'); };
    for (const key of ['captureStackTrace', 'prepareStackTrace']) {
      await having(Error, key, throws, async () => {
        for (const call of [() => api.fail('closed'), () => api.failLater('closed'), () => api.echoU8('x')]) {
          const error = await failure(call());
          ok(error instanceof api.Failure.Closed || error instanceof TypeError, `${error.name} while ${key} throws`);
        }
      });
    }
  });

  if (stack) test('calls that nearly fill the stack: they settle with their own value, or say that it is full', async () => {
    const ends = [];
    let count = 0;
    const call = (i) => [() => api.nap(1, i), () => api.spawned(i - 1), () => api.apply(i, async (n) => n), () => api.echoU32(i)][i % 4]();
    const dive = () => {
      try {
        dive();
      } catch {
        // It is full below.
      }
      if (count >= 2000) return;
      count += 1;
      const i = count;
      try {
        ends.push(call(i).then((value) => value === i || `${i} gave ${value}`, (error) => error instanceof RangeError || /call stack|recursion/.test(error.message) || `${i}: ${error}`));
      } catch {
        // It is full here.
      }
    };
    dive();
    const calls = Array.from({ length: 100 }, (_, i) => api.nap(1, i));
    equal((await Promise.all(calls)).findIndex((value, i) => value !== i), -1);
    equal((await Promise.all(ends)).find((end) => end !== true), undefined);
    ok(ends.length > 100, `${ends.length} calls`);
    await until(() => api.live().length === 0);
  });

  test('a promise that is patched, extended, or of no class', async () => {
    class Sub extends Promise {}
    class Twice extends Promise { then(a, b) { super.then(a, b); return super.then(a, b); } }
    const { then } = Promise.prototype;
    await having(Promise.prototype, 'then', function patched(...args) { return then.apply(this, args); }, async () => {
      equal((await api.mapElsewhere([1, 2], async (n) => n)).join(), '1,2');
      equal(await api.nap(1, 3, { lazy: true }), 3);
    });
    for (const value of [Sub.resolve(1), new Twice((resolve) => resolve(1)), Object.setPrototypeOf(Promise.resolve(1), { then })]) {
      equal(await api.waitElsewhere(value), 1);
    }
  });

  test('what cannot be cloned says so, and what is only a copy is refused', async () => {
    for (const value of [api.ready(), api.ready({ lazy: true }), api.ready, api.Counter]) {
      const error = await failure(Promise.resolve().then(() => structuredClone(value)));
      equal(error.name, 'DataCloneError');
    }
    const copy = structuredClone(new api.Counter('c', 1n));
    let error;
    try {
      api.Counter.prototype.add.call(copy, 1n);
    } catch (thrown) {
      error = thrown;
    }
    equal(error.message, 'Counter.prototype.add was called on something else than a Counter');
    const failed = structuredClone(await failure(api.fail('closed')));
    ok(failed instanceof Error && failed.message.length > 0);
  });
}
