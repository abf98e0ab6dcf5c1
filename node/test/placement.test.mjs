// Who polls a call that was woken on the loop's thread: the loop while polls are short, else the workers.

import assert from 'node:assert/strict';
import test from 'node:test';

import { api } from './fixture.mjs';

const WORKER = 'ponton-worker';
/** Enough short polls to make up for any that a busy machine made long. */
const TRIES = 200_000;

/** Calls `hops` until the loop's thread polls it again. */
async function learn() {
  for (let i = 0; i < TRIES; i += 1) if ((await api.hops(1, 0))[0] !== WORKER) return;
  assert.fail("short polls never stayed on the loop's thread");
}

test('of a new function nothing is known', async () => assert.equal(await api.firstHop(), WORKER));

test('short polls stay', learn);

test('long polls go', async () => {
  await learn();
  const threads = [];
  for (let i = 0; i < 20; i += 1) threads.push(...(await api.hops(1, 2)));
  // The first may cost the loop one long poll; it pays for thousands of short ones.
  assert.deepEqual(threads.slice(1), Array(19).fill(WORKER));
});

test('what goes on and on goes', async () => {
  await learn();
  assert.equal((await api.hops(1_000, 0)).at(-1), WORKER);
});

test('a loop that is blocked does not hold calls up', async () => {
  const passedOn = async () => {
    const gate = new api.Gate();
    const call = gate.wait();
    gate.open();
    await call;
    return gate.blockFor(1, 0)[0];
  };
  while ((await passedOn()) === WORKER);
  const gate = new api.Gate();
  const calls = Array.from({ length: 20 }, () => gate.wait());
  gate.open();
  // The loop's thread is to poll them, but it is busy: nobody else runs there until they have passed.
  assert.deepEqual(gate.blockFor(20, 30_000), Array(20).fill(WORKER));
  await Promise.all(calls);
});

test('host code of a poll that stayed may block on a future', async () => {
  for (let i = 0; i < TRIES; i += 1) {
    const [thread, answer] = await api.askAfterHops(async () => api.blockOn(7));
    assert.equal(answer, 7);
    if (thread !== WORKER) return;
  }
  assert.fail("short polls never stayed on the loop's thread");
});
