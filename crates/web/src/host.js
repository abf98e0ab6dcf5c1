// The page's side: when Rust gets its turns, how calls go in, and what follows when one traps.
// The wasm module imports this file; the loader (`api.js`) calls `start`.

import { connectMemory } from './values.js';

// Rendering waits while promises resolve promises, so this many milliseconds of turns are followed by a real task.
let budget = 8;
// Reading the clock costs as much as a hop. It is read every so many polls, and after each turn while polls are slow.
const EVERY = 8;
const SLOW = 1;
// A longer `setTimeout` fires at once.
const LONGEST = 0x7fffffff;
// Handles of one instance are below this, those of the next begin here: an old one never reaches a new object.
const HANDLES = 2 ** 32;
// Calls within calls, this many, before each makes sure that there is stack for it: JavaScript may fail for want of it at
// any place, Rust may not. Then, how much: in arguments, which lie there, and in bytes of Rust's own stack.
const DEEP = 16;
const ARGUMENTS = 4096;
const BYTES = 0x8000;
// As in `runtime.js` and `engine.rs`.
const LAZY = 1;
const SETTLE = 0;
const PANIC = 2;
const RESET = 21;
const LIVE = 22;
// What `ponton_turn` answers, or the number of polls when another turn may follow at once.
const REST = 0;
const YIELD = -1;

const resolved = Promise.resolve();

// ── the instance ──────────────────────────────────────────────────────────────

let glue;
let wasm;
let hooks;
let modules;
// The first handle of this instance.
let base = 0;
// Why no Rust may run any more: it stopped half way, and nobody knows where.
let broken;
// The stack pointer while no Rust runs. A trap leaves it where it was: it has to be put back by hand.
let restingStack = 0;
// Calls into Rust under way; more than one when Rust calls the page's code, and that calls Rust.
let depth = 0;

/** Starts the instance that the glue has made, and gives `runtime.js` what it always needs. */
export function start(module) {
  glue = module;
  glue.ponton_boot(base);
  return {
    modules,
    call,
    start: startLazy,
    cancel,
    discard,
    live: () => broken ?? wasm.ponton_live(),
    connect: (functions) => {
      hooks = functions;
    },
  };
}

/** A call that is pending, as `ponton_live` tells of each. */
export function pending(name, age, state) {
  hooks[LIVE](name, age, state);
}

/** A fresh instance introduces itself. */
export function connect(exports) {
  wasm = exports;
  modules = [];
  connectMemory(wasm.memory);
  restingStack = wasm.__stack_pointer.value;
}

/** Takes the description of one of its modules. */
export function describe(json) {
  modules.push(json);
}

/** Replaces an unusable instance. Objects of the old one are gone with it. */
function reset() {
  if (broken === undefined) return;
  if (depth > 0) {
    // Further down the stack Rust of this very instance waits for us.
    resolved.then(reset);
    return;
  }
  hooks[RESET]();
  glue.__wbg_reset_state();
  base += HANDLES;
  panic = undefined;
  thrown = false;
  hopping = false;
  resting = true;
  clearTimeout(timer);
  states.forEach((state, slot) => {
    if (state === UNSTARTED) states[slot] = LOST;
  });
  broken = undefined;
  glue.ponton_boot(base);
}

// ── panics ────────────────────────────────────────────────────────────────────

// The message of a panic whose trap is on its way.
let panic;

/** Rust is about to trap. It has no place when it only lets an exception of the page's through. */
export function panicked(message, file, line, column) {
  panic = message;
  if (file) console.error(`panicked at ${file}:${line}:${column}:\n${message}`);
}

/** The message of the panic behind `error`; without one, the instance is given up. The stack is as it was. */
function recover(error, stack) {
  const message = panic;
  panic = undefined;
  thrown = false;
  if (broken === undefined && message !== undefined && error instanceof WebAssembly.RuntimeError) {
    wasm.__stack_pointer.value = stack;
    return message;
  }
  giveUp(error);
  return undefined;
}

/**
 * What the caller gets to see of `error`, which came out of Rust in place of an answer. The calls whose polls it ended
 * are settled; that in slot `own` is the caller's.
 */
