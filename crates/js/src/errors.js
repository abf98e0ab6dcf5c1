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

/** What native code fails with, by its kind. */
const FAILURES = [TypeError, RangeError, Error];

/** Hook. */
function makeFailure(kind, message) {
  return (made = withoutStack(() => new FAILURES[kind](message)));
}

/** Hook. */
function makePanic(message) {
  return (made = withoutStack(() => new PanicError(message)));
}

/** Hook. */
function makeAborted() {
  return (made = new AbortError('the call was aborted in Rust: its task was dropped before it was ready'));
}
