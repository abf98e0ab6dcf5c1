// A panic takes down its own call, and nothing else.

import * as api from '/fixture/web.js';
import * as trouble from '/trouble/web.js';

import { equal, fails, nextTask, ok } from './assert.js';

export default function define(test) {
  test('before the first suspension, after it, in a plain function', async () => {
    await fails(api.panicNow('now'), api.PanicError, 'now');
    await fails(api.panicLater('later'), api.PanicError, 'later');
    await fails(() => api.panicSync('sync'), api.PanicError, 'sync');
    const error = await fails(api.panicNow('plain'), api.PanicError);
    equal(error.message, 'plain');
    equal(error.reset, undefined, 'the instance needs no reset');
    ok(error instanceof Error);
  });

  test('siblings queued in the same batch go on', async () => {
    const before = Array.from({ length: 50 }, (_, i) => api.work(3).then(() => i));
    const bad = [api.panicLater('one'), api.panicLater('two'), api.panicLater('three')];
    const after = Array.from({ length: 50 }, (_, i) => api.work(3).then(() => i));
    const ends = await Promise.allSettled(bad);
    equal(ends.map(({ reason }) => reason?.message).join(), 'one,two,three');
    equal((await Promise.all([...before, ...after])).length, 100);
  });

  test('a sleeper goes on', async () => {
    const nap = api.nap(5, 11);
    await fails(api.panicLater('meanwhile'), api.PanicError);
    equal(await nap, 11);
  });

  test('10,000 panics later an unrelated call works', async () => {
    for (let i = 0; i < 5_000; i++) {
      const error = await api.panicNow(`${i}`).then(() => undefined, (caught) => caught);
      if (error?.message !== `${i}`) throw new Error(`panic ${i} gave ${error}`);
    }
    const later = Array.from({ length: 5_000 }, (_, i) => api.panicLater(`${i}`));
    const ends = await Promise.allSettled(later);
    ends.forEach(({ reason }, i) => ok(reason instanceof api.PanicError && reason.message === `${i}`, `${i}: ${reason}`));
    equal(await api.nap(1, 5), 5);
    equal(await api.spawned(1), 2);
    equal(await api.echoString('still here'), 'still here');
  });

  test('in a spawned task: the one who joins it hears of it', async () => {
    equal(await trouble.joinPanic(), 'the task panicked: inside');
  });

  test('in a destructor: a cancel rejects with its own reason', async () => {
    const controller = new AbortController();
    const bomb = trouble.bomb({ signal: controller.signal });
    await nextTask();
    controller.abort('stop');
    equal(await fails(bomb), 'stop');
    equal(await trouble.greet('x'), 'Hello, x');
  });

  test("in an error's message", async () => {
    await fails(trouble.rude(), trouble.PanicError, 'no message');
    equal(await trouble.greet('y'), 'Hello, y');
  });

  test('an object whose method panicked is poisoned as the author chose, others are not', async () => {
    const counter = new api.Counter('a', 1n);
    await fails(() => api.panicSync('x'), api.PanicError);
    equal(counter.add(1n), 2n);
  });

  test('a panic does not disturb another module of the page', async () => {
    const greeting = trouble.greet('z');
    await fails(api.panicLater('there'), api.PanicError);
    equal(await greeting, 'Hello, z');
  });
}
