// ── host: what Rust holds, calls and awaits ───────────────────────────────────
/* global native, describe, made */

/** index → a function, a promise or an error that Rust holds. Nothing else keeps it, and it keeps no process alive. */
const held = [];
/** Indices that can be used again. */
const vacant = [];

/** Hook. A method is looked up at each call, as hosts do. */
function hold(value, method) {
  const index = vacant.length > 0 ? vacant.pop() : held.length;
  held[index] = method === undefined ? value : methodOf(value, method);
  return index;
}

function methodOf(object, name) {
  return (...args) => {
    const method = object[name];
    if (typeof method !== 'function') throw new TypeError(`${describe(object)}.${name} is not a function`);
    return Reflect.apply(method, object, args);
  };
}

/** Hook. */
function letGo(index) {
  held[index] = undefined;
  vacant.push(index);
}

// ── AsyncLocalStorage ──

const asksHost = native.modules.some((json) => /"(?:callback|function|future)":/.test(json));
const { AsyncResource } = (asksHost && globalThis.process?.getBuiltinModule?.('async_hooks')) || {};
/** slot → the context of the pending call. Nobody pays for it where no Rust calls back. */
const contexts = [];

function keepContext(slot) {
  // `AsyncLocalStorage.snapshot()` does the same and takes 150 times as long (Node 20).
  if (AsyncResource !== undefined) contexts[slot] = new AsyncResource('PONTON', { requireManualDestroy: true });
}

function dropContext(slot) {
  contexts[slot].emitDestroy();
  contexts[slot] = undefined;
}

/** Calls `body` for the call in `slot`. Before that call is pending we are still in its context. */
function inContext(slot, body, args) {
  const context = slot < 0 ? undefined : contexts[slot];
  return context === undefined ? body(...args) : context.runInAsyncScope(body, undefined, ...args);
}

// ── requests ──

/** request → the host code that Rust waits for. */
const runs = [];
const resolved = Promise.resolve();

/**
 * Host code that Rust waits for, and the traps of its options: the last argument of functions that Rust awaits, a plain
 * object whose signal is made when somebody looks at it. With a getter the object would take twenty times as long to make;
 * it has to be its own, so that `{ ...options }` takes the signal along.
 */
class Run {
  controller = undefined;

  stopped = false;

  /** `[failed, value]` that came before Rust waited. */
  early = undefined;

  options() {
    return new Proxy({ signal: undefined }, this);
  }

  get(options, key) {
    if (key === 'signal') this.#show(options);
    return options[key];
  }

  getOwnPropertyDescriptor(options, key) {
    if (key === 'signal') this.#show(options);
    return Reflect.getOwnPropertyDescriptor(options, key);
  }

  #show(options) {
    if (this.controller !== undefined) return;
    this.controller = new AbortController();
    if (this.stopped) this.controller.abort();
    options.signal = this.controller.signal;
  }
}

/** How many calls of host code may stand on the stack, with the Rust between them, before the next waits for an empty one. */
const DEEPEST = 16;
let depth = 0;

/** Hook: calls what is held at `index` for the call in `slot`. Without a request, -1, it gives the result. */
function invoke(slot, index, request, args) {
  const body = held[index];
  let run;
  if (request >= 0) {
    run = new Run();
    if (args === undefined) args = [run.options()];
    else args.push(run.options());
    if (depth >= DEEPEST) {
      return follow(slot, request, run, resolved.then(() => (run.stopped ? undefined : inContext(slot, body, args))));
    }
  }
  depth += 1;
  try {
    const value = inContext(slot, body, args ?? []);
    return run === undefined ? value : follow(slot, request, run, value);
  } finally {
    depth -= 1;
  }
}

/** Hook: `value` is to be awaited by Rust. A promise is listened to from now on, so its failure is not unheard. */
function promise(value, request) {
  if (isPromise(value)) {
    listen(request, new Run(), value);
    return -2;
  }
  return thenOf(value) === undefined ? -1 : hold(value, undefined);
}

/** Hook: waits for the thenable that is held at `index`; or Rust waits at last for what came early. */
function wait(slot, index, request) {
  if (index >= 0) return follow(slot, request, new Run(), held[index]);
  const { early } = runs[request];
  runs[request] = undefined;
  return early;
}

const { then } = Promise.prototype;

/** `[value]` of what cannot be awaited; `undefined` when the answer comes later. */
function follow(slot, request, run, value) {
  const awaited = isPromise(value) ? value : inContext(slot, adopt, [value]);
  if (awaited === undefined) return [value];
  listen(request, run, awaited);
  return undefined;
}

function listen(request, run, awaited) {
  runs[request] = run;
  then.call(awaited, (result) => answer(request, run, false, result), (error) => answer(request, run, true, error));
}

/** Whether it is a promise as the engine makes them, which can be trusted. */
function isPromise(value) {
  return value instanceof Promise && value.then === then && value.constructor === Promise;
}

/** A promise of any other thenable, which may answer at once, twice, or throw; `undefined` for what is none. */
function adopt(value) {
  const method = thenOf(value);
  return method && new Promise((resolve, reject) => Reflect.apply(method, value, [resolve, reject]));
}

function thenOf(value) {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return undefined;
  const method = value.then;
  return typeof method === 'function' ? method : undefined;
}

function answer(request, run, failed, value) {
  if (run.stopped) return; // Rust does not wait any longer, and nobody else is to hear of it
  runs[request] = undefined;
  if (native.answer(request, failed, value) !== true) return;
  run.early = [failed, value];
  runs[request] = run;
}

/** Hook: Rust does not wait any longer. */
function stop(request) {
  const run = runs[request];
  if (!(run instanceof Run)) return; // there are holes
  runs[request] = undefined;
  stopRun(run);
}

/** The signal fires when what Rust is dropping has been dropped, all of it. */
function stopRun(run) {
  run.stopped = true;
  if (run.controller !== undefined) resolved.then(() => run.controller.abort());
}

/** Hook: the native half starts anew, and what the old one held is nobody's. */
function reset() {
  for (const run of runs.splice(0)) {
    if (run !== undefined) stopRun(run);
  }
  held.length = 0;
  vacant.length = 0;
}

// ── what host code throws ──

/** Errors that host code threw: they come out as they are, with the stack they had. */
const foreign = new WeakSet();

/** Whether `error` was made by native code. */
function isOurs(error) {
  return typeof error === 'object' && error !== null && !foreign.has(error);
}

function isError(value) {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

/** Text that Rust can hold; whatever `read` throws, there is some. */
function text(read) {
  try {
    const shown = String(read());
    return shown.toWellFormed?.() ?? shown;
  } catch {
    return '';
  }
}

/** Hook: `[class, message, stack, index]`, and it is held at `index`. */
function explain(error) {
  const index = hold(error, undefined);
  // One that was just made for a result that does not fit gets its stack when it is raised, like all of ours.
  if (error !== made && (typeof error === 'object' || typeof error === 'function') && error !== null) foreign.add(error);
  let thrown = false;
  try {
    thrown = isError(error);
  } catch {
    // A proxy may throw at anything.
  }
  if (!thrown) return [typeof error, text(() => error), '', index];
  return [text(() => error.constructor.name) || 'Error', text(() => error.message), text(() => error.stack ?? ''), index];
}
