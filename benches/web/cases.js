// What is measured in the browser: `define` gives the cases, each with its subjects. Read by the page, which runs them,
// and by `run.mjs --list`.

/** How many operations a sample of a case without a fixed number starts with; the warm-up finds out how many it needs. */
export const FIRST_N = 50;

const GROWTH = [1, 10, 100, 1_000, 10_000, 100_000];
const YIELDS = 300_000;

/**
 * @typedef {object} Case
 * @property {string} id
 * @property {number=} n  operations a sample, where that is part of the case
 * @property {string=} unit  of what a subject answers, where that is not nanoseconds per operation
 * @property {Record<string, (n: number) => Promise<number>>} subjects
 *   Each does `n` operations, checks what comes of them, and answers how many milliseconds that took (or a `unit`).
 */

/** @returns {Case[]} */
export function define(ponton, peer) {
  return [
    {
      id: 'ready_none',
      subjects: {
        ponton: oneByOne(() => ponton.ready(), undefined),
        'wasm-bindgen': oneByOne(() => peer.ready(), undefined),
        'async function': oneByOne(native.ready, undefined),
      },
    },
    {
      id: 'ready_int',
      subjects: {
        ponton: oneByOne(() => ponton.readyInt(7), 7),
        'wasm-bindgen': oneByOne(() => peer.readyInt(7), 7),
        'async function': oneByOne(() => native.readyInt(7), 7),
      },
    },
    {
      id: 'ready_row',
      subjects: {
        ponton: rows((name) => ponton.readyRow(name)),
        'wasm-bindgen': rows((name) => peer.readyRow(name)),
        'async function': rows(native.readyRow),
      },
    },
    {
      id: 'hop',
      subjects: {
        ponton: oneByOne(() => ponton.hop(), 1),
        'wasm-bindgen': oneByOne(() => peer.hop(), 1),
        'async function': oneByOne(native.hop, 1),
      },
    },
    {
      id: 'callback_ready',
      subjects: {
        ponton: callbacks((count) => ponton.callHost(one, count)),
        'wasm-bindgen': callbacks((count) => peer.callHost(one, count)),
        'async function': callbacks((count) => native.callHost(one, count)),
      },
    },
    { id: 'sleep_10k', n: 10_000, subjects: sleeps(ponton, peer) },
    ...GROWTH.map((n) => ({ id: `grow_${n}`, n, subjects: sleeps(ponton, peer) })),
    {
      id: 'yields',
      n: YIELDS,
      subjects: {
        ponton: (n) => timed(() => ponton.yields(n)),
        'wasm-bindgen': (n) => timed(() => peer.yields(n)),
        'async function': (n) => timed(() => native.yields(n)),
      },
    },
    {
      id: 'yields_gap',
      n: YIELDS,
      unit: 'ms',
      subjects: {
        ponton: (n) => longestGap(() => ponton.yields(n)),
        'wasm-bindgen': (n) => longestGap(() => peer.yields(n)),
        'async function': (n) => longestGap(() => native.yields(n)),
      },
    },
  ];
}

/** The same in JavaScript. */
const native = {
  async ready() {},
  async readyInt(value) {
    return value;
  },
  async readyRow(name) {
    return { id: 7, name };
  },
  async hop() {
    await undefined;
    return 1;
  },
  async callHost(call, count) {
    let sum = 0;
    for (let i = 0; i < count; i += 1) sum += await call();
    return sum;
  },
  sleep: (millis) => new Promise((resolve) => setTimeout(resolve, millis)),
  async yields(count) {
    for (let i = 0; i < count; i += 1) await undefined;
  },
};

const one = async () => 1;

async function timed(body) {
  const began = performance.now();
  await body();
  return performance.now() - began;
}

function same(found, expected) {
  if (found !== expected) throw new Error(`expected ${String(expected)}, got ${String(found)}`);
}

/** Calls that are awaited one after the other. */
function oneByOne(call, expected) {
  return (n) =>
    timed(async () => {
      for (let i = 0; i < n; i += 1) same(await call(), expected);
    });
}

/** The same with a record, whose fields are looked at once: a getter of wasm-bindgen's is a call of its own. */
function rows(call) {
  return (n) =>
    timed(async () => {
      let row;
      for (let i = 0; i < n; i += 1) row = await call('a row');
      same(row.id, 7);
      same(row.name, 'a row');
    });
}

/** One call that awaits `n` calls of the page's. */
function callbacks(call) {
  return (n) => timed(async () => same(await call(n), n));
}

function sleeps(ponton, peer) {
  return {
    ponton: inFlight(() => ponton.sleep(1)),
    'wasm-bindgen': inFlight(() => peer.sleep(1)),
    setTimeout: inFlight(() => native.sleep(1)),
  };
}

/** `n` sleeps at once; a few times over when they are few, because the browser's clock is coarse. */
function inFlight(sleep) {
  return async (n) => {
    const times = Math.max(1, Math.min(20, Math.round(100 / n)));
    let ms = 0;
    for (let i = 0; i < times; i += 1) {
      // What a timer starts counts as nested, and from the fifth level on browsers make timers wait 4 ms.
      await turn();
      ms += await timed(async () => {
        const done = await Promise.all(Array.from({ length: n }, sleep));
        same(done.length, n);
        same(done[n - 1], undefined);
      });
    }
    return ms / times;
  };
}

/** The longest time between two frames while `body` runs. */
async function longestGap(body) {
  const gaps = [];
  let last = await frame();
  let running = true;
  const frames = (async () => {
    do {
      const now = await frame();
      gaps.push(now - last);
      last = now;
    } while (running);
  })();
  await body();
  running = false;
  await frames;
  return Math.max(...gaps);
}

/** The time at which the next frame is made. Not that of the frame: a late one does not say so. */
const frame = () => new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())));

/** Goes on in a task of its own. */
export function turn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
