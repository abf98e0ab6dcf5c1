// `ponton::time` on the web: order and counts, never the clock on the wall.

import * as api from '/fixture/web.js';
import * as trouble from '/trouble/web.js';

import { equal, fails, same } from './assert.js';

export default function define(test) {
  test('sleepers wake in the order of their deadlines', async () => {
    same(await trouble.sleepOrder([30, 10, 20, 0]), [3, 1, 2, 0]);
  });

  test('a sleep is never short', async () => {
    for (const millis of [0, 0.5, 1, 3, 7.25]) {
      equal(await trouble.sleepsLongEnough(millis), true, `${millis} ms`);
    }
  });

  test('10,000 sleeps from JavaScript, one setTimeout', async () => {
    const { setTimeout: original } = globalThis;
    let timers = 0;
    globalThis.setTimeout = (...args) => {
      timers++;
      return original(...args);
    };
    try {
      const calls = Array.from({ length: 10_000 }, (_, i) => api.nap(20, i));
      equal((await Promise.all(calls)).reduce((sum, i) => sum + i, 0), 49_995_000);
    } finally {
      globalThis.setTimeout = original;
    }
    if (timers > 1000) throw new Error(`${timers} timers`);
  });

  test('10,000 sleeps inside Rust', async () => {
    equal(await trouble.sleepMany(10_000, 1), 10_000);
  });

  test('100,000 timers dropped before their time leave nothing behind', async () => {
    equal(await trouble.dropTimers(100_000), 0);
  });

  test('a timeout, also of zero, and none of a day', async () => {
    equal(await trouble.timesOut(1), true);
    equal(await trouble.timesOut(0), true);
    const day = trouble.timesOut(86_400_000, { signal: AbortSignal.timeout(5) });
    await fails(day, DOMException);
  });

  test('longer than setTimeout can wait', async () => {
    const { setTimeout: original } = globalThis;
    const delays = [];
    globalThis.setTimeout = (run, delay) => {
      delays.push(delay);
      return original(run, delay);
    };
    const controller = new AbortController();
    try {
      // 30 days are more than 2^31 ms, and `u64` milliseconds more than anything.
      const calls = [2_592_000_000, 1e18].map((millis) => trouble.timesOut(millis, { signal: controller.signal }));
      controller.abort();
      for (const call of calls) await fails(call, DOMException);
    } finally {
      globalThis.setTimeout = original;
    }
    same(delays.filter((delay) => !(delay >= 0 && delay < 2 ** 31)), []);
    equal(await trouble.timesOut(1), true, 'a short one afterwards');
  });

  test('an interval ticks at once and then evenly', async () => {
    equal(await trouble.ticks(4, 2), true);
  });
}
