// Any value into any parameter: a value comes back or a proper error, never a panic; what fits comes back equal.
//
// It is given fast-check, which each host finds in its own way, and what is particular to a host:
// `evaluate`: runs a text in another realm, where there is one; `more`: makers of further odd values;
// `word`: the bits of a `usize`; `earliest`: the first `SystemTime`; `runs`: how many examples each test makes, other ones each time. Without it, they are the
// same in every run.

import { equal, ok } from './tools.mjs';

/** Registers each test. */
export function register(api, test, fc, { evaluate, more = [], word = 64, earliest, runs = 0 } = {}) {
  const settings = { numRuns: runs || 100, ...(runs ? {} : { seed: 1 }) };
  const check = (...args) => fc.assert(fc.asyncProperty(...args), settings);

  // ── values that fit ─────────────────────────────────────────────────

  const whole = (bits, signed) => {
    const [min, max] = signed ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n] : [0n, 2n ** BigInt(bits) - 1n];
    return fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, min + 1n, max - 1n, max));
  };
  const small = (bits, signed) => whole(bits, signed).map(Number);
  const safe = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0));
  const size = word === 32 ? small(32) : fc.oneof(fc.maxSafeNat(), fc.constant(Number.MAX_SAFE_INTEGER));
  const text = fc.string({ unit: 'binary' });
  const single = fc.float();
  const bytes = fc.uint8Array();
  const span = fc.oneof(fc.nat(), fc.constantFrom(0, 1, 86_400_000));
  const time = fc.date({ min: earliest, noInvalidDate: true });
  const level = fc.constantFrom('low', 'veryHigh');
  const maybe = (arbitrary) => fc.option(arbitrary, { nil: undefined });
  const named = (arbitrary) => fc.dictionary(text, arbitrary, { maxKeys: 4, noNullPrototype: true });
  const shape = fc.oneof(
    fc.record({ kind: fc.constant('circle'), radius: fc.double() }, { noNullPrototype: true }),
    fc.record({ kind: fc.constant('named'), value: text }, { noNullPrototype: true }),
    fc.record({ kind: fc.constant('pair'), value0: small(8), value1: small(8) }, { noNullPrototype: true }),
    fc.constant({ kind: 'empty' }),
  );
  const nodeOf = (children) => fc.record({ name: text, children }, { noNullPrototype: true });
  const leaf = nodeOf(fc.constant([]));
  const node = nodeOf(fc.array(nodeOf(fc.array(leaf, { maxLength: 2 })), { maxLength: 2 }));
  const row = fc.record({ id: whole(64), body: bytes, from: maybe(text), createdBy: text, size: safe.map(Math.abs) }, { noNullPrototype: true });
  const six = fc.tuple(small(8), text, fc.boolean(), maybe(small(32, true)), level, fc.constant(undefined));
  const fields = {
    flag: fc.boolean(),
    tiny: small(8, true),
    small: small(16),
    middle: small(32, true),
    large: whole(64),
    signed: whole(64, true),
    huge: whole(128),
    hugeSigned: whole(128, true),
    size,
    safe,
    single,
    double: fc.double(),
    text,
    bytes,
    owned: bytes,
    span,
    time,
    perhaps: maybe(node),
    list: fc.array(maybe(fc.double()), { maxLength: 4 }),
    map: named(shape),
    sorted: named(fc.array(level, { maxLength: 3 })),
    tuple: six,
  };
  const everything = fc.record(fields, { noNullPrototype: true });

  const fitting = {
    Bool: fc.boolean(),
    I8: small(8, true),
    I16: small(16, true),
    I32: small(32, true),
    I64: whole(64, true),
    I128: whole(128, true),
    Isize: word === 32 ? small(32, true) : safe,
    U8: small(8),
    U16: small(16),
    U32: small(32),
    U64: whole(64),
    U128: whole(128),
    Usize: size,
    Safe: safe,
    F32: single,
    F64: fc.double(),
    String: text,
    Unit: fc.constant(undefined),
    Bytes: bytes,
    VecU8: bytes,
    Duration: span,
    SystemTime: time,
    Option: maybe(small(32)),
    List: fc.array(small(32, true)),
    Nested: fc.array(maybe(fc.array(text))),
    Map: named(small(32)),
    TreeMap: named(bytes),
    Tuple: fc.tuple(small(8), text, fc.boolean()),
    Alias: whole(64),
    Row: row,
    Rows: fc.array(row, { maxLength: 4 }),
    Node: node,
    Level: level,
    Shape: shape,
    Foreign: fc.record({ x: fc.double(), y: fc.double() }, { noNullPrototype: true }),
    Everything: everything,
    Deep: fc.array(named(maybe(fc.array(everything, { maxLength: 1 }))), { maxLength: 2 }),
  };
  const echoes = Object.keys(api).filter((name) => name.startsWith('echo') && name !== 'echoPoint');

  /** Equal all the way down; a field that is `undefined` may be missing. */
  function same(one, other) {
    if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) return Object.is(one, other);
    if (one.constructor !== other.constructor) return false;
    if (one instanceof Date) return Object.is(one.getTime(), other.getTime());
    if (Array.isArray(one) && one.length !== other.length) return false;
    const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...keys].every((key) => same(Object.getOwnPropertyDescriptor(one, key)?.value, Object.getOwnPropertyDescriptor(other, key)?.value));
  }

  for (const [name, arbitrary] of Object.entries(fitting)) {
    test(`what fits comes back: ${name}`, () =>
      check(arbitrary, async (value) => {
        const back = await api[`echo${name}`](value);
        ok(same(back, value), `${fc.stringify(back)} is not ${fc.stringify(value)}`);
      }));
  }

  // ── any value ───────────────────────────────────────────────────────

  class Mine extends Error {}

  function thrown(body) {
    try {
      body();
    } catch (error) {
      return error;
    }
    return undefined;
  }

  const raises = () => {
    throw new Mine('mine');
  };
  const reenters = (answer) => () => {
    equal(api.add(1, 2), 3);
    ok(thrown(() => api.add('x', 1)) instanceof TypeError);
    api.echoRow(7).catch(() => {});
    return answer;
  };

  const names = ['length', '0', 'then', 'kind', 'id', 'body', 'name', 'children', 'x', 'buffer', 'byteLength', 'constructor', 'radius', 'value'];
  const methods = ['valueOf', 'toString', 'toJSON', 'getTime', 'entries', 'keys', Symbol.iterator, Symbol.toPrimitive, Symbol.toStringTag];
  const getter = (name, get) => Object.defineProperty({}, name, { get, enumerable: true });
  const within = (object, name, get) => Object.defineProperty(object, name, { get, enumerable: true, configurable: true });

  function revoked() {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }

  function revokedFunction() {
    const { proxy, revoke } = Proxy.revocable(() => {}, {});
    revoke();
    return proxy;
  }

  function detached() {
    const array = new Uint8Array(8);
    structuredClone(array.buffer, { transfer: [array.buffer] });
    return array;
  }

  function shrunk() {
    const buffer = new ArrayBuffer(16, { maxByteLength: 32 });
    const array = new Uint8Array(buffer, 8);
    buffer.resize(4);
    return array;
  }

  /** Also where the page may not name its class. */
  const shared = () => new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer;

  function cyclic() {
    const ring = [];
    ring.push(ring);
    return ring;
  }

  function cyclicNode() {
    const node = { name: 'ring', children: [] };
    node.children.push(node);
    return node;
  }

  function nested(depth, wrap, value) {
    for (let i = 0; i < depth; i += 1) value = wrap(value);
    return value;
  }

  /** A list that one of its items changes while it is read. */
  function changing(change) {
    const items = [0, 1, 2, 3];
    within(items, '1', () => (change(items), 1));
    return items;
  }

  const traps = ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf', 'isExtensible'];
  const odd = [
    ...names.map((name) => () => getter(name, raises)),
    ...names.map((name) => () => getter(name, reenters(1))),
    ...methods.map((name) => () => ({ [name]: raises })),
    ...methods.map((name) => () => ({ [name]: reenters(3) })),
    ...traps.flatMap((trap) => [() => new Proxy({}, { [trap]: raises }), () => new Proxy([1, 2], { [trap]: raises })]),
    ...traps.map((trap) => () => new Proxy({ id: 1n }, { [trap]: (...args) => (reenters(0)(), Reflect[trap](...args)) })),
    () => new Proxy([1, 2, 3], {}),
    () => new Proxy(new Map([['a', 1]]), {}),
    () => new Proxy(new Date(0), {}),
    () => new Proxy(new Uint8Array(2), {}),
    () => new Proxy(() => {}, {}),
    () => new Proxy([1], { get: (target, name) => (name === 'length' ? 2 ** 32 - 1 : target[name]) }),
    revoked,
    revokedFunction,
    detached,
    () => detached().buffer,
    () => new DataView(new ArrayBuffer(8), 2, 3),
    ...(typeof ArrayBuffer.prototype.resize === 'function' ? [shrunk, () => new ArrayBuffer(4, { maxByteLength: 8 })] : []),
    () => new Uint8Array(shared()),
    shared,
    () => new Uint16Array([1, 65535]),
    () => new Float64Array([1.5, NaN]),
    () => new BigInt64Array([-1n]),
    () => new Uint8ClampedArray([1, 2]),
    () => new (class extends Uint8Array {})(3),
    ...(evaluate ? ['new Uint8Array(3)', '[1, 2]', 'new Date(5)', 'new Map([["a", 1]])', '({ id: 1n })'].map((code) => () => evaluate(code)) : []),
    ...more,
    () => [1, , 3],
    () => Object.assign([], { 5: 1 }),
    () => new Array(1e5),
    () => ({ length: 3, 0: 1, 1: 2, 2: 3 }),
    () => ({ length: 2 ** 53 }),
    () => Object.create(null),
    () => Object.create({ id: 1n, body: new Uint8Array(1), createdBy: 'x', size: 1 }),
    () => ({ ['__proto__']: 1 }),
    () => JSON.parse('{"__proto__": 1, "constructor": 2}'),
    () => Object.freeze([1, 2]),
    cyclic,
    cyclicNode,
    () => nested(100, (value) => ({ name: 'x', children: [value] }), { name: 'leaf', children: [] }),
    () => nested(5000, (value) => ({ name: 'x', children: [value] }), { name: 'leaf', children: [] }),
    () => nested(5000, (value) => [value], []),
    () => changing((items) => (items.length = 0)),
    () => changing((items) => items.push(...new Array(100).fill(0))),
    () => changing((items) => Object.setPrototypeOf(items, null)),
    () => new Map([['a', 1], ['b', 2]]),
    () => new Map([[1, 1]]),
    () => new Map([['\ud800', 1]]),
    () => new (class extends Map { [Symbol.iterator]() { raises(); } })([['a', 1]]),
    () => new (class extends Map { entries() { raises(); } forEach() { raises(); } get size() { return 2 ** 32; } })([['a', 1]]),
    () => new Set([1]),
    () => new WeakMap(),
    () => new Date(NaN),
    () => new Date(8.64e15),
    () => new Date(-8.64e15),
    () => new (class extends Date { getTime() { raises(); } valueOf() { raises(); } })(5),
    () => new Number(5),
    () => new String('x'),
    () => new Boolean(true),
    () => Object(5n),
    () => Object(Symbol('x')),
    () => Symbol('x'),
    () => Symbol.iterator,
    () => new api.Item(1),
    () => [new api.Item(1), new api.Item(2)],
    () => [new api.Item(1), new api.Pipe()],
    () => Object.create(api.Item.prototype),
    () => new Proxy(new api.Item(1), {}),
    () => ({ __proto__: new api.Item(1) }),
    () => api.Item,
    () => api.echoU8,
    () => Promise.resolve(1),
    () => ({ then: raises }),
    () => ({ then: (resolve) => resolve(1) }),
    () => api.ready(),
    () => new Error('x'),
    () => new api.PanicError('x'),
    () => globalThis,
    () => /x/,
    () => new Intl.NumberFormat(),
    () => function () {},
    () => async () => {},
    () => function* () {},
    () => (function* () { yield 1; })(),
    () => (function () { return arguments; })(1, 2),
    () => ({ kind: 'circle', radius: 'wide' }),
    () => ({ kind: 'pair', value0: 256, value1: -1 }),
    () => ({ kind: 'nothing' }),
    () => ({ kind: { toString: () => 'circle' } }),
    () => '\ud800',
    () => 'a\0b',
    () => 'x'.repeat(1e5),
    ...[7, 8, 15, 16, 31, 32, 53, 63, 64, 127, 128].flatMap((edge) => [2n ** BigInt(edge), 2n ** BigInt(edge) - 1n, -(2n ** BigInt(edge)), -(2n ** BigInt(edge)) - 1n].flatMap((value) => [() => value, () => Number(value)])),
    () => 2n ** 5000n,
    ...[NaN, Infinity, -Infinity, -0, 5e-324, 1.7e308, 3.5e38, 0.5, -0.5, null, undefined].map((value) => () => value),
  ];

  // fast-check itself stumbles over some of these: it is given functions that make them.
  const plain = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withObjectString: true,
    withNullPrototype: true,
  });
  const made = (arbitrary) => arbitrary.map((value) => () => value);
  const recordOf = (model) => fc.record(model).map((makes) => () => Object.fromEntries(Object.entries(makes).map(([name, make]) => [name, typeof make === 'function' ? make() : make])));
  const { anything } = fc.letrec((tie) => ({
    anything: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(...odd),
      made(plain),
      made(fc.oneof(...Object.values(fitting))),
      fc.array(tie('anything'), { maxLength: 3 }).map((makes) => () => makes.map((make) => make())),
      recordOf({ a: tie('anything'), b: tie('anything') }),
      recordOf({ id: tie('anything'), body: tie('anything'), from: tie('anything'), createdBy: tie('anything'), size: tie('anything') }),
      recordOf({ name: tie('anything'), children: tie('anything') }),
      recordOf({ kind: fc.constantFrom('circle', 'named', 'pair', 'empty'), radius: tie('anything'), value: tie('anything') }),
      recordOf({ x: tie('anything'), y: tie('anything') }),
    ),
  }));

  /** A proper error: of the host's kind, and telling where; what the value's own code throws comes out as it is. */
  function proper(error, place) {
    if (error instanceof Mine) return true;
    if (!(error instanceof TypeError || error instanceof RangeError)) return false;
    // What V8 says of proxies and of cross-realm objects.
    return error.message.includes(place) || /proxy|Proxy|revoked|call stack|detached/.test(error.message);
  }

  async function offer(name, value) {
    try {
      await api[name](value);
    } catch (error) {
      // What came in may be more than a JavaScript number can say on its way out.
      ok(proper(error, 'value') || proper(error, 'result'), `${name}: ${error?.stack ?? error}`);
    }
  }

  for (const name of echoes) {
    test(`each odd value: ${name}`, async () => {
      for (const make of odd) await offer(name, make());
    });
    test(`any value: ${name}`, () => check(anything, (make) => offer(name, make())));
  }

  test('any value into plain functions', () =>
    check(anything, async (make) => {
      const value = make();
      for (const [call, place] of [[() => api.sumBytes(value), 'data'], [() => api.length(value), 'text'], [() => api.add(value, 1), "'a'"], [() => api.tellEach(value, () => {}), 'items']]) {
        try {
          call();
        } catch (error) {
          ok(proper(error, place), error?.stack ?? String(error));
        }
      }
    }));

  test('any value in a field', () =>
    check(everything, fc.constantFrom(...Object.keys(fields)), anything, async (value, field, make) => {
      const other = make();
      let back;
      try {
        back = await api.echoEverything({ ...value, [field]: other });
      } catch (error) {
        ok(proper(error, `value.${field}`) || proper(error, `'value'.${field}`), `${field}: ${error?.stack ?? error}`);
        return;
      }
      ok(same({ ...back, [field]: 0 }, { ...value, [field]: 0 }));
    }));

  // ── what host code gives ────────────────────────────────────────────

  test('what fits comes through host code', () =>
    check(everything, async (value) => {
      const later = async (given) => {
        ok(same(given, value));
        return given;
      };
      for (const back of [
        api.relayNow(value, (given) => given),
        await api.relayEverything(value, (given) => given),
        await api.relayEverything(value, later),
        await api.relayElsewhere(value, later),
        await api.awaitEverything(Promise.resolve(value)),
      ]) {
        ok(same(back, value), `${fc.stringify(back)} is not ${fc.stringify(value)}`);
      }
    }));

  test('any value from host code', () =>
    check(everything, fc.constantFrom(...Object.keys(fields)), anything, fc.boolean(), async (value, field, makeOther, all) => {
      const other = makeOther();
      const answer = all ? other : { ...value, [field]: other };
      for (const make of [async () => api.relayNow(value, () => answer), () => api.relayElsewhere(value, () => answer)]) {
        try {
          await make();
        } catch (error) {
          ok(all || proper(error, 'result'), error?.stack ?? String(error));
          ok(!(error instanceof api.PanicError), error);
        }
      }
    }));
}
