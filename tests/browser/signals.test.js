// `{ signal }`: what every JavaScript host does, and what is particular to a browser.

import * as api from '/fixture/web.js';
import { register } from '/cases/javascript/signals.mjs';

import { equal, fails, nextTask, ok } from './assert.js';

export default function define(test, { where }) {
  register(api, test);

  if (where === 'page') {
    test("a frame's signal: its reason, its DOMException; a call outlives the frame", async () => {
      api.resetCounters();
      const frame = document.createElement('iframe');
      document.body.append(frame);
      const theirs = frame.contentWindow;
      ok(theirs.AbortController !== AbortController);
      const [first, second, third] = Array.from({ length: 3 }, () => new theirs.AbortController());
      const calls = [first, second].map(({ signal }) => fails(api.waitForever({ signal })));
      const nap = api.nap(20, 5, { signal: third.signal });
      first.abort();
      const reason = await calls[0];
      ok(reason instanceof theirs.DOMException && !(reason instanceof DOMException) && reason.name === 'AbortError');
      const error = new theirs.TypeError('theirs');
      second.abort(error);
      equal(await calls[1], error);
      equal(await fails(api.waitForever({ signal: theirs.AbortSignal.abort('early') })), 'early');
      frame.remove();
      equal(await nap, 5);
      equal(api.dropped(), 3);
      equal(api.created(), 3);
    });
  }
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

  test('a lazy call may be stopped before it starts', async () => {
    api.resetCounters();
    const controller = new AbortController();
    const promise = api.waitForever({ signal: controller.signal, lazy: true });
    controller.abort('early');
    equal(await fails(promise), 'early');
    equal(api.created(), 0);
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
}
