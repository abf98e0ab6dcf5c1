// What the tests of this folder say. They run in Node, Bun, Deno, a page and a web worker, so they bring their own.

const show = (value) => {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  try {
    return JSON.stringify(value, (_, x) => (typeof x === 'bigint' ? `${x}n` : x)) ?? String(value);
  } catch {
    return String(value);
  }
};

export function ok(condition, message = 'the condition does not hold') {
  if (!condition) throw new Error(message);
}

export function equal(got, expected, message = '') {
  ok(Object.is(got, expected), `${message ? `${message}: ` : ''}${show(got)} is not ${show(expected)}`);
}

/** What `promise` rejects with; fails when it does not. */
export async function failure(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`gave ${show(value)} instead of failing`);
}

/** A later task of the event loop. */
export const turn = () => new Promise((resolve) => { setTimeout(resolve, 0); });

/** Turns until `condition` holds. The runner's own time limit ends one that never does. */
export async function until(condition) {
  while (!condition()) await turn();
}

/** Everything that began was dropped, once: no sooner than now, and soon. */
export async function allDropped(api, count) {
  await until(() => api.dropped() >= api.created());
  equal(api.dropped(), api.created(), 'dropped once each');
  if (count !== undefined) equal(api.created(), count, 'created');
}

/** `signal`, and how many listeners it has. */
export function counted(signal) {
  const listeners = new Set();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (type, listener, ...rest) => {
    listeners.add(listener);
    addEventListener.call(signal, type, listener, ...rest);
  };
  signal.removeEventListener = (type, listener, ...rest) => {
    listeners.delete(listener);
    removeEventListener.call(signal, type, listener, ...rest);
  };
  return { signal, listeners };
}
