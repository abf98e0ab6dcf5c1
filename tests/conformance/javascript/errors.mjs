// What fails, how it looks, and what goes on beside it, on every JavaScript host.

import { equal, failure, ok, turn } from './tools.mjs';

/** A chain of `cause`s, as messages. */
function causes(error) {
  const chain = [];
  for (let cause = error.cause; cause !== undefined; cause = cause.cause) chain.push(cause.message);
  return chain.join(' < ');
}

/**
 * Registers each test.
 *
 * @param {string} [blind] why stacks of this engine do not show who awaits
 */
export function register(api, test, blind) {
  const { Failure, PanicError, AbortError } = api;

  for (const [name, fail] of Object.entries({ 'at once': api.fail, 'after a suspension': api.failLater })) {
    test(`${name}: class, base class, name, code, fields, cause`, async () => {
      const missing = await failure(fail('not found'));
      ok(missing instanceof Failure.NotFound && missing instanceof Failure && missing instanceof Error);
      ok(!(missing instanceof Failure.Closed) && !(missing instanceof PanicError));
      equal([missing.name, missing.code, missing.id, missing.message].join(), `Failure.NotFound,NOT_FOUND,${2n ** 64n - 1n},row ${2n ** 64n - 1n} not found`);
      equal(Object.keys(missing).sort().join(), 'code,id');
      equal(causes(missing), '');
      equal((await failure(fail('timeout'))).value, 1500);
      const parse = await failure(fail('x'));
      ok(parse instanceof Failure.Parse && parse.cause instanceof Error);
      equal(causes(parse), 'invalid digit found in string');
      equal(JSON.stringify(await failure(fail('closed'))), '{"code":"CLOSED"}');
    });
  }

  test('a cause that host code threw is that very object, with its own causes', async () => {
    const root = new RangeError('root');
    const thrown = new TypeError('mine', { cause: root });
    const auth = { token: async () => { throw thrown; }, pick: () => 0, note() {} };
    const error = await failure(api.ask(auth, 'x'));
    ok(error instanceof api.AuthError.Host && error.cause === thrown);
    equal(causes(error), 'mine < root');
    equal(error.code, 'HOST');
  });

  test('an error of ours that host code throws comes back as it was', async () => {
    const denied = new api.AuthError.Denied('by hand', { scope: 's' });
    const error = await failure(api.ask({ token: () => { throw denied; }, pick: () => 0, note() {} }, 's'));
    ok(error instanceof api.AuthError.Denied);
    equal(error.scope, 's');
    const closed = await failure(api.failLater('closed'));
    equal(await failure(api.apply(1, () => { throw closed; })), closed);
  });

  test('code tells the variants apart', async () => {
    const seen = [];
    for (const how of ['not found', 'timeout', 'closed', 'x']) {
      const error = await failure(api.fail(how));
      switch (error.code) {
        case 'NOT_FOUND': seen.push(error.id); break;
        case 'TIMEOUT': seen.push(error.value); break;
        case 'PARSE': seen.push(error.text); break;
        default: seen.push(error.code);
      }
    }
    equal(seen.join(), `${2n ** 64n - 1n},1500,CLOSED,x`);
  });

  for (const [name, fail, awaits] of [
    ['that is ready', () => api.fail('closed'), false],
    ['after a suspension', () => api.failLater('closed'), true],
    ['of a panic after a suspension', () => api.panicLater('on purpose'), true],
    ['of an argument', () => api.echoU8('x'), false],
    ['of a lazy call', () => api.failLater('closed', { lazy: true }), true],
    ['of a call with a signal', () => api.failLater('closed', { signal: new AbortController().signal }), true],
    ['of a method', () => api.Counter.connect('bad'), true],
  ]) {
    test(`the stack of an error ${name} shows the caller, and who awaits it`, async () => {
      async function innermost() {
        await fail();
      }
      async function outermost() {
        await innermost();
      }
      const { stack } = await failure(outermost());
      const shown = /\binnermost\b/.test(stack) && (!awaits || /\boutermost\b/.test(stack)) && /errors\.mjs:\d+/.test(stack);
      if (awaits && blind !== undefined) ok(!shown, `it does now; forget that ${blind}`);
      else ok(shown, stack);
    });
  }

  // ── panics ──

  /** The calls around one that panics, and those after it, go on. */
  async function beside(panics, check) {
    const before = Array.from({ length: 20 }, (_, i) => api.work(i % 5));
    const nap = api.nap(3, 11);
    const asked = api.mapElsewhere([1, 2, 3], async (n) => n * 2);
    const results = panics();
    const after = Array.from({ length: 20 }, (_, i) => api.work(i % 5));
    await check(results);
    const steps = await Promise.all([...before, ...after]);
    ok(steps.every((value, i) => value === (i % 20) % 5), steps.join());
    equal(await nap, 11);
    equal((await asked).join(), '2,4,6');
    equal(await api.spawned(1), 2);
  }

  const isPanic = (error, message) => {
    ok(error instanceof PanicError && error instanceof Error && error.constructor === PanicError, String(error));
    equal(error.name, 'PanicError');
    equal(error.message, message);
  };

  for (const [name, call] of Object.entries({
    'in the first poll': (message) => api.panicNow(message),
    'in a later poll': (message) => api.panicLater(message),
    'in a plain function': async (message) => api.panicSync(message),
    'in a lazy call': (message) => api.panicNow(message, { lazy: true }),
    "in a destructor, when the call has its value": (message) => api.lateBomb(message),
    'after an answer of host code': (message) => api.panicWhenAnswered(message, async () => {}),
    'after host code that answered at once': (message) => api.panicWhenAnswered(message, () => {}),
    ...(api.panicBlocking && { 'in a blocking job': (message) => api.panicBlocking(message) }),
  })) {
    test(`a panic ${name}: that call fails, those beside it and later ones do not`, () =>
      beside(
        () => Array.from({ length: 5 }, (_, i) => failure(call(`on purpose ${i}`))),
        async (errors) => {
          for (const [i, error] of (await Promise.all(errors)).entries()) isPanic(error, `on purpose ${i}`);
        },
      ));
  }

  test('a panic in a destructor that an abort runs: the call rejects with the reason', async () => {
    api.resetCounters();
    await beside(
      () => {
        const controller = new AbortController();
        const calls = Array.from({ length: 5 }, (_, i) => failure(api.bomb(`on purpose ${i}`, { signal: controller.signal })));
        controller.abort('stop');
        return calls;
      },
      async (calls) => equal((await Promise.all(calls)).join(), 'stop,stop,stop,stop,stop'),
    );
  });

  test('a panic of a call that host code makes: the one it throws into fails with it', async () => {
    let inner;
    const error = await failure(api.apply(1, () => {
      try {
        api.panicSync('inner');
      } catch (caught) {
        inner = caught;
        throw caught;
      }
    }));
    isPanic(inner, 'inner');
    equal(error, inner);
    const later = await failure(api.apply(1, async () => api.panicLater('later')));
    isPanic(later, 'later');
    equal(await api.apply(1, async (n) => failure(api.panicLater('unheard')).then(() => n)), 1);
  });

  test('objects of a call that panicked, and of others, work on', async () => {
    const counter = new api.Counter('c', 1n);
    await failure(api.panicLater('on purpose'));
    equal(await counter.addLater(1n), 2n);
  });

  test('300 panics of every kind, then calls of every kind', async () => {
    api.resetCounters();
    const calls = [];
    for (let i = 0; i < 100; i += 1) {
      calls.push(failure(api.panicNow('p')), failure(api.panicLater('p')), failure(api.lateBomb('p')));
      if (i % 10 === 0) await turn();
    }
    for (const error of await Promise.all(calls)) isPanic(error, 'p');
    const controller = new AbortController();
    const stopped = failure(api.waitForever({ signal: controller.signal }));
    controller.abort('stop');
    equal(await stopped, 'stop');
    equal((await failure(api.failLater('closed'))).code, 'CLOSED');
    equal((await api.mapInTasks([1, 2], async (n) => n)).join(), '1,2');
  });

  test('AbortError and PanicError can be made, and told from the errors of the platform', () => {
    const error = new AbortError('x');
    ok(error instanceof Error && error.name === 'AbortError' && error.code === 'ABORT_ERR');
    ok(!(error instanceof DOMException));
    ok(new PanicError('x') instanceof PanicError);
  });
}
