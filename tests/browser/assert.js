// What the tests say, in a page and in a worker.

const show = (value) => {
  if (typeof value === 'bigint') return `${value}n`;
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

/** Same JSON, with `undefined` and bigints told apart. */
export function same(got, expected, message = '') {
  const text = (value) => JSON.stringify(value, (_, x) => (x === undefined ? '__undefined' : typeof x === 'bigint' ? `${x}n` : x));
  ok(text(got) === text(expected), `${message ? `${message}: ` : ''}${show(got)} is not ${show(expected)}`);
}

/** The error that `body` throws or rejects with; fails when it does not. */
export async function fails(body, Class, ...texts) {
  let got;
  try {
    got = await (typeof body === 'function' ? body() : body);
  } catch (error) {
    if (Class) ok(error?.constructor === Class, `${error?.constructor?.name} (${error?.message}) is not ${Class.name}`);
    for (const text of texts) ok(error.message.includes(text), `${show(text)} is not in ${show(error.message)}`);
    return error;
  }
  throw new Error(`gave ${show(got)} instead of failing`);
}

/** Resolves in a later task, so that everything queued before has run. */
export const nextTask = () => new Promise((resolve) => setTimeout(resolve));

/** Resolves when `condition` holds; the runner's own time limit ends a test that waits for ever. */
export async function until(condition) {
  while (!condition()) await nextTask();
}

/** Registers a test that tells the collector to run: in Chromium, which is started so that it can be told. */
export function testWithGc(test, name, body) {
  if (globalThis.gc) test(name, body);
  else test.skip(name, 'this browser cannot be told to collect garbage');
}
