// Many of everything: no leak, no starvation. No clock is asserted.

import assert from 'node:assert/strict';
import test from 'node:test';

import { api, failure, gc, grows, turn, until } from './fixture.mjs';

for (const [name, body] of Object.entries({
  'calls that are ready, each with its own signal': () => api.ready({ signal: new AbortController().signal }),
  'calls that fail': () => failure(api.fail('closed')),
  'lazy calls': () => api.ready({ lazy: true }),
})) {
  test(`the heap is flat over 100,000 ${name}`, async () => {
    const bytes = await grows(body, 1e5);
    assert.ok(bytes < 2e6, `grew by ${bytes} bytes`);
  });
}

test('the heap is flat over 20,000 pending calls, each with its own signal', async () => {
  const bytes = await grows(() => api.spawned(1, { signal: new AbortController().signal }), 2e4);
  assert.ok(bytes < 1e6, `grew by ${bytes} bytes`);
});

test('the heap is flat over 20,000 calls whose signals hang on one that stays', async () => {
  const { signal } = new AbortController();
  const bytes = await grows(() => api.spawned(1, { signal: AbortSignal.any([signal]) }), 2e4);
  assert.ok(bytes < 4e6, `grew by ${bytes} bytes`);
});

test('the heap is flat over 10,000 aborted calls', async () => {
  const bytes = await grows(async () => {
    const controller = new AbortController();
    const promise = failure(api.waitForever({ signal: controller.signal }));
    controller.abort();
    await promise;
  }, 1e4);
  assert.ok(bytes < 1e6, `grew by ${bytes} bytes`);
});

test('50,000 pending, then one await', async () => {
  api.resetCounters();
  const controller = new AbortController();
  const waiting = Array.from({ length: 50_000 }, () => failure(api.waitForever({ signal: controller.signal })));
  assert.equal(await api.spawned(1), 2);
  controller.abort('all');
  assert.ok((await Promise.all(waiting)).every((reason) => reason === 'all'));
  assert.equal(api.dropped(), 50_000);
});

test('each of 20,000 naps gets its own answer', async () => {
  const answers = await Promise.all(Array.from({ length: 20_000 }, (_, i) => api.nap(i % 10, i)));
  assert.ok(answers.every((answer, i) => answer === i));
});

test('a flood of completions leaves the loop its turns', async () => {
  let settled = 0;
  const seen = [];
  const flood = Array.from({ length: 50_000 }, () => api.heavy(1).then(() => (settled += 1)));
  // Everything is queued, so an unbounded drain would settle it all in one turn.
  await until(() => (seen.push(settled), settled === 50_000));
  await Promise.all(flood);
  assert.ok(new Set(seen).size > 5, `the loop turned ${new Set(seen).size} times`);
});

test('a local future that wakes itself again and again leaves the loop its turns', async () => {
  api.resetCounters();
  let turns = 0;
  const promise = api.workPinned(50_000);
  await until(() => ((turns += 1), api.dropped() === 1));
  assert.equal(await promise, 50_000);
  assert.ok(turns > 5, `the loop turned ${turns} times`);
});
