// ── calls: slots, promises, signals, lazy promises ────────────────────────────
/* global native, isPlainObject, describe, restack, raise, report, contexts, keepContext, dropContext */

/** What native code answers for a call that is pending. */
const PENDING = null;
/** What is added to a call's ticket, `slot * 2`, when it is lazy. */
const LAZY = 1;
/** The ticket of calls without a slot. */
const NONE = -2;

/** Looked up once: a property of `native` is one lookup more for each call. */
const { call } = native;

/** slot → `resolve` of the pending promise; `undefined` while free, unstarted, or when its signal rejected it early. */
const resolvers = [];
/** slot → `{ slot, entry, reject, index, serial }` of a pending promise with a signal. */
const watches = [];
/** Slots that can be used again. */
const free = [];

function claim() {
  if (free.length > 0) return free.pop();
  // No table has holes: what somebody has put on `Object.prototype` would be seen through them.
  watches.push(undefined);
  contexts.push(undefined);
  return resolvers.push(undefined) - 1;
}

function release(slot) {
  resolvers[slot] = undefined;
  if (contexts[slot] !== undefined) dropContext(slot);
  if (watches[slot] !== undefined) unwatch(slot);
  free.push(slot);
}

/** Hook: `[slot * 2 + failed, value]*`. */
function settle(...batch) {
  for (let i = 0; i < batch.length; i += 2) {
    const slot = batch[i] >>> 1;
    const resolve = resolvers[slot];
    release(slot);
    if (resolve === undefined) continue; // its signal was faster
    resolve(batch[i] & 1 ? raise(batch[i + 1]) : batch[i + 1]);
  }
}

// ── AbortSignal ──

/** signal → its entry. @type {WeakMap<AbortSignal, Entry>} */
const entries = new WeakMap();
/** Tells which call came first. */
let watched = 0;

/** One listener for all calls that one signal may stop. */
class Entry {
  constructor(signal) {
    this.signal = signal;
    this.calls = [];
  }

  handleEvent() {
    const { signal, calls } = this;
    forget(this);
    const reason = reasonOf(signal);
    for (const call of calls.sort((a, b) => a.serial - b.serial)) {
      const { slot, reject } = call;
      if (watches[slot] !== call) continue; // a destructor before it has ended the whole instance (web)
      watches[slot] = undefined;
      abort(slot, reason, reject);
    }
  }
}

/** A signal may be anybody's code. */
function reasonOf(signal) {
  try {
    return signal.reason;
  } catch (error) {
    return error;
  }
}

function forget(entry) {
  entries.delete(entry.signal);
  try {
    entry.signal.removeEventListener('abort', entry);
  } catch (error) {
    report(error); // other calls are being settled around us
  }
}

function watch(slot, signal, reject) {
  let entry = entries.get(signal);
  if (entry === undefined) {
    entry = new Entry(signal);
    signal.addEventListener('abort', entry);
    entries.set(signal, entry);
  }
  const call = { slot, entry, reject, index: entry.calls.length, serial: watched++ };
  entry.calls.push(call);
  watches[slot] = call;
}

/** The listener goes with the last call: one that stays behind keeps its signal alive. */
function unwatch(slot) {
  const { entry, index } = watches[slot];
  watches[slot] = undefined;
  if (entries.get(entry.signal) !== entry) return; // it has fired
  const last = entry.calls.pop();
  if (index < entry.calls.length) {
    entry.calls[index] = last;
    last.index = index;
  }
  if (entry.calls.length === 0) forget(entry);
}

function abort(slot, reason, reject) {
  const answer = native.cancel(slot);
  if (answer === 0) return; // whichever was queued first wins, and that is the outcome
  if (answer === 1) release(slot);
  else resolvers[slot] = undefined; // `settle` frees it
  reject(reason);
}

/** Takes up a call that is pending. */
function pend(slot, signal, resolve, reject) {
  resolvers[slot] = resolve;
  keepContext(slot);
  if (signal === undefined) return;
  try {
    watch(slot, signal, reject);
    if (signal.aborted) abort(slot, signal.reason, reject); // by a getter among the arguments
  } catch (error) {
    abort(slot, error, reject);
  }
}

// ── options ──

/** One of another realm, or of a library, will do. */
function isSignal(value) {
  return typeof value === 'object' && value !== null && typeof value.aborted === 'boolean'
    && typeof value.addEventListener === 'function' && typeof value.removeEventListener === 'function';
}

const OPTIONS = ['signal', 'lazy', 'ref'];
const NO_OPTIONS = { signal: undefined, lazy: false, ref: true };

/** Whether an argument in place of an optional parameter is the options bag. */
function isOptions(value) {
  if (!isPlainObject(value)) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => OPTIONS.includes(key));
}

function readOptions(name, bag) {
  // The object of a class is one too when it has a signal, which must not go unheard.
  if (!isPlainObject(bag) && !isSignal(bag?.signal)) {
    if (isSignal(bag)) throw new TypeError(`${name}() options: expected { signal, lazy, ref }, got an AbortSignal; pass { signal }`);
    return undefined; // one argument too many, ignored as JavaScript does
  }
  for (const key of Object.keys(bag)) {
    if (!OPTIONS.includes(key)) {
      throw new TypeError(`${name}() options: unknown option '${key}'; there are '${OPTIONS.join("', '")}'`);
    }
  }
  const { signal = undefined, lazy = false, ref = true } = bag;
  const expect = (option, type, holds, value) => {
    if (!holds) throw new TypeError(`${name}() option '${option}': expected ${type}, got ${describe(value)}`);
  };
  expect('signal', 'AbortSignal', signal === undefined || signal === null || isSignal(signal), signal);
  expect('lazy', 'boolean', typeof lazy === 'boolean', lazy);
  expect('ref', 'boolean', typeof ref === 'boolean', ref);
  return { signal: signal ?? undefined, lazy, ref };
}

