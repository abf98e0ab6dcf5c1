// What is timed in turns: the code a user would write, over `n` operations, with every answer checked.
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
      // napi-rs and Neon may say null.
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

/** Host code that Rust awaits: a promise handed over, and an async function that Rust calls. */
const callbacks = {
  callback_ready: (api) => async (n) => {
    for (let i = 0; i < n; i += 1) {
      const value = await api.awaitHost(Promise.resolve(i));
      if (value !== i) throw new Error(`awaitHost gave ${value}, not ${i}`);
    }
  },
  callback_call: (api) => async (n) => {
    let calls = 0;
    const sum = await api.callHost(async () => ((calls += 1), 2), n);
    if (calls !== n || sum !== 2 * n) throw new Error(`callHost made ${calls} calls and gave ${sum}`);
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
  const start = performance.now();
  for (let i = 0; i < n; i += width) {
    const asleep = new Array(width);
    for (let j = 0; j < width; j += 1) asleep[j] = api.sleep(1);
    await Promise.all(asleep);
  }
  // A timer of the host counts from the start of the loop's turn, so one of them may seem to take no time at all.
  if (n >= 10 * width && performance.now() - start < n / width / 10) throw new Error('the sleepers did not sleep');
};

/** `n` calls of ten sleeps of 1 ms each, `width` of them in flight. */
const chain = (api, width) => async (n) => {
  for (let i = 0; i < n; i += width) {
    const asleep = new Array(width);
    const start = performance.now();
    for (let j = 0; j < width; j += 1) asleep[j] = api.sleeps(1, 10);
    await Promise.all(asleep);
    if (performance.now() - start < 9) throw new Error('the sleepers did not sleep ten times');
  }
};

/** No promise: the sum is what keeps a plain function from being optimised away. */
const plain = {
  sync_number: (api) => async (n) => {
    let sum = 0;
    for (let i = 0; i < n; i += 1) sum += api.syncNumber(i);
    if (sum !== (n * (n - 1)) / 2) throw new Error(`syncNumber gave ${sum} in all`);
  },
  sync_string: (api) => async (n) => {
    const text = 'a string of some length, ü';
    let sum = 0;
    for (let i = 0; i < n; i += 1) sum += api.syncString(text);
    if (sum !== 27 * n) throw new Error(`syncString gave ${sum} in all`);
  },
  sync_bytes: (api) => {
    const data = new Uint8Array(1 << 20);
    return async (n) => {
      let sum = 0;
      for (let i = 0; i < n; i += 1) sum += api.syncBytes(data);
      if (sum !== data.length * n) throw new Error(`syncBytes gave ${sum} in all`);
    };
  },
  sync_row: (api) => async (n) => {
    let sum = 0;
    for (let i = 0; i < n; i += 1) {
      const row = api.syncRow({ id: i, name: 'a row' });
      sum += row.id + row.name.length;
    }
    if (sum !== (n * (n - 1)) / 2 + 5 * n) throw new Error(`syncRow gave ${sum} in all`);
  },
};

const bytesIn = (api, size) => {
  const data = new Uint8Array(size);
  return async (n) => {
    for (let i = 0; i < n; i += 1) {
      const value = await api.bytesIn(data);
      if (value !== size) throw new Error(`bytesIn gave ${value}, not ${size}`);
    }
  };
};

const bytesOut = (api, size) => async (n) => {
  for (let i = 0; i < n; i += 1) {
    const data = await api.bytesOut(size);
    if (data.length !== size || data[size - 1] !== 7) throw new Error(`bytesOut gave ${data.length} bytes, not ${size}`);
  }
};

/** A call that suspends, on the loop's thread: there `{ signal }` is not lost in the noise of two threads. */
const signal = (api, withSignal) => {
  const options = withSignal ? { signal: new AbortController().signal } : {};
  return async (n) => {
    for (let i = 0; i < n; i += 1) {
      const value = await api.hopLocal(options);
      if (value !== 1) throw new Error(`hopLocal gave ${value}`);
    }
  };
};

/** How many bytes a name like `64k` stands for. */
export const SIZES = { 1: 1, '1k': 1 << 10, '64k': 1 << 16, '1m': 1 << 20, '64m': 1 << 26 };

const WIDTHS = [1, 10, 100, 1000, 10_000, 100_000];

const PEERS = { ponton: 'ponton', 'napi-rs': 'napi-rs', neon: 'neon' };
const PLACES = { ponton: 'ponton', 'ponton local': 'ponton local', 'napi-rs': 'napi-rs', neon: 'neon' };

const each = (bodies, subjects) => Object.entries(bodies).map(([id, body]) => ({ id, body, subjects }));

/**
 * The cases that are measured in turns. `subjects`: the name that is shown -> whose functions, or `[whose, argument]`.
 * `argument` is the body's second; a sample is `n` operations, or a multiple of `step` that takes long enough.
 * `slow` ones are left out of a quick run.
 */
export const races = [
  ...each(ready, { ...PEERS, 'async function': 'native' }),
  { id: 'hop', body: hop, subjects: { ponton: 'ponton', 'ponton spawn': 'ponton spawn', ...PLACES, setImmediate: 'native' } },
  ...['10k', '100k'].map((size) => {
    const width = Number.parseInt(size, 10) * 1000;
    const subjects = { ...PLACES, setTimeout: 'native' };
    return { id: `sleep_${size}`, body: sleep, argument: width, n: width, slow: width > 10_000, subjects };
  }),
  ...WIDTHS.map((width) => {
    const subjects = { ponton: 'ponton', 'ponton local': 'ponton local', 'napi-rs': 'napi-rs', setTimeout: 'native' };
    return { id: `grow_${width}`, body: sleep, argument: width, step: width, slow: width > 10_000, subjects };
  }),
  { id: 'chain', body: chain, argument: 1000, n: 1000, subjects: { ...PEERS, setTimeout: 'native' } },
  // Before Ponton is handed functions: until then it looks at bytes where they lie.
  ...each(plain, { ...PEERS, function: 'native' }),
  { id: 'callback_ready', body: callbacks.callback_ready, subjects: { ...PEERS, 'async function': 'native' } },
  {
    id: 'callback_call',
    body: callbacks.callback_call,
    subjects: { ponton: 'ponton', 'napi-rs': 'napi-rs', 'async function': 'native' },
  },
  { id: 'signal', body: signal, subjects: { ponton: ['ponton', true], 'ponton, no signal': ['ponton', false] } },
  ...Object.entries(SIZES).flatMap(([name, argument]) =>
    Object.entries({ bytes_in: bytesIn, bytes_out: bytesOut }).map(([id, body]) => ({
      id: `${id}_${name}`,
      body,
      argument,
      subjects: { ...PEERS, 'async function': 'native' },
    })),
  ),
];
