// ── classes ───────────────────────────────────────────────────────────────────
/* global native, call, NONE, own, makeFunction, restack */

/** Only we have it: it tells `new Client(INTERNAL, handle)` from what users write. */
const INTERNAL = Symbol('ponton.internal');

/** object ordinal → `{ Class, wrap, unwrap }`. */
const classes = [];

/** Frees handles where the engine does not do it by itself. */
const released = native.release && new FinalizationRegistry((handle) => native.release(handle));

/** The class of one `#[object]`; its functions have the ids from `firstId`. */
function makeClass(desc, firstId) {
  const constructorIndex = desc.functions.findIndex(({ kind }) => kind === 'constructor');
  const wayIn = desc.functions.find(({ kind, returns }) => kind === 'static' && returns?.object === desc.name);
  let unwrap;
  const Class = {
    [desc.name]: class {
      #handle;

      static {
        unwrap = (value) => (typeof value === 'object' && value !== null && #handle in value ? value.#handle : undefined);
      }

      constructor(...args) {
        if (args[0] === INTERNAL) this.#handle = args[1];
        else this.#handle = construct(args, new.target);
        released?.register(this, this.#handle);
      }
    },
  }[desc.name];

  function construct(args, target) {
    if (constructorIndex < 0) {
      const cure = wayIn ? `; use ${wayIn.mode === 'sync' ? '' : 'await '}${desc.name}.${wayIn.name.js}(...)` : '';
      throw new TypeError(`${desc.name} has no constructor${cure}`);
    }
    try {
      return call(firstId + constructorIndex, NONE, undefined, ...args);
    } catch (error) {
      throw restack(error, target);
    }
  }

  function handleOf(receiver, name) {
    const handle = unwrap(receiver);
    if (handle === undefined) throw new TypeError(`${desc.name}.prototype.${name} was called on something else than a ${desc.name}`);
    return handle;
  }

  if (constructorIndex >= 0) {
    Object.defineProperty(Class, 'length', { value: desc.functions[constructorIndex].required });
  }
  desc.functions.forEach((fn, index) => {
    const name = fn.name.js;
    const id = firstId + index;
    if (fn.kind === 'static') own(Class, name, makeFunction(fn, id));
    if (fn.kind === 'method') own(Class.prototype, name, makeFunction(fn, id, handleOf));
    if (fn.kind === 'getter') {
      const get = makeFunction(fn, id, handleOf);
      Object.defineProperty(Class.prototype, name, { get, configurable: true, enumerable: false });
    }
    // `using` and `await using`. Engines without them lack the symbols.
    if (fn.kind === 'method' && name === 'close' && fn.required === 0) {
      const symbol = fn.mode === 'sync' ? Symbol.dispose : Symbol.asyncDispose;
      if (symbol) own(Class.prototype, symbol, { [name]() { return this.close(); } }[name]);
    }
  });
  return { Class, wrap: (handle) => new Class(INTERNAL, handle), unwrap };
}

/** Hook: an instance around `handle`. */
function wrapHandle(ordinal, handle) {
  return classes[ordinal].wrap(handle);
}

/** Hook: the handle inside an instance of that class, or `undefined`. */
function unwrapObject(ordinal, value) {
  return classes[ordinal].unwrap(value);
}
