// Calls of every kind, which leave nothing behind on any JavaScript host.

import { failure, turn } from './tools.mjs';

/** How many calls each round makes. */
export const BATCH = 500;

/** What a leak would have to stay below to go unseen: bytes per call at a million of them. */
export const PER_CALL = 4;

export const batch = (call) => Promise.all(Array.from({ length: BATCH }, (_, i) => call(i)));

const soon = globalThis.setImmediate ?? setTimeout;
const auth = { token: async (scope) => scope, pick: (n) => n, note() {} };

/** name → a round. */
export const kinds = (api) => {
  /** What the fixture notes in a list of its own, which is not to grow. */
  const noted = async (calls) => {
    await calls;
    api.takeEvents();
  };
  return {
    'that are ready': () => batch(() => api.echoU32(7)),
    'with text and records': () => batch((i) => api.echoRow({ id: BigInt(i), body: new Uint8Array(8), createdBy: 'some one', size: i })),
    'with bytes': () => batch((i) => api.echoBytes(new Uint8Array(i))),
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
        else soon(() => controller.abort());
        return ended;
      }),
    'that fail': () => batch((i) => failure(i % 2 ? api.fail('x') : api.failLater('not found'))),
    'that are refused': () => batch(() => failure(api.echoU8('x'))),
    'that are lazy, awaited or not': async () => {
      batch(() => api.nap(1, 1, { lazy: true })).catch(() => {});
      for (let i = 0; i < BATCH; i += 1) void api.nap(1, 1, { lazy: true });
      await turn();
    },
    'that call host code': () => noted(batch((i) => api.apply(i, (n) => n))),
    'that await host code': () => batch((i) => api.mapElsewhere([i], async (n) => n)),
    'that await host code which fails': () => noted(batch((i) => failure(api.apply(i, async () => { throw new Error('x'); })))),
    'that are cancelled while they await host code': async () => {
      const controller = new AbortController();
      const calls = noted(batch((i) => failure(api.apply(i, () => new Promise(() => {}), { signal: controller.signal }))));
      controller.abort();
      await calls;
    },
    'that notify': () => noted(batch(() => api.countTo(3, () => {}))),
    'with objects, kept and dropped': () =>
      batch(async (i) => {
        const keeper = new api.Keeper(auth);
        await keeper.ask('x');
        keeper.close();
        return new api.Counter('c', BigInt(i)).addLater(1n);
      }),
  };
};

/** By how much each number that `memory` gives has grown after `calls` calls, from where it is warm. */
export async function growth(round, calls, memory) {
  const rounds = Math.ceil(calls / BATCH);
  // Slots, tables and the allocator grow to what the batch needs.
  for (let i = 0; i < Math.max(rounds / 5, 10); i += 1) await round();
  const before = await memory();
  for (let i = 0; i < rounds; i += 1) await round();
  const after = await memory();
  return before.map((number, i) => after[i] - number);
}
