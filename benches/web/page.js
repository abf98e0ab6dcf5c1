// Runs the cases in this page. `run.mjs` calls `measure` and hears of each round through `emit`.

import { FIRST_N, define, turn } from './cases.js';

/** The clock shows steps of 0.1 ms: so long, a sample is off by less than a hundredth. */
const SAMPLE_MS = 15;
/** No sample has more operations. */
const MOST = 1 << 20;

/**
 * @param {{ contestants: Record<string, string>, only: string[], rounds: number }} options  contestant → address of its entry
 */
globalThis.measure = async ({ contestants, only, rounds }) => {
  const apis = {};
  const absent = new Set();
  for (const name of ['ponton', 'wasm-bindgen']) {
    try {
      apis[name] = await load(contestants[name]);
    } catch (error) {
      absent.add(name);
      // Why it was not built has been said.
      if (contestants[name]) await emit({ type: 'missing', subject: name, case: null, why: String(error).split('\n')[0] });
    }
  }
  for (const { id, n, unit, subjects } of define(apis.ponton, apis['wasm-bindgen'])) {
    if (only.length > 0 && !only.includes(id)) continue;
    const lanes = Object.entries(subjects)
      .filter(([subject]) => !absent.has(subject))
      .map(([subject, run]) => ({ subject, run, n: n ?? FIRST_N, wall: [] }));
    for (const lane of lanes) await warmUp(id, lane, n === undefined);
    for (let round = 0; round < rounds; round += 1) {
      await emit({ type: 'progress', case: id, round: round + 1, rounds });
      for (let i = 0; i < lanes.length; i += 1) {
        const lane = lanes[(i + round) % lanes.length];
        const taken = await sample(id, lane);
        lane.wall.push(Number((unit === undefined ? (taken * 1e6) / lane.n : taken).toPrecision(6)));
      }
    }
    for (const lane of lanes) {
      await emit({ type: 'samples', case: id, subject: lane.subject, n: lane.n, unit: unit ?? 'ns', wall: lane.wall });
    }
  }
};

async function load(address) {
  if (address === undefined) throw new Error('it was not built');
  const module = await import(address);
  // What wasm-bindgen makes is started by hand; what Ponton makes has started.
  if (module.default) await module.default();
  return module;
}

/** Rounds that do not count. With `free`, they also find a number of operations that is enough for hot code too. */
async function warmUp(id, lane, free) {
  let long = 0;
  while (long < 3) {
    if ((await sample(id, lane)) >= SAMPLE_MS || !free || lane.n >= MOST) {
      long += free ? 1 : 3;
    } else {
      lane.n *= 2;
      long = 0;
    }
  }
}

async function sample(id, { subject, run, n }) {
  globalThis.gc?.();
  await turn();
  try {
    return await run(n);
  } catch (cause) {
    throw new Error(`${subject} answers wrongly in ${id}: ${cause?.message ?? cause}`, { cause });
  }
}
