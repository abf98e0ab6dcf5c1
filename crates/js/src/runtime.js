/**
 * The JavaScript half of Ponton, shared by Node (evaluated inside the addon) and the browser (part of its entry).
 * Its parts (the files beside this) are put into one function `(function (native) { .. })` by `lib.rs`:
 * `ponton_js::RUNTIME` is that expression. It turns the descriptions of the linked bridge modules into the finished API.
 *
 * @typedef {unknown} Handle  a bridged object, as the host keeps it
 *
 * @typedef {object} Native  what the host offers
 * @property {string[]} modules
 *   The description (core's `ir.rs`) of each module as JSON. The functions of module 0, then those of each of its
 *   objects, then those of module 1, .. are numbered from 0: their id.
 * @property {(id: number, ticket: number, handle: Handle | undefined, ...args: unknown[]) => unknown} call
 *   Calls function `id`; `ticket` is `slot * 2 + lazy`. `handle` is the receiver of methods and getters, `undefined` for others. `args` are what the
 *   caller gave, without the options bag; too many are ignored, missing ones read as `undefined`.
 *   A sync function: gives the value (a constructor: the new handle) or throws; the ticket is -2.
 *   An async one: gives the value, throws, or gives `null`: it is pending, and exactly one `settle` of `slot` or one
 *   `cancel(slot)` that answers 1 follows. With `lazy`, 1, it converts the arguments, creates the task, does
 *   not poll, and always gives `null`; then `start(slot)` or `discard(slot)` follows.
 * @property {(slot: number) => unknown} start
 *   First poll of a lazy call. Value, throw or `null` as for `call`; the slot is ours again unless it gave `null`.
 * @property {(slot: number) => 0 | 1 | 2} cancel
 *   0: too late, its outcome is queued and `settle` follows. 1: dropped, nothing follows. 2: it is being polled
 *   elsewhere; `settle` of this slot follows some time, and its value does not count. Also of an unstarted lazy call (1).
 * @property {(slot: number) => void} discard  Drops a lazy call that nobody started (trace: `never_awaited`).
 * @property {((slot: number) => void)=} unref
 *   The pending call in `slot` does not keep the process alive; absent where no call does.
 * @property {() => void} live  Tells the hook `Live` of each call that is pending, in no order.
 * @property {(request: number, failed: boolean, value: unknown) => boolean | undefined} answer
 *   The promise that Rust awaits as `request` was fulfilled with `value`, or failed with it. Once per request, and not
 *   after the hook `Stop` of it. It runs the Rust code that waits, and settles what that ends, before it returns. It gives
 *   true when nobody waits yet: who comes will ask for it (hook `Await`).
 * @property {(hooks: Function[]) => void} connect  Takes the functions that native code calls: `Hook` in `engine.rs`.
 * @property {((handle: Handle) => void)=} release  Frees a handle; absent where the engine's own handles do that.
 */

/* global native, classes, makeClass, wrapHandle, unwrapObject, errorClasses, makeErrorClasses, makeFunction */
/* global settle, makeFailure, makePanic, makeAborted, makeError, makePlain, mapEntries, makeDict, describe, variantOf */
/* global held, hold, letGo, invoke, wait, stop, explain, report, promise, reset */
/* global PanicError, AbortError, LazyPromise */

/** What `native.live` tells. */
let calls;

/** The calls that are pending, the oldest first. */
function live() {
  calls = [];
  native.live();
  return calls.sort((a, b) => b.age - a.age);
}

/** Builds the API: what `require` gives. */
function build() {
  const api = {};
  const origin = new Map();
  const add = (name, value, module) => {
    if (origin.has(name)) {
      throw new Error(`two items are called '${name}': one of ${origin.get(name)}, one of bridge module '${module}'; rename one`);
    }
    origin.set(name, `bridge module '${module}'`);
    api[name] = value;
  };
  for (const each of [PanicError, AbortError, LazyPromise, live]) {
    api[each.name] = each;
    origin.set(each.name, 'Ponton itself');
  }

  let id = 0;
  for (const json of native.modules) {
    const { module, functions, objects, enums, errors } = JSON.parse(json);
    for (const desc of functions) add(desc.name.js, makeFunction(desc, id++), module);
    //@ classes
    for (const desc of objects) {
      const made = makeClass(desc, id);
      id += desc.functions.length;
      classes.push(made);
      add(desc.name, made.Class, module);
    }
    //@ end
    //@ enums
    for (const desc of enums) {
      if (!desc.hasData) add(desc.name, Object.freeze(Object.fromEntries(desc.variants.map((v) => [v.name, v.tag]))), module);
    }
    //@ end
    //@ error_classes
    for (const desc of errors) {
      const made = makeErrorClasses(desc);
      errorClasses.push(made);
      add(desc.name, made.Base, module);
    }
    //@ end
  }

  native.connect([
    settle,
    makeFailure,
    makePanic,
    makeAborted,
    makeError,
    makePlain,
    wrapHandle,
    unwrapObject,
    mapEntries,
    makeDict,
    describe,
    hold,
    letGo,
    (index) => held[index],
    invoke,
    wait,
    stop,
    explain,
    report,
    promise,
    variantOf,
    reset,
    (name, age, state) => calls.push({ name, age, state }),
  ]);
  return api;
}
