// One round: actors, and what must hold afterwards. It depends on the seed and its number alone.

import { check, operations } from './operations.js';
import { Random } from './random.js';

/** What the seed says of a round. */
export function planOf(seed, number) {
  const r = new Random(`${seed}/${number}`);
  const workers = r.float() < 0.3 ? 1 + r.below(3) : 0;
  const end = workers === 0 ? 'calm' : r.choice(['calm', 'terminated', 'terminated', 'exits']);
  return { seed, number, workers, end, after: r.float() * 100, actors: r.choice([1, 5, 20]), count: r.choice([3, 10, 30]) };
}

export const shown = ({ number, workers, end, actors, count }) =>
  `round ${number}: ${workers} workers, ${actors} actors, ${count} operations each, end: ${end}`;

/** Runs the actors of one thread. `tally` counts what ended how, `current` says where each actor is. */
export async function act(api, host, { seed, number, actors, count }, thread, { tally, current, only }) {
  const all = operations(api, host);
  const kinds = Object.keys(all).filter((kind) => !only?.length || only.includes(kind));
  const actor = async (name) => {
    for (let index = 0; index < count; index += 1) {
      const r = new Random(`${seed}/${number}/${thread}/${name}/${index}`);
      const kind = r.choice(kinds);
      current.set(name, `${index}: ${kind}`);
      const outcome = await all[kind](r);
      const key = `${kind} ${outcome}`;
      tally.set(key, (tally.get(key) ?? 0) + 1);
    }
    current.delete(name);
  };
  const within = host.within ?? ((_, body) => body());
  const ends = await Promise.allSettled(Array.from({ length: actors }, (_, i) => within(`${thread}/${i}`, () => actor(`${thread}/${i}`))));
  const failed = ends.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
}

/** Waits until all that began is dropped, and checks what must hold then. */
export async function settle(api, { turn, gc }, patience = 30_000) {
  const deadline = Date.now() + patience;
  let counts;
  for (;;) {
    counts = api.counts();
    // The collector finalizes when it likes: what it still may hold is bounded, not nothing.
    const few = !gc || counts.things - counts.thingsDropped <= 64;
    if (counts.created === counts.dropped + counts.lost && few) break;
    check(Date.now() < deadline, 'created = dropped', [api.alive(), counts]);
    gc?.();
    await turn();
  }
  check(counts.polls <= counts.created + counts.wakes, 'polls ≤ futures + wakes', counts);
  return counts;
}

/** Flat after a warm-up: compares medians of the first and of the last quarter of what came after it. */
export class Memory {
  static WARM_UP = 30;
  samples = [];

  add(sample) {
    this.samples.push(sample);
    if (this.samples.length > 4000) this.samples = this.samples.filter((_, i) => i < Memory.WARM_UP || i % 2 === 0);
  }

  check() {
    const warm = this.samples.slice(Memory.WARM_UP);
    if (warm.length < 40) return;
    const quarter = Math.floor(warm.length / 4);
    const median = (samples, name) => samples.map((sample) => sample[name]).sort((a, b) => a - b)[samples.length >> 1];
    for (const name of Object.keys(warm[0])) {
      const [first, last] = [median(warm.slice(0, quarter), name), median(warm.slice(-quarter), name)];
      const [factor, more] = name === 'threads' ? [1, 16] : [1.25, 32 * 2 ** 20];
      check(last <= first * factor + more, 'memory is flat', `${name}: ${first}, later ${last}`);
    }
  }
}

/** The lines of the table of what ran how often. */
export function table(tally) {
  const kinds = new Map();
  for (const [key, count] of [...tally].sort()) {
    const [kind, ...outcome] = key.split(' ');
    kinds.set(kind, [...(kinds.get(kind) ?? []), `${outcome.join(' ')} ${count}`]);
  }
  return [...kinds].map(([kind, outcomes]) => `  ${kind.padEnd(20)} ${outcomes.join(', ')}`);
}
