// Rust that never rests leaves the page its frames, its timers and its events. What was seen is reported, not asserted:
// how often a page paints is the machine's business. That it does is ours.

import * as trouble from '/trouble/web.js';

import { equal, ok } from './assert.js';

/** Runs `work` and tells how the frames (in a worker: the timers) came meanwhile. */
async function watch(work) {
  const frame = globalThis.document ? requestAnimationFrame : (run) => setTimeout(run);
  const gaps = [];
  let going = true;
  let last = performance.now();
  const step = () => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    if (going) frame(step);
  };
  frame(step);
  const began = performance.now();
  await work();
  going = false;
  gaps.push(performance.now() - last);
  const total = performance.now() - began;
  return { turns: gaps.length - 1, note: `${total.toFixed(0)} ms, ${gaps.length - 1} frames, longest gap ${Math.max(...gaps).toFixed(0)} ms` };
}

export default function define(test) {
  test('300,000 yields in one future', async ({ note }) => {
    const seen = await watch(async () => equal(await trouble.yields(300_000), 300_000));
    note(seen.note);
    ok(seen.turns > 0, 'no frame at all');
  });

  test('300,000 awaits of one yield each', async ({ note }) => {
    const seen = await watch(async () => {
      for (let i = 0; i < 300_000; i++) await trouble.yields(1);
    });
    note(seen.note);
    ok(seen.turns > 0, 'no frame at all');
  });

  test('10,000 tasks with 30 yields each', async ({ note }) => {
    const seen = await watch(async () => equal(await trouble.crowd(10_000, 30), 10_000));
    note(seen.note);
    ok(seen.turns > 0, 'no frame at all');
  });

  test('polls of 2 ms each', async ({ note }) => {
    const seen = await watch(async () => equal(await trouble.slowPolls(100, 2), 100));
    note(seen.note);
    ok(seen.turns > 0, 'no frame at all');
  });

  test('promises of the page get their turn in between', async () => {
    const order = [];
    const rust = trouble.yields(1000).then(() => order.push('rust'));
    for (let i = 0; i < 500; i++) await undefined;
    order.push('page');
    await rust;
    equal(order.join(), 'page,rust');
  });

  test('a slow future does not delay a ready one', async () => {
    const order = [];
    const slow = trouble.yields(10_000).then(() => order.push('slow'));
    await trouble.greet('x').then(() => order.push('ready'));
    await trouble.yields(1).then(() => order.push('one turn'));
    await slow;
    equal(order.join(), 'ready,one turn,slow');
  });
}