/** Takes the options bag off `args`: the argument after all parameters, or the last one given. */
function takeOptions(desc, args) {
  const last = args.length - 1;
  const count = desc.params.length;
  if (last >= count) {
    const bag = args[count];
    args.length = count;
    return readOptions(desc.name.js, bag);
  }
  return last >= desc.required && isOptions(args[last]) ? readOptions(desc.name.js, args.pop()) : undefined;
}

// ── functions ──

/**
 * A promise that starts its work at the first `then`, `catch`, `finally` or `await`; not again at later ones.
 * @template T
 * @extends {Promise<T>}
 */
class LazyPromise extends Promise {
  /** @type {(() => void) | undefined} */
  #start;

  /** What `then` gives is a plain promise: the work has started. */
  static get [Symbol.species]() {
    return Promise;
  }

  /** @param {(resolve: (value: T) => void, reject: (reason: unknown) => void) => void} start */
  constructor(start) {
    let settlers;
    super((...functions) => {
      settlers = functions;
    });
    this.#start = () => {
      try {
        start(...settlers);
      } catch (error) {
        settlers[1](error);
      }
    };
  }

  then(onFulfilled, onRejected) {
    const start = this.#start;
    if (start !== undefined) {
      this.#start = undefined;
      start();
    }
    return super.then(onFulfilled, onRejected);
  }
}

/** Lazy calls that nobody started: their task goes with their promise. */
const unstarted = new FinalizationRegistry((slot) => {
  native.discard(slot);
  release(slot);
});

function lazyCall(wrapper, id, handle, args, { signal, ref }) {
  if (signal?.aborted) return new LazyPromise((_, reject) => reject(signal.reason));
  const slot = claim();
  try {
    call(id, slot * 2 + LAZY, handle, ...args);
  } catch (error) {
    release(slot);
    restack(error, wrapper);
    return new LazyPromise((_, reject) => reject(error));
  }
  const token = {};
  const promise = new LazyPromise((resolve, reject) => {
    const aborted = signal?.aborted; // where this throws, the call goes with its promise
    unstarted.unregister(token);
    if (aborted) return abort(slot, reasonOf(signal), reject);
    let value;
    try {
      value = native.start(slot);
    } catch (error) {
      release(slot);
      return resolve(raise(error));
    }
    if (value === PENDING) {
      if (!ref) native.unref?.(slot);
      return pend(slot, signal, resolve, reject);
    }
    release(slot);
    return resolve(value);
  });
  unstarted.register(promise, slot, token);
  return promise;
}

/** A call with more arguments than have to be: one may be the options bag. Throws for `asyncFunction` to reject. */
function callWith(wrapper, desc, id, handleOf, receiver, args) {
  const options = takeOptions(desc, args) ?? NO_OPTIONS;
  const handle = handleOf === undefined ? undefined : handleOf(receiver, desc.name.js);
  if (options.lazy) return lazyCall(wrapper, id, handle, args, options);
  const { signal, ref } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  const slot = claim();
  let value;
  try {
    value = call(id, slot * 2, handle, ...args);
  } catch (error) {
    free.push(slot);
    throw error;
  }
  if (value === PENDING) {
    if (!ref) native.unref?.(slot);
    return new Promise((resolve, reject) => pend(slot, signal, resolve, reject));
  }
  free.push(slot);
  return Promise.resolve(value);
}

/** `handleOf(this)` gives the receiver's handle, or throws. */
function asyncFunction(desc, id, handleOf) {
  const { name: { js: name }, required } = desc;
  const wrapper = {
    [name](...args) {
      let slot = -1;
      try {
        if (args.length > required) return callWith(wrapper, desc, id, handleOf, this, args);
        const handle = handleOf === undefined ? undefined : handleOf(this, name);
        slot = claim();
        const value = call(id, slot * 2, handle, ...args);
        if (value === PENDING) {
          const pending = slot;
          slot = -1; // it is Rust's, even where the stack has no room for a promise
          return new Promise((resolve) => pend(pending, undefined, resolve));
        }
        free.push(slot);
        return Promise.resolve(value);
      } catch (error) {
        if (slot >= 0) free.push(slot);
        return Promise.reject(restack(error, wrapper));
      }
    },
  }[name];
  return Object.defineProperty(wrapper, 'length', { value: required });
}

//@ sync
function syncFunction(desc, id, handleOf) {
  const { name: { js: name }, required } = desc;
  const wrapper = {
    [name](...args) {
      try {
        return call(id, NONE, handleOf === undefined ? undefined : handleOf(this, name), ...args);
      } catch (error) {
        throw restack(error, wrapper);
      }
    },
  }[name];
  return Object.defineProperty(wrapper, 'length', { value: required });
}

//@ end
function makeFunction(desc, id, handleOf) {
  //@ sync
  if (desc.mode === 'sync') return syncFunction(desc, id, handleOf);
  //@ end
  return asyncFunction(desc, id, handleOf);
}
