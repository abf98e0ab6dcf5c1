// ── errors ────────────────────────────────────────────────────────────────────
/* global own, isOurs */

/** Makes an error without a stack, where `restack` or `raise` will give it one. */
function withoutStack(make) {
  const limit = Error.stackTraceLimit;
  if (Error.captureStackTrace === undefined || !Reflect.set(Error, 'stackTraceLimit', 0)) return make();
  try {
    return make();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
}

/** The error that was made last: native code is about to throw it. */
let made;

/** Gives an error of ours the stack of `wrapper`'s caller; what JavaScript threw keeps its own. */
function restack(error, wrapper) {
  if (error !== undefined && error === made) {
    made = undefined;
    Error.captureStackTrace?.(error, wrapper);
  }
  return error;
}

/**
 * Rejects with `error`, whose stack then shows who awaits it (`at async caller`): V8 finds the awaiting functions
 * from the running one through the promises that hang on it, and two turns later they do. Success pays nothing.
 */
async function raise(error) {
  if (error === made) made = undefined;
  await undefined;
  await undefined;
  if (isOurs(error)) Error.captureStackTrace?.(error, raise);
  throw error;
}

/** Rust code panicked. The process lives on; the message is that of the panic. */
class PanicError extends Error {
  static {
    own(this.prototype, 'name', 'PanicError');
  }
}

/** Rust gave the call up: its task was aborted, or its runtime shut down. */
class AbortError extends Error {
  static {
    own(this.prototype, 'name', 'AbortError');
    own(this.prototype, 'code', 'ABORT_ERR');
  }
}

/**
 * The classes of one error enum: `KvError` and, on it, `KvError.NotFound`. Their constructor takes the message and the
 * fields, so that a test double can be made.
 */
function makeErrorClasses(desc) {
  const Base = { [desc.name]: class extends Error {} }[desc.name];
  own(Base.prototype, 'name', desc.name);
  const variants = desc.variants.map((variant) => {
    // None is called `message` or `code`: such a field's JavaScript name ends in `_`.
    const keys = variant.fields.map(({ name }) => name.js);
    const Variant = {
      [variant.name]: class extends Base {
        constructor(message, values = {}, options = undefined) {
          super(message, options);
          this.code = variant.code;
          for (let i = 0; i < keys.length; i += 1) this[keys[i]] = values[keys[i]];
        }
      },
    }[variant.name];
    own(Variant.prototype, 'name', `${desc.name}.${variant.name}`);
    own(Base, variant.name, Variant);
    return { Variant, keys };
  });
  return { Base, variants };
}

/**
 * The chain of an error's sources, as `cause`. Texts have no stack: Rust does not say where they came from. `[error]`, the
 * last one, is what host code threw.
 */
function causes(sources) {
  return sources.reduceRight((options, source) => {
    if (Array.isArray(source)) return { cause: source[0] };
    const cause = new Error(source, options);
    own(cause, 'stack', `Error: ${source}`);
    return { cause };
  }, undefined);
}

/** error ordinal → its classes. */
const errorClasses = [];

/** Hook. */
function makeError(ordinal, index, message, sources, values) {
  const { Variant, keys } = errorClasses[ordinal].variants[index];
  const fields = Object.fromEntries(keys.map((key, i) => [key, values[i]]));
  return (made = withoutStack(() => new Variant(message, fields, causes(sources))));
}

/** What native code fails with, by its kind. */
const FAILURES = [TypeError, RangeError, Error];

/** Hook. */
function makeFailure(kind, message) {
  return (made = withoutStack(() => new FAILURES[kind](message)));
}

/** Hook: which variant of an error enum `value` is; -1 when it is none. */
function variantOf(ordinal, value) {
  return errorClasses[ordinal].variants.findIndex(({ Variant }) => value instanceof Variant);
}

/** Hook. */
function makePanic(message) {
  return (made = withoutStack(() => new PanicError(message)));
}

/** Hook. */
function makeAborted() {
  return (made = new AbortError('the call was aborted in Rust: its task was dropped before it was ready'));
}
