// ── values ────────────────────────────────────────────────────────────────────

/** Defines a property as classes define theirs: not enumerable. */
function own(target, key, value) {
  Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false });
}

function isPlainObject(value) {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  // Those of another realm (a `vm` context, an iframe) are plain objects too: they end the chain.
  return prototype === null || prototype === Object.prototype
    || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'));
}

/** Hook: what `value` is, in one word. */
function describe(value) {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  if (Array.isArray(value)) return 'Array';
  try {
    const { name } = value.constructor;
    return typeof name === 'string' && name !== 'Object' && name !== '' ? name : 'object';
  } catch {
    return 'object';
  }
}

/** Hook: `[key, value, ..]` of a plain object or `Map`. */
function mapEntries(value) {
  // Those of another realm are no `instanceof Map`.
  if (Object.prototype.toString.call(value) === '[object Map]') {
    try {
      return [...Map.prototype.entries.call(value)].flat(1);
    } catch {
      // It only says that it is one.
    }
  }
  return isPlainObject(value) ? Object.entries(value).flat(1) : undefined;
}

/** Hook: the plain object of `[key, value, ..]`. Assigning to `__proto__` would set the prototype. */
function makeDict(flat) {
  const dict = {};
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] !== '__proto__') dict[flat[i]] = flat[i + 1];
    else Object.defineProperty(dict, '__proto__', { value: flat[i + 1], writable: true, enumerable: true, configurable: true });
  }
  return dict;
}
