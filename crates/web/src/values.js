// JavaScript values as Rust asks for them. `item` and `property` may throw what code of the page throws; the others
// never do: an exception that passes through wasm leaves Rust half way.

let memory;
// Static text of the module, by address and length.
const texts = /* @__PURE__ */ new Map();
// `PURE`: a bundler may leave out what is not in use.
const decoder = /* @__PURE__ */ new TextDecoder();

const KINDS = { undefined: 0, boolean: 2, number: 3, bigint: 4, string: 5, symbol: 6, function: 7, object: 8 };
const WORD = 64n;

/** Takes over the memory of a fresh instance. */
export function connectMemory(fresh) {
  memory = fresh;
}

function staticText(address, length) {
  const key = address * 0x10000 + length;
  let text = texts.get(key);
  if (text === undefined) {
    text = decoder.decode(new Uint8Array(memory.buffer, address, length));
    texts.set(key, text);
  }
  return text;
}

export const kind = (value) => (value === null ? 1 : KINDS[typeof value]);

export const number = (value) => (typeof value === 'number' ? value : value === true ? 1 : value === false ? 0 : NaN);

const isWellFormed = String.prototype.isWellFormed ?? function () {
  return !/\p{Surrogate}/u.test(this);
};

export const text = (value) => (isWellFormed.call(value) ? String(value) : undefined);

export function bigint_shape(value) {
  const magnitude = value < 0n ? -value : value;
  const size = magnitude >> WORD === 0n ? 0 : magnitude >> (2n * WORD) === 0n ? 1 : 2;
  return size | (value < 0n ? 4 : 0);
}

export const bigint_word = (value, word) => BigInt.asUintN(64, (value < 0n ? -value : value) >> (word ? WORD : 0n));

// By brand, not by class: an iframe has classes of its own.
const getter = (prototype, key) => prototype && Object.getOwnPropertyDescriptor(prototype, key).get;
const arrays = () => Object.getPrototypeOf(Uint8Array.prototype);
const arrayTag = /* @__PURE__ */ (() => getter(arrays(), Symbol.toStringTag))();
const arrayBuffer = /* @__PURE__ */ (() => getter(arrays(), 'buffer'))();
const bufferLength = /* @__PURE__ */ (() => getter(ArrayBuffer.prototype, 'byteLength'))();
const sharedLength = /* @__PURE__ */ (() => getter(globalThis.SharedArrayBuffer?.prototype, 'byteLength'))();
const viewBuffer = /* @__PURE__ */ (() => getter(DataView.prototype, 'buffer'))();
const viewLength = /* @__PURE__ */ (() => getter(DataView.prototype, 'byteLength'))();
const at = /* @__PURE__ */ (() => Uint8Array.prototype.at)();
const getTime = /* @__PURE__ */ (() => Date.prototype.getTime)();

function has(getter, value) {
  try {
    getter.call(value);
    return true;
  } catch {
    return false;
  }
}

function bufferOf(value) {
  if (!ArrayBuffer.isView(value)) return value;
  const tag = arrayTag.call(value);
  if (tag === 'Uint8Array' || tag === 'Uint8ClampedArray') return arrayBuffer.call(value);
  return tag === undefined ? viewBuffer.call(value) : undefined;
}

export function buffer_state(value) {
  const buffer = bufferOf(value);
  if (buffer === undefined) return 0;
  // What is behind a view and no ArrayBuffer is shared, also where the page may not name the class.
  if (!has(bufferLength, buffer)) return ArrayBuffer.isView(value) || (sharedLength && has(sharedLength, buffer)) ? 3 : 0;
  try {
    new Uint8Array(buffer); // throws when it is detached
    return 1;
  } catch {
    return 2;
  }
}

export function buffer_copy(value) {
  if (!ArrayBuffer.isView(value)) return new Uint8Array(value);
  const isArray = arrayTag.call(value) !== undefined;
  // A view that its buffer was shrunk below is empty, but to read it throws.
  if (!has(isArray ? at : viewLength, value)) return new Uint8Array();
  if (isArray) return value;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

export function date(value) {
  try {
    return getTime.call(value);
  } catch {
    return Infinity;
  }
}

export function array_len(value) {
  try {
    const length = Array.isArray(value) ? value.length : -1;
    return typeof length === 'number' ? length : -1;
  } catch {
    return -1; // a proxy, revoked or worse
  }
}

export const item = (value, index) => value[index];

export const property = (value, address, length) => value[staticText(address, length)];

export function new_bigint(negative, low, high) {
  const magnitude = (BigInt.asUintN(64, high) << WORD) | BigInt.asUintN(64, low);
  return negative ? -magnitude : magnitude;
}

export const new_date = (millis) => new Date(millis);

export const new_bytes = (view) => view.slice();

export const new_array = () => [];

export const push = (array, value) => {
  array.push(value);
};

export const new_object = () => ({});

export function set(object, address, length, value) {
  const name = staticText(address, length);
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

export function set_tag(object, address, length) {
  object.kind = staticText(address, length);
}
