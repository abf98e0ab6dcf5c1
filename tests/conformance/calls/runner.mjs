// The cases of this folder in JavaScript: a thin runner for Node, Bun, Deno and the browser.

const camel = (name) => name.replace(/_([a-z0-9])/g, (_, c) => c.toUpperCase());
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const evaluate = (expression) => new Function(`return ${expression};`)();

function fieldsOf(fields) {
  const out = {};
  for (const [key, form] of Object.entries(fields)) {
    const field = value(form);
    if (field !== undefined) out[camel(key)] = field;
  }
  return out;
}

/** The JavaScript value of a case's form. */
export function value(form) {
  if (form === null) return undefined;
  if (Array.isArray(form)) return form.map(value);
  if (typeof form !== 'object') return form;
  if ('big' in form) return BigInt(form.big);
  if ('float' in form) return { nan: NaN, inf: Infinity, '-inf': -Infinity }[form.float] ?? Number(form.float);
  if ('bytes' in form) return bytes(form.bytes);
  if ('duration_ms' in form) return form.duration_ms;
  if ('time_ms' in form) return new Date(form.time_ms);
  if ('tuple' in form) return form.tuple.map(value);
  if ('map' in form) {
    const out = {};
    for (const [key, entry] of Object.entries(form.map)) {
      Object.defineProperty(out, key, { value: value(entry), enumerable: true, writable: true, configurable: true });
    }
    return out;
  }
  if ('record' in form) return fieldsOf(form.fields);
  if ('variant' in form) return { kind: form.tag, ...fieldsOf(form.fields) };
  if ('enum' in form) return form.tag;
  if ('surrogate' in form) return 'a\ud800b';
  if ('js' in form) return evaluate(form.js);
  throw new Error(`no such form: ${JSON.stringify(form)}`);
}

/** Deep equality that knows bytes and dates, and takes an absent key for `undefined`. */
export function same(got, expected) {
  if (Object.is(got, expected)) return true;
  if (got instanceof Uint8Array || expected instanceof Uint8Array) {
    return (
      got instanceof Uint8Array && expected instanceof Uint8Array && got.length === expected.length && got.every((b, i) => b === expected[i])
    );
  }
  if (got instanceof Date || expected instanceof Date) {
    return got instanceof Date && expected instanceof Date && got.getTime() === expected.getTime();
  }
  if (typeof got !== 'object' || typeof expected !== 'object' || got === null || expected === null) return false;
  if (Array.isArray(got) !== Array.isArray(expected)) return false;
  const keys = new Set([...Object.getOwnPropertyNames(got), ...Object.getOwnPropertyNames(expected)]);
  return [...keys].every((key) => key === 'length' || same(own(got, key), own(expected, key)));
}

const own = (object, key) => Object.getOwnPropertyDescriptor(object, key)?.value;

const show = (v) => {
  try {
    return typeof v === 'bigint' ? `${v}n` : JSON.stringify(v, (_, x) => (typeof x === 'bigint' ? `${x}n` : x)) ?? String(v);
  } catch {
    return String(v);
  }
};

export const classOf = (api, dotted) =>
  dotted.split('.').reduce((found, name) => found?.[name], { ...globals, ...api });
const globals = { TypeError, RangeError, Error };

function assert(condition, message) {
  if (!condition) throw new Error(message);
}

async function attempt(api, testCase) {
  const call = api[camel(testCase.call)];
  assert(typeof call === 'function', `${camel(testCase.call)} is not exported`);
  const args = testCase.args.map(value);
  if (testCase.sync) {
    try {
      return { value: call(...args) };
    } catch (error) {
      return { error };
    }
  }
  const promise = call(...args); // must not throw: everything an async function does wrong is a rejection
  assert(promise instanceof Promise, `${camel(testCase.call)} gave no promise`);
  return promise.then((value) => ({ value }), (error) => ({ error }));
}

async function check(api, testCase) {
  const { value: got, error } = await attempt(api, testCase);
  const { raises } = testCase;
  if (!raises) {
    if (error !== undefined) throw error;
    const expected = value(testCase.returns);
    assert(same(got, expected), `${show(got)} is not ${show(expected)}`);
    return;
  }
  assert(error !== undefined, `gave ${show(got)} instead of failing`);
  const Class = classOf(api, raises.js);
  assert(error?.constructor === Class, `${error?.constructor?.name} (${error?.message}) is not ${raises.js}`);
  for (const text of raises.has) {
    const seen = [text, camel(text)].some((form) => error.message.includes(form));
    assert(seen, `${show(text)} is not in ${show(error.message)}`);
  }
  if (raises.is) {
    assert(error instanceof classOf(api, raises.is) && error instanceof Error, `not a ${raises.is}`);
    assert(error.code === raises.code, `code ${error.code} is not ${raises.code}`);
    assert(error.name === raises.js, `name ${error.name} is not ${raises.js}`);
  }
  for (const [name, form] of Object.entries(raises.fields ?? {})) {
    assert(same(error[camel(name)], value(form)), `${name}: ${show(error[camel(name)])} is not ${show(value(form))}`);
  }
  if (raises.cause) assert(String(error.cause?.message).includes(raises.cause), `cause: ${error.cause}`);
}

/**
 * Registers every case of `file` that `host` runs.
 *
 * @param {Record<string, any>} api the fixture's exports
 * @param {{ cases: any[] }} file the parsed cases.json
 * @param {'node' | 'browser'} host
 * @param {(name: string, run: () => Promise<void>) => void} test
 * @param {string} runtime whose known failures count: 'bun' and 'deno' run the cases of 'node'
 */
export function register(api, file, host, test, runtime = host) {
  for (const testCase of file.cases) {
    if (testCase.hosts && !testCase.hosts.includes(host)) continue;
    const reason = testCase.known_failure?.[runtime];
    test(testCase.name, async () => {
      if (!reason) return check(api, testCase);
      const failed = await check(api, testCase).then(() => false, () => true);
      assert(failed, `passes now; remove its known_failure: ${reason}`);
    });
  }
}
