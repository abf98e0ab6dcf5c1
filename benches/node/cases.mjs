// What is timed: the code a user would write, over `n` operations, with every answer checked.
//
// A body sees nothing but its arguments and globals, for `fresh` makes each subject a copy of its own.

/**
 * A copy of a body with type feedback of its own.
 *
 * In one loop for all, V8 would compile the call for every contestant it has seen: slower than a user's own loop, and
 * most of all for JavaScript's side. Answers are checked in the loop, so there is nothing to optimise away.
 */
export const fresh = (body) => (0, eval)(`(${body})`);

const ready = {
  ready_none: (api) => async (n) => {
    for (let i = 0; i < n; i += 1) {
      const value = await api.ready();
      // Node-API has no "nothing": napi-rs gives undefined too, some give null.
      if (value != null) throw new Error(`ready gave ${value}`);
    }
  },
  ready_int: (api) => async (n) => {
    for (let i = 0; i < n; i += 1) {
      const value = await api.readyInt(i);
      if (value !== i) throw new Error(`readyInt(${i}) gave ${value}`);
    }
  },
  ready_row: (api) => async (n) => {
    for (let i = 0; i < n; i += 1) {
      const row = await api.readyRow('a row');
      if (row.id !== 7 || row.name !== 'a row') throw new Error(`readyRow gave ${JSON.stringify(row)}`);
    }
  },
};

const hop = (api) => async (n) => {
  for (let i = 0; i < n; i += 1) {
    const value = await api.hop();
    if (value !== 1) throw new Error(`hop gave ${value}`);
  }
};

/** `n` sleeps of 1 ms, `width` of them in flight. */
const sleep = (api, width) => async (n) => {
  for (let i = 0; i < n; i += width) {
    const sleeping = new Array(width);
    const start = performance.now();
    for (let j = 0; j < width; j += 1) sleeping[j] = api.sleep(1);
    await Promise.all(sleeping);
    // setTimeout counts in whole milliseconds of the loop's own clock, so a timer may seem early by up to one.
    if (performance.now() - start < 0.01) throw new Error('the sleepers did not sleep');
  }
};

const PEERS = ['ponton', 'napi-rs', 'neon'];

/** The cases that `race` measures: id, body, subjects by the name that is shown, and the size that is fixed. */
export const races = [
  ...Object.entries(ready).map(([id, body]) => ({
    id,
    body,
    subjects: { ponton: 'ponton', 'napi-rs': 'napi-rs', neon: 'neon', 'async function': 'native' },
  })),
  {
    id: 'hop',
    body: hop,
    subjects: {
      ponton: 'ponton',
      'ponton spawn': 'ponton spawn',
      'ponton local': 'ponton local',
      'napi-rs': 'napi-rs',
      neon: 'neon',
      setImmediate: 'native',
    },
  },
  ...[10_000, 100_000].map((width) => ({
    id: `sleep_${width / 1000}k`,
    body: sleep,
    argument: width,
    n: width,
    slow: width > 10_000,
    subjects: {
      ponton: 'ponton',
      'ponton local': 'ponton local',
      'napi-rs': 'napi-rs',
      neon: 'neon',
      setTimeout: 'native',
    },
  })),
];