function failure(error, polls, stack, own = -1) {
  const message = recover(error, stack);
  if (message !== undefined) {
    try {
      return glue.ponton_trapped(polls, own, message);
    } catch (second) {
      giveUp(second);
    }
  }
  return unusable();
}

/** No panic but a stack overflow, memory exhausted, an abort: Rust may have stopped in the middle of anything. */
function giveUp(error) {
  if (broken === undefined) {
    broken = `the wasm module is unusable since it stopped with "${error?.message ?? error}"; `
      + 'reset() of this error starts it anew, without its objects';
    clearTimeout(timer);
    const pending = states.flatMap((state, slot) => (state === STARTED ? [slot] : []));
    for (const slot of pending) {
      states[slot] = FREE;
      hooks[SETTLE](slot * 2 + 1, unusable());
    }
    // Rust waits for nothing any more. Not now: some of it may be on the stack, and its functions with it.
    resolved.then(() => {
      if (broken !== undefined) hooks[RESET]();
    });
  }
}

function unusable() {
  const error = hooks[PANIC](broken);
  Object.defineProperty(error, 'reset', { value: reset, writable: true, configurable: true });
  return error;
}

// ── calls ─────────────────────────────────────────────────────────────────────

// slot → what it stands for.
const FREE = 0;
const UNSTARTED = 1;
const STARTED = 2;
// A lazy call of an instance that is no more.
const LOST = 3;
const states = [];

// The arguments of the call under way.
let current;
// Its answer is to be thrown.
let thrown = false;

export function argument(index) {
  return current[index];
}

export function throws() {
  thrown = true;
}

export function call_hook(hook, a, b, c, d, e) {
  if (hook !== SETTLE) return hooks[hook](a, b, c, d, e);
  // Rust below the code that broke the instance goes on; what was pending is settled.
  if (broken !== undefined) return undefined;
  states[a >>> 1] = FREE;
  return hooks[SETTLE](a, b);
}

function call(id, ticket, handle, ...args) {
  if (broken !== undefined) throw unusable();
  if (handle < base) throw new Error('this object is gone: its instance of the wasm module was reset');
  const polls = depth === 0 ? 0 : wasm.ponton_polls();
  const stack = depth === 0 ? restingStack : wasm.__stack_pointer.value;
  if (depth >= DEEP) checkStack(stack);
  const slot = ticket >> 1;
  const flags = ticket & LAZY;
  const outer = current;
  current = args;
  depth++;
  let value;
  try {
    value = glue.ponton_call(id, slot, flags, handle === undefined ? -1 : handle, args.length);
  } catch (error) {
    throw failure(error, polls, stack, slot);
  } finally {
    depth--;
    current = outer;
  }
  value = result(value);
  if (value === null && slot >= 0) states[slot] = flags ? UNSTARTED : STARTED;
  return value;
}

let many;

/** Throws what JavaScript throws when the stack is full, if it nearly is. */
function checkStack(left) {
  if (left < BYTES) throw new RangeError('Maximum call stack size exceeded');
  many ??= Array(ARGUMENTS).fill(0);
  Reflect.apply(isFinite, undefined, many);
}

/** What Rust answered; throws what it wants thrown. */
function result(value) {
  if (broken !== undefined) throw unusable(); // by code that Rust called
  if (!thrown) return value;
  thrown = false;
  throw value;
}

/** Calls an export that may run author code, of the call in slot `own`. */
function enter(run, arg, own = -1) {
  const polls = depth === 0 ? 0 : wasm.ponton_polls();
  const stack = depth === 0 ? restingStack : wasm.__stack_pointer.value;
  depth++;
  try {
    return run(arg);
  } catch (error) {
    throw failure(error, polls, stack, own);
  } finally {
    depth--;
  }
}

function startLazy(slot) {
  const state = states[slot];
  states[slot] = FREE;
  if (broken !== undefined) throw unusable();
  if (state === LOST) throw new Error('this lazy call is gone: its instance of the wasm module was reset');
  let value;
  try {
    value = enter(glue.ponton_start, slot, slot);
  } catch (error) {
    lose(slot);
    throw error;
  }
  value = result(value);
  if (value === null) states[slot] = STARTED;
  return value;
}

