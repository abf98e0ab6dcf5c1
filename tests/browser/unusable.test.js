// A trap that is no panic: Rust stopped nobody knows where. The instance says so, and starts anew when told to.

import * as trouble from '/trouble-for-good/web.js';
import * as neighbour from '/trouble/web.js';

import { equal, fails, ok } from './assert.js';

async function stopWith(stop) {
  const pending = [trouble.waitForever(), trouble.yields(1_000_000), trouble.timesOut(3_600_000)];
  const lazy = trouble.greet('lazy', { lazy: true });
  const thing = new trouble.Thing(7);
  const error = await fails(stop, trouble.PanicError, 'unusable', 'reset()');
  equal(typeof error.reset, 'function');
  for (const { status, reason } of await Promise.allSettled(pending)) {
    equal(status, 'rejected');
    ok(reason instanceof trouble.PanicError && typeof reason.reset === 'function', String(reason));
  }
  const later = await fails(trouble.greet('x'), trouble.PanicError, 'unusable');
  await fails(() => thing.number, trouble.PanicError, 'unusable');
  equal(await neighbour.greet('you'), 'Hello, you', 'the other module');
  later.reset();
  error.reset();
  equal(await trouble.greet('again'), 'Hello, again');
  equal(await trouble.yields(10), 10);
  equal(await trouble.sleepMany(3, 1), 3);
  equal(new trouble.Thing(8).number, 8);
  await fails(() => thing.number, Error, 'reset');
  await fails(lazy, Error, 'reset');
}

export default function define(test) {
  test('an abort: everything pending rejects, and reset() starts anew', () => stopWith(() => trouble.abortLater()));
  test('a stack overflow: the same', () => stopWith(() => trouble.overflow()));
  test('a destructor that stops the instance: each call rejects once, and slots stay apart', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const calls = [trouble.fuse({ signal }), trouble.fuse({ signal }), trouble.waitForever({ signal })];
    const ends = Promise.allSettled(calls);
    controller.abort('stop');
    const [first, ...others] = await ends;
    equal(first.reason, 'stop');
    for (const { reason } of others) ok(reason instanceof trouble.PanicError, String(reason));
    others[0].reason.reset();
    const names = Array.from({ length: 8 }, (_, i) => String(i));
    const answers = await Promise.all(names.map((name) => trouble.greet(name)));
    equal(answers.join(), names.map((name) => `Hello, ${name}`).join());
    const steps = names.map((_, i) => i + 1);
    equal((await Promise.all(steps.map((count) => trouble.yields(count)))).join(), steps.join());
  });
  test('10,000 panics later, and in the instance after it', async () => {
    for (let half = 0; half < 2; half++) {
      for (let i = 0; i < 5_000; i++) await fails(() => trouble.panicHere(), trouble.PanicError);
      await stopWith(() => trouble.abortLater());
    }
  });
  test('and once more after all', () => stopWith(() => trouble.abortLater()));
}
