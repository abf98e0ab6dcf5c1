// Memory is flat: the page's heap, and the memory of the wasm module.
//
// PONTON_LEAK_CALLS says how many calls of each kind there are: 20,000 here, a million by `make leaks`.

import { PER_CALL, growth, kinds } from '/cases/javascript/leaks.mjs';

import { nextTask, ok } from './assert.js';

// What both waver by. A page of wasm memory is 64 KiB.
const HEAP_NOISE = 1.5e6;
const WASM_NOISE = 8 << 16;

export default async function define(test, { where, leakCalls: calls }) {
  if (where !== 'page') return; // the heap of a worker is not told
  if (!globalThis.gc) return test.skip('memory is flat', 'this browser cannot be told to collect garbage');

  const { api, wasm } = await load();
  const memory = async () => {
    for (let i = 0; i < 6; i++) {
      gc();
      await nextTask();
    }
    return [performance.memory.usedJSHeapSize, wasm.buffer.byteLength];
  };

  // A high tide stays in the memory of the module: the collector comes as often before we measure as after.
  const tidy = (round) => {
    let rounds = 0;
    return async () => {
      await round();
      rounds += 1;
      if (rounds % 10 > 0) return;
      gc();
      await nextTask();
      await nextTask();
    };
  };

  for (const [name, round] of Object.entries(kinds(api))) {
    test(`memory is flat over ${calls} calls ${name}`, async ({ note }) => {
      const [heap, inside] = await growth(tidy(round), calls, memory);
      note(`heap ${(heap / calls).toFixed(2)} B per call, wasm ${(inside / calls).toFixed(2)} B per call`);
      ok(heap < HEAP_NOISE + PER_CALL * calls, `the heap grew by ${heap} bytes`);
      ok(inside <= WASM_NOISE, `the wasm memory grew by ${inside} bytes`);
    });
  }
}

/** A package of its own, and the memory of its module, which the package does not show. */
async function load() {
  const { instantiateStreaming } = WebAssembly;
  let wasm;
  WebAssembly.instantiateStreaming = async (...args) => {
    const made = await instantiateStreaming.apply(WebAssembly, args);
    wasm = made.instance.exports.memory;
    return made;
  };
  try {
    return { api: await import('/fixture-leaks/web.js'), wasm };
  } finally {
    WebAssembly.instantiateStreaming = instantiateStreaming;
  }
}