function cancel(slot) {
  const state = states[slot];
  if (broken !== undefined || state === LOST) {
    states[slot] = FREE;
    return 1;
  }
  // `giveUp`, should its destructor end the instance, must not settle it too: the slot would be free twice.
  states[slot] = FREE;
  try {
    const answer = enter(wasm.ponton_cancel, slot, slot);
    if (answer !== 1) states[slot] = state;
    return answer;
  } catch {
    // A destructor panicked; the report is on the console, and the promise rejects as it was going to.
    lose(slot);
    return 1;
  }
}

/** The task in `slot` trapped: Rust must not touch it again. */
function lose(slot) {
  if (broken === undefined) wasm.ponton_lose(slot);
}

function discard(slot) {
  const state = states[slot];
  states[slot] = FREE;
  if (state !== UNSTARTED) return;
  if (!quietly(wasm.ponton_discard, slot, slot)) lose(slot);
}

/** Polls who waits for what `request` gave. One that traps fails its own call; those behind it are polled all the same. */
export function answer(request, failed, value) {
  let early = false;
  let done = quietly(() => {
    early = glue.ponton_answer(request, failed, value);
  });
  while (!done) done = quietly(wasm.ponton_answer_rest);
  return early;
}

export function release(handle) {
  if (handle >= base) quietly(wasm.ponton_release, handle);
}

/** A panicking destructor has nobody to tell; the report is on the console. */
function quietly(run, arg, own) {
  if (broken !== undefined) return true;
  try {
    enter(run, arg, own);
    return true;
  } catch {
    return false;
  }
}

// ── turns ─────────────────────────────────────────────────────────────────────

// A turn has been asked for and has not begun.
let hopping = false;
// The last turn left nothing to do.
let resting = true;
// Polls until the next look at the clock.
let left = EVERY;
let slow = false;
// When this task of the event loop began, as far as we know, and when the clock was last looked at.
let began = 0;
let checked = 0;
let channel;
let timer;

/** Sets how many milliseconds of turns the page waits for. */
export function patience(milliseconds) {
  budget = milliseconds;
}

/** Milliseconds on the monotonic clock. */
export function now() {
  return performance.now();
}

/** Rust has jobs, after `polls` others: gives it a turn soon, before or after the page has rendered. */
export function hop(polls) {
  hopping = true;
  left -= polls;
  if (left > 0 || isInTime()) resolved.then(turn);
  else turnInTask();
}

function isInTime() {
  const time = performance.now();
  const pause = time - checked;
  checked = time;
  if (resting && pause > 2 * budget) began = time;
  slow = !resting && pause > SLOW;
  left = slow ? 1 : EVERY;
  return time - began < budget;
}

/** After rendering, timers and events had their chance. */
function turnInTask() {
  hopping = true;
  if (channel === undefined) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => {
      beginTask();
      turn();
    };
  }
  channel.port2.postMessage(0);
}

function beginTask() {
  began = checked = performance.now();
  left = slow ? 1 : EVERY;
}

function turn() {
  hopping = false;
  if (broken !== undefined) return;
  let next;
  depth++;
  try {
    next = wasm.ponton_turn(budget);
  } catch (error) {
    // The others queued with the call that trapped get another turn.
    failure(error, 0, restingStack);
    next = YIELD;
  } finally {
    depth--;
  }
  if (broken !== undefined) return;
  resting = next === REST && !hopping;
  if (next === YIELD) turnInTask();
  else if (next !== REST) hop(next);
}

/** Has Rust's function `fire` called after `delay` milliseconds, instead of when it was asked for before. */
export function arm(delay, fire) {
  clearTimeout(timer);
  timer = setTimeout(tick, Math.min(Math.max(Math.ceil(delay), 0), LONGEST), fire);
}

function tick(fire) {
  beginTask();
  while (broken === undefined) {
    try {
      enter(wasm.ponton_run, fire);
      return;
    } catch {
      // A waker panicked: the timers after it still fire.
    }
  }
}
