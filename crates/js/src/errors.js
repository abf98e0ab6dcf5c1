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

/** Gives an error of ours the stack of `caller`'s caller; what JavaScript threw keeps its own. */
function restack(error, caller) {
  if (error !== undefined && error === made) {
    made = undefined;
    capture(error, caller);
  }
  return error;
}

function capture(error, caller) {
  try {
    Error.captureStackTrace?.(error, caller);
  } catch {
    // Tools replace it. An error without its stack is better than theirs.
  }
}

/**
 * Rejects with `error`, whose stack then shows who awaits it (`at async caller`): V8 finds the awaiting functions
 * from the running one through the promises that hang on it, and two turns later they do. Success pays nothing.
 */
async function raise(error) {
  if (error === made) made = undefined;
  await undefined;
  await undefined;
  if (isOurs(error)) capture(error, raise);
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

/** One error of a chain (`Hook.Error`); `options` have its cause. */
function makeLink(source, options) {
  if (Array.isArray(source) && source.length === 1) return source[0];
  const [message, code, errno] = [source].flat();
  const error = new Error(message, options);
  if (code !== undefined) error.code = code;
  if (errno !== undefined) error.errno = errno;
  return error;
}

/** The chain of an error's sources, as options with a `cause`. Rust does not say where they came from: they have no stack. */
function causes(sources) {
  return sources.reduceRight((options, source) => {
    const cause = makeLink(source, options);
    if (isOurs(cause)) own(cause, 'stack', `Error: ${cause.message}`);
    return { cause };
  }, undefined);
}

/** Hook. */
function makePlain([source, ...sources], backtrace) {
  const error = makeLink(source, causes(sources));
  if (!isOurs(error)) return error;
  if (backtrace !== undefined) own(error, 'rustBacktrace', backtrace);
  return (made = error);
}

/** Hook. */
function makePanic(message) {
  return (made = withoutStack(() => new PanicError(message)));
}

/** Hook. */
function makeAborted() {
  return (made = new AbortError('the call was aborted in Rust: its task was dropped before it was ready'));
}

/** Hook: nobody waits for what failed with `error`. */
function report(error) {
  if (typeof reportError === 'function') return reportError(error);
  return queueMicrotask(() => {
    throw error;
  });
}
