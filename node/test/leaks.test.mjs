// Memory is flat: JavaScript's heap, and what Rust holds beside it.
//
// PONTON_LEAK_CALLS says how many calls of each kind there are. 10,000 of each take seconds; `make leaks` makes a million.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { BATCH, PER_CALL, batch, growth, kinds } from '../../tests/conformance/javascript/leaks.mjs';
import { api, gc, turn } from './fixture.mjs';

const CALLS = Number(process.env.PONTON_LEAK_CALLS ?? 10_000);
// What both counts waver by.
const HEAP_NOISE = 1.5e6;
const BESIDE_NOISE = 32e6;

async function memory() {
  for (let i = 0; i < 6; i += 1) {
    gc();
    await turn();
  }
  const { heapUsed, heapTotal, rss } = process.memoryUsage();
  return [heapUsed, rss - heapTotal];
}

const KINDS = {
  ...kinds(api),
  'with bytes that are given away': async () => {
    for (let i = 0; i < BATCH / 20; i += 1) await api.makeBytes(1 << 16);
    await turn(); // Node frees them when the loop turns
  },
  'with { ref: false }': () => batch(() => api.spawned(1, { ref: false })),
};

// What is awaited may be pending without keeping the process.
const alive = setInterval(() => {}, 1e9);
after(() => clearInterval(alive));

for (const [name, round] of Object.entries(KINDS)) {
  test(`memory is flat over ${CALLS} calls ${name}`, async (t) => {
    const [heap, beside] = await growth(round, CALLS, memory);
    t.diagnostic(`heap ${(heap / CALLS).toFixed(2)} B per call, beside it ${(beside / CALLS).toFixed(2)} B per call`);
    assert.ok(heap < HEAP_NOISE + PER_CALL * CALLS, `the heap grew by ${heap} bytes`);
    assert.ok(beside < BESIDE_NOISE + PER_CALL * CALLS, `the process grew by ${beside} bytes beside it`);
  });
}

test('nothing is left of any of them', async () => {
  for (let i = 0; i < 50 && api.dropped() !== api.created(); i += 1) await turn();
  for (let i = 0; i < 50 && api.liveCounters() > 0; i += 1) {
    gc();
    await turn();
  }
  assert.equal(api.dropped(), api.created());
  assert.equal(api.liveCounters(), 0);
});
