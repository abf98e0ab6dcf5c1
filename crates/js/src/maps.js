// ── maps ──────────────────────────────────────────────────────────────────────
/* global isPlainObject */

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
