// Memory is flat: JavaScript's heap, and what Rust holds beside it.
//
// PONTON_LEAK_CALLS says how many calls of each kind there are. 10,000 of each take seconds; `make leaks` makes a million.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { api, failure, gc, turn } from './fixture.mjs';

const CALLS = Number(process.env.PONTON_LEAK_CALLS ?? 10_000);
const BATCH = 500;
// What a leak would have to stay below to go unseen: bytes per call at a million of them, and what both counts waver by.
const PER_CALL = 4;
const HEAP_NOISE = 1.5e6;
const BESIDE_NOISE = 32e6;

async function memory() {
  for (let i = 0; i < 6; i += 1) {
    gc();
    await turn();
  }
  const { heapUsed, heapTotal, rss } = process.memoryUsage();
  return { heap: heapUsed, beside: rss - heapTotal };
}

const batch = (call) => Promise.all(Array.from({ length: BATCH }, (_, i) => call(i)));
const auth = { token: async (scope) => scope, pick: (n) => n, note() {} };

/** Each makes BATCH calls. */
const KINDS = {
  'that are ready': () => batch(() => api.echoU32(7)),
  'with text and records': () => batch((i) => api.echoRow({ id: BigInt(i), body: new Uint8Array(8), createdBy: 'some one', size: i })),
  'with bytes that are given away': async () => {
    for (let i = 0; i < BATCH / 20; i += 1) await api.makeBytes(1 << 16);
    await batch((i) => api.echoBytes(new Uint8Array(i)));
    await turn(); // Node frees them when the loop turns
  },
  'that suspend': () => batch((i) => api.nap(i % 3, i)),
  'that hop': () => batch(() => api.work(2)),
  'of a #[local] function': () => batch(() => api.workPinned(2)),
  'of a #[spawn] function': () => batch((i) => api.heavy(i)),
  'that are cancelled': async () => {
    const controller = new AbortController();
    const calls = batch(() => failure(api.waitForever({ signal: controller.signal })));
    controller.abort();
    await calls;
  },
  'that are cancelled one by one, while they are polled': () =>
    batch((i) => {
      const controller = new AbortController();
      const ended = failure(api.work(1e9, { signal: controller.signal }));
      // All but one in fifty before a worker gets to them: they would keep the workers busy until then.
      if (i % 50) controller.abort();
      else setImmediate(() => controller.abort());
      return ended;
    }),
  'that fail': () => batch((i) => failure(i % 2 ? api.fail('x') : api.failLater('not found'))),
  'that are refused': () => batch(() => failure(api.echoU8('x'))),
  'that are lazy, awaited or not': async () => {
    batch(() => api.nap(1, 1, { lazy: true })).catch(() => {});
    for (let i = 0; i < BATCH; i += 1) void api.nap(1, 1, { lazy: true });
    await turn();
  },
  'with { ref: false }': () => batch(() => api.spawned(1, { ref: false })),
  'that call host code': () => batch((i) => api.apply(i, (n) => n)),
  'that await host code': () => batch((i) => api.mapElsewhere([i], async (n) => n)),
  'that await host code which fails': () => batch((i) => failure(api.apply(i, async () => { throw new Error('x'); }))),
  'that are cancelled while they await host code': async () => {
    const controller = new AbortController();
    const calls = batch((i) => failure(api.apply(i, () => new Promise(() => {}), { signal: controller.signal })));
    controller.abort();
    await calls;
  },
  'that notify': () => batch(() => api.countTo(3, () => {})),
  'with objects, kept and dropped': () =>
    batch(async (i) => {
      const keeper = new api.Keeper(auth);
      await keeper.ask('x');
      keeper.close();
      return new api.Counter('c', BigInt(i)).addLater(1n);
    }),
};

// What is awaited may be pending without keeping the process.
const alive = setInterval(() => {}, 1e9);
after(() => clearInterval(alive));

for (const [name, round] of Object.entries(KINDS)) {
  test(`memory is flat over ${CALLS} calls ${name}`, async (t) => {
    const rounds = Math.ceil(CALLS / BATCH);
    // Slots, tables and the allocator grow to what the batch needs.
    for (let i = 0; i < Math.max(rounds / 5, 10); i += 1) await round();
    const before = await memory();
    for (let i = 0; i < rounds; i += 1) await round();
    const after = await memory();
    const [heap, beside] = [after.heap - before.heap, after.beside - before.beside];
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
