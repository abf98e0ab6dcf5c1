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
