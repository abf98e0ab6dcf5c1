// `{ signal }`: before, during and after.

import * as api from '/fixture/web.js';

import { equal, fails, nextTask, ok } from './assert.js';

export default function define(test) {
  test('an aborted signal: rejects with its reason, and nothing runs', async () => {
    api.resetCounters();
    const reason = new EvalError('enough');
    equal(await fails(api.waitForever({ signal: AbortSignal.abort(reason) })), reason);
    const standard = await fails(api.waitForever({ signal: AbortSignal.abort() }));
    ok(standard instanceof DOMException && standard.name === 'AbortError');
    equal(api.created(), 0);
  });

  test('during: rejects at once, and the future is dropped', async () => {
    api.resetCounters();
    const controller = new AbortController();
    const promise = api.waitForever({ signal: controller.signal });
    let settled = false;
    promise.catch(() => {
      settled = true;
    });
    await nextTask();
    equal(api.dropped(), 0, 'before the abort');
    equal(settled, false);
    controller.abort('why');
    equal(api.dropped(), 1, 'in the abort');
    equal(await fails(promise), 'why');
  });

  test('after: nothing happens', async () => {
    const controller = new AbortController();
    const promise = api.nap(0, 9, { signal: controller.signal });
    equal(await promise, 9);
    controller.abort();
    equal(await promise, 9);
  });

  test('work stops where it stands', async () => {
    api.resetCounters();
    const controller = new AbortController();
    const promise = api.work(1_000_000_000, { signal: controller.signal });
    await nextTask();
    controller.abort();
    await fails(promise, DOMException);
    const steps = api.steps();
    ok(steps > 0, 'it had begun');
    await nextTask();
    equal(api.steps(), steps, 'steps after the abort');
    equal(api.dropped(), 1);
  });

  test('AbortSignal.timeout', async () => {
    const error = await fails(api.waitForever({ signal: AbortSignal.timeout(1) }), DOMException);
    equal(error.name, 'TimeoutError');
  });

  test('a lazy call may be stopped before it starts', async () => {
    api.resetCounters();
    const controller = new AbortController();
    const promise = api.waitForever({ signal: controller.signal, lazy: true });
    controller.abort('early');
    equal(await fails(promise), 'early');
    equal(api.created(), 0);
  });

  test('one signal, one listener, gone with the last call', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const { addEventListener: add, removeEventListener: remove } = signal;
    signal.addEventListener = (...args) => {
      listeners++;
      add.apply(signal, args);
    };
    signal.removeEventListener = (...args) => {
      listeners--;
      remove.apply(signal, args);
    };
    const calls = Array.from({ length: 1000 }, (_, i) => api.nap(1, i, { signal }));
    equal(listeners, 1);
    await Promise.all(calls);
    equal(listeners, 0);
  });

  test('a thousand calls stop with one abort', async () => {
    api.resetCounters();
    const controller = new AbortController();
    const calls = Array.from({ length: 1000 }, () => api.waitForever({ signal: controller.signal }));
    controller.abort();
    equal(api.dropped(), 1000);
    const ends = await Promise.allSettled(calls);
    ok(ends.every(({ reason }) => reason === controller.signal.reason));
  });

  test('the object works on after a cancel', async () => {
    const counter = new api.Counter('c', 1n);
    const controller = new AbortController();
    const wait = counter.wait({ signal: controller.signal });
    controller.abort();
    await fails(wait, DOMException);
    equal(await counter.addLater(2n), 3n);
  });
}
