// How a case is measured: rounds in which every subject has its turn, in an order rotated by the round.

/** What the runner prints: one line of JSON. */
export const print = (row) => process.stdout.write(`${JSON.stringify(row)}\n`);

const gc = globalThis.gc ?? globalThis.Bun?.gc.bind(null, true);
if (gc === undefined) throw new Error('run this with --expose-gc');

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What earlier samples left behind is no part of the next. */
export async function settle(times = 1) {
  for (let i = 0; i < times; i += 1) {
    await turn();
    gc();
    await turn();
  }
}

/** Times `work(n)`: wall and CPU nanoseconds, the whole of it. */
async function time(work, n) {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  await work(n);
  const wall = Number(process.hrtime.bigint() - start);
  const { user, system } = process.cpuUsage(cpu);
  return { wall, cpu: (user + system) * 1e3 };
}

/**
 * The number of operations, in multiples of `step`, that take about `nanoseconds`. Code gets warm on the way: the number
 * counts only if a second run with it takes that long too.
 */
async function calibrate(work, nanoseconds, step) {
  let confirmed = false;
  for (let n = step; ; ) {
    const { wall } = await time(work, n);
    if (wall >= nanoseconds / 2) {
      if (confirmed) return n;
      confirmed = true;
    } else {
      confirmed = false;
      const fits = Math.min(n * 8, (n * nanoseconds) / Math.max(wall, 1));
      n = Math.ceil(fits / step) * step;
    }
  }
}

/** Calls `sample(subject)` in every round, in turns; gives subject -> its samples. */
export async function inTurns(id, subjects, rounds, sample) {
  const samples = Object.fromEntries(subjects.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round += 1) {
    print({ type: 'progress', case: id, round: round + 1, rounds });
    for (let place = 0; place < subjects.length; place += 1) {
      const subject = subjects[(place + round) % subjects.length];
      samples[subject].push(await sample(subject));
    }
  }
  return samples;
}

/**
 * Measures the subjects of one case against each other, and prints a row for each.
 *
 * `works`: subject -> `async (n) => ..`, which does `n` operations and throws when an answer is wrong. Every sample is
 * of `n` operations; without `n`, of as many as take `nanoseconds`, in multiples of `step`.
 */
export async function race(id, works, { n: fixed, step = 1, rounds, nanoseconds }) {
  const ns = {};
  for (const [subject, work] of Object.entries(works)) {
    ns[subject] = fixed ?? (await calibrate(work, nanoseconds, step));
    await work(ns[subject]);
  }
  const samples = await inTurns(id, Object.keys(works), rounds, async (subject) => {
    await settle();
    return time(works[subject], ns[subject]);
  });
  for (const [subject, taken] of Object.entries(samples)) {
    const n = ns[subject];
    const [wall, cpu] = ['wall', 'cpu'].map((clock) => taken.map((sample) => sample[clock] / n));
    print({ type: 'samples', case: id, subject, n, unit: 'ns', wall, cpu });
  }
}
