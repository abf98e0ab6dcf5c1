// How a case is measured: rounds in which every subject has its turn, in an order rotated by the round.

/** What the runner prints: one line of JSON. */
export const print = (row) => process.stdout.write(`${JSON.stringify(row)}\n`);

const gc = globalThis.gc ?? globalThis.Bun?.gc.bind(null, true);
if (gc === undefined) throw new Error('run this with --expose-gc');

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What earlier samples left behind is no part of the next. */
export async function settle() {
  await turn();
  gc();
  await turn();
}

/** Times `work(n)`: wall and CPU nanoseconds, the whole of it. */
export async function time(work, n) {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  await work(n);
  const wall = Number(process.hrtime.bigint() - start);
  const { user, system } = process.cpuUsage(cpu);
  return { wall, cpu: (user + system) * 1e3 };
}

/** The number of operations for which `work` takes about `nanoseconds`; on the way there it is warmed up. */
async function calibrate(work, nanoseconds, least) {
  for (let n = least; ; ) {
    const { wall } = await time(work, n);
    if (wall >= nanoseconds / 2) return Math.max(least, Math.round((n * nanoseconds) / wall));
    n = Math.min(n * 8, Math.ceil((n * nanoseconds) / Math.max(wall, 1)));
  }
}

/**
 * Measures the subjects of one case against each other, and prints a row for each.
 *
 * `works`: subject -> `async (n) => ..`, which does `n` operations and throws when an answer is wrong. With `n` each
 * sample is that many operations; else as many as fill `nanoseconds`, in multiples of `step`.
 */
export async function race(id, works, { n, step = 1, rounds, nanoseconds }) {
  const subjects = Object.keys(works);
  const ns = {};
  for (const subject of subjects) {
    const least = n ?? step;
    ns[subject] = n ?? Math.ceil((await calibrate(works[subject], nanoseconds, least)) / step) * step;
    await works[subject](ns[subject]);
  }
  const samples = Object.fromEntries(subjects.map((subject) => [subject, { wall: [], cpu: [] }]));
  for (let round = 0; round < rounds; round += 1) {
    print({ type: 'progress', case: id, round: round + 1, rounds });
    for (let place = 0; place < subjects.length; place += 1) {
      const subject = subjects[(place + round) % subjects.length];
      await settle();
      const { wall, cpu } = await time(works[subject], ns[subject]);
      samples[subject].wall.push(wall / ns[subject]);
      samples[subject].cpu.push(cpu / ns[subject]);
    }
  }
  for (const subject of subjects) {
    print({ type: 'samples', case: id, subject, n: ns[subject], unit: 'ns', ...samples[subject] });
  }
}
