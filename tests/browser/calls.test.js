// When a call's body starts, and what becomes of what nobody awaits.

import * as api from '/fixture/web.js';

import { equal, fails, nextTask, ok, same } from './assert.js';

export default function define(test) {
  test('the body starts in the call', async () => {
    api.resetCounters();
    const promise = api.nap(0);
    equal(api.created(), 1, 'bodies begun');
    ok(promise instanceof Promise);
    equal(await promise, 0);
  });

  test('a call and its caller take turns as async functions do', async () => {
    const order = [];
    const native = async () => {
      order.push('native');
      await undefined;
    };
    api.resetCounters();
    const first = api.work(1).then(() => order.push('bridge done'));
    order.push(`steps ${api.steps()}`);
    const second = native();
    order.push('after');
    await Promise.all([first, second]);
    same(order, ['steps 1', 'native', 'after', 'bridge done']);
  });

  test('a ready value needs one microtask', async () => {
    let settled = false;
    void api.ready().then(() => {
      settled = true;
    });
    equal(settled, false);
    await undefined;
    equal(settled, true);
  });

  test('awaited twice gives the same value again', async () => {
    const promise = api.nap(0, 7);
    equal(await promise, 7);
    equal(await promise, 7);
  });

  test('{ lazy: true } starts at the first then', async () => {
    api.resetCounters();
    const promise = api.nap(0, 3, { lazy: true });
    ok(promise instanceof api.LazyPromise && promise instanceof Promise);
    await nextTask();
    equal(api.created(), 0, 'before it is awaited');
    equal(await promise, 3);
    equal(await promise, 3);
    equal(api.created(), 1, 'after');
  });

  test('a lazy call reads its arguments at the call', async () => {
    const list = [1, 2];
    const promise = api.echoList(list, { lazy: true });
    list.push(3);
    same(await promise, [1, 2]);
    await fails(api.echoList('x', { lazy: true }), TypeError, 'value');
  });

  test('a lazy call that panics rejects', async () => {
    await fails(api.panicNow('lazily', { lazy: true }), api.PanicError, 'lazily');
    equal(await api.nap(0, 4, { lazy: true }), 4);
  });

  test('#[spawn] starts on the next turn', async () => {
    api.resetCounters();
    const promise = api.heavy(5);
    equal(api.created(), 0, 'in the call');
    equal(await promise, 5);
    equal(api.created(), 1);
  });

  test('a floating rejection is an unhandledrejection', async () => {
    for (const start of [() => api.fail('closed'), () => api.failLater('closed'), () => api.echoU8(-1)]) {
      const seen = new Promise((resolve) => {
        globalThis.addEventListener('unhandledrejection', (event) => {
          event.preventDefault();
          resolve(event.reason);
        }, { once: true });
      });
      void start();
      ok((await seen) instanceof Error);
    }
  });

  test('a handled rejection is none', async () => {
    let seen = 0;
    const count = (event) => {
      event.preventDefault();
      seen++;
    };
    globalThis.addEventListener('unhandledrejection', count);
    for (let i = 0; i < 10; i++) {
      await fails(api.fail('closed'), api.Failure.Closed);
      await fails(api.failLater('closed'), api.Failure.Closed);
    }
    await nextTask();
    await nextTask();
    globalThis.removeEventListener('unhandledrejection', count);
    equal(seen, 0);
  });

  test('unknown and mistyped options reject', async () => {
    await fails(api.ready({ sginal: 1 }), TypeError, 'sginal');
    await fails(api.ready({ lazy: 1 }), TypeError, 'lazy');
    await fails(api.ready({ signal: 1 }), TypeError, 'signal');
  });

  test('a getter among the arguments may call back', async () => {
    const row = (id) => ({ id, body: new Uint8Array(1), createdBy: 'x', size: 1 });
    const nested = { ...row(1n), get createdBy() { return `${api.add(1, 2)} ${api.length('four')}`; } };
    const [got, other] = await Promise.all([api.echoRow(nested), api.echoRow(row(2n))]);
    equal(got.createdBy, '3 4');
    equal(other.createdBy, 'x');
  });

  test('what a getter throws comes through as it is', async () => {
    const mine = new EvalError('mine');
    const error = await fails(api.echoRow({ get id() { throw mine; } }));
    equal(error, mine);
    equal(await api.nap(0, 1), 1);
  });

  test('a getter may panic without harm to the call around it', async () => {
    const row = { id: 1n, body: new Uint8Array(1), createdBy: 'x', get size() {
      try {
        api.panicSync('inner');
      } catch (error) {
        return error.message.length;
      }
    } };
    equal((await api.echoRow(row)).size, 5);
  });

  test('arguments beyond the last are ignored, those missing are named', async () => {
    equal(api.add(1, 2, 3), 3);
    await fails(() => api.add(1), TypeError, 'b');
    await fails(api.echoString(), TypeError, 'value');
  });
}
