// A process of its own for one subject: `child.mjs PACKAGES TASK SUBJECT ..`. See alone.mjs.

import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';

import { load } from './contestants.mjs';
import { print, settle } from './rounds.mjs';

const [packages, task, subject, ...rest] = process.argv.slice(2);
const { subjects, missing } = await load(packages, subject === 'native' ? [] : [subject]);
const api = subjects[subject];
if (api === undefined) throw new Error(`${subject}: ${missing[subject]}`);

/** The median time of one `step`, over `n` of them or half a second, whichever comes first. */
async function median(n, step) {
  const taken = [];
  const end = performance.now() + 500;
  while (taken.length < n && (taken.length < 10 || performance.now() < end)) {
    const start = process.hrtime.bigint();
    await step();
    taken.push(Number(process.hrtime.bigint() - start));
  }
  return taken.sort((a, b) => a - b)[taken.length >> 1];
}

const tasks = {
  /** Answers with p50 of an await and of `stat`, while `count` promises are pending. */
  async *pending(count, n) {
    const gate = new api.Gate();
    let settled = 0;
    for (let i = 0; i < Number(count); i += 1) gate.wait().then(() => (settled += 1));
    for (;;) {
      await settle();
      const hop = await median(Number(n), async () => {
        if ((await api.hop()) !== 1) throw new Error('hop gave something else than 1');
      });
      const seen = await median(Number(n), async () => {
        if (!(await stat(import.meta.filename ?? process.argv[1])).isFile()) throw new Error('stat saw no file');
      });
      if (settled !== 0) throw new Error(`${settled} of the pending promises settled`);
      yield { n: Number(n), await: hop, stat: seen };
    }
  },

  /** Bytes that `n` pending promises take. */
  async *memory(n) {
    const round = async () => {
      const gate = new api.Gate();
      const waiting = Array.from({ length: 10_000 }, () => gate.wait());
      gate.open();
      await Promise.all(waiting);
    };
    // Whatever is made once is made now, and the young generation has reached its size.
    for (let i = 0; i < 3; i += 1) await round();
    await settle(3);
    const before = process.memoryUsage();
    const gate = new api.Gate();
    const waiting = Array.from({ length: Number(n) }, () => gate.wait());
    await settle(3);
    const after = process.memoryUsage();
    yield { rss: after.rss - before.rss, heap: after.heapUsed - before.heapUsed };
    if (waiting.length !== Number(n)) throw new Error('they are needed until here');
  },

  /** How the heap grows over `n` calls with a fresh signal each. */
  async *signals(kind, n) {
    const { signal: stays } = new AbortController();
    const make = { any: () => AbortSignal.any([stays]), timeout: () => AbortSignal.timeout(1e6) }[kind];
    const call = api.hopLocal ?? (async () => 1);
    const calls = async (times) => {
      for (let i = 0; i < times; i += 1) {
        if ((await call({ signal: make() })) !== 1) throw new Error('hopLocal gave something else than 1');
        // As a program does: finalizers of signals need turns of the loop.
        if (i % 1000 === 0) await settle(0), await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await calls(n / 10);
    await settle(5);
    const before = process.memoryUsage().heapUsed;
    await calls(Number(n));
    await settle(5);
    yield { grown: process.memoryUsage().heapUsed - before };
  },

  /** How far the peak lies above the start over three calls with `size` bytes. The input itself is there before. */
  async *peak(direction, size) {
    const data = direction === 'in' ? new Uint8Array(Number(size)).fill(1) : undefined;
    const call = async (bytes) => {
      if (direction === 'out') return (await api.bytesOut(bytes)).length;
      return api.bytesIn(data.subarray(0, bytes));
    };
    await call(1);
    await settle();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 3; i += 1) {
      if ((await call(Number(size))) !== Number(size)) throw new Error('a wrong number of bytes');
      await settle();
    }
    yield { peak: process.resourceUsage().maxRSS * 1024 - before };
  },
};

const answers = tasks[task](...rest);
for await (const _ of createInterface({ input: process.stdin })) {
  const { value } = await answers.next();
  print(value);
}
