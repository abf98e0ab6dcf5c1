// Everyone under the same names, and JavaScript's own way of doing the same.

import { existsSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);

const wait = (duration) => new Promise((resolve) => setTimeout(resolve, duration));

/** What an author would write without Rust. */
const native = {
  ready: async () => {},
  readyInt: async (value) => value,
  readyRow: async (name) => ({ id: 7, name }),
  hop: async () => (await new Promise((resolve) => setImmediate(resolve)), 1),
  sleep: wait,
  sleeps: async (duration, count) => {
    for (let i = 0; i < count; i += 1) await wait(duration);
  },
  awaitHost: async (promise) => await promise,
  callHost: async (host, count) => {
    let sum = 0;
    for (let i = 0; i < count; i += 1) sum += await host();
    return sum;
  },
  syncNumber: (value) => value,
  syncString: (text) => Buffer.byteLength(text),
  syncBytes: (data) => data.length,
  syncRow: ({ id, name }) => ({ id, name }),
  bytesIn: async (data) => data.length,
  bytesOut: async (size) => new Uint8Array(size).fill(7),
  stat,
  Gate: class {
    constructor() {
      this.opened = new Promise((resolve) => (this.open = resolve));
    }
    async wait() {
      await this.opened;
    }
  },
};

/** Neon's objects are boxes that functions take. */
const neon = (addon) => ({
  ...addon,
  Gate: class {
    #gate = addon.gate();
    wait() {
      return addon.gateWait(this.#gate);
    }
    open() {
      addon.gateOpen(this.#gate);
    }
  },
});

const loaders = {
  ponton: async (folder) => ({ ...(await import(pathToFileURL(path.join(folder, 'index.mjs')))) }),
  'napi-rs': async (folder) => ({ ...require(path.join(folder, 'index.node')) }),
  neon: async (folder) => neon(require(path.join(folder, 'index.node'))),
};

/**
 * The contestants of `packages`: subject -> its functions; and contestant -> why it is missing.
 *
 * Ponton stands for three subjects: where a future lives is the choice of each function.
 */
export async function load(packages, only = Object.keys(loaders)) {
  const subjects = { native };
  const versions = {};
  const missing = {};
  for (const name of only) {
    const folder = path.resolve(packages, name, 'node');
    if (!existsSync(folder)) {
      missing[name] = 'it is not built';
      continue;
    }
    try {
      subjects[name] = await loaders[name](folder);
      Object.assign(versions, JSON.parse(readFileSync(path.join(folder, 'versions.json'), 'utf8')));
    } catch (error) {
      missing[name] = `it cannot be loaded: ${String(error.message).split('\n')[0]}`;
    }
  }
  const { ponton } = subjects;
  if (ponton) {
    subjects['ponton spawn'] = { ...ponton, hop: ponton.hopSpawn };
    subjects['ponton local'] = { ...ponton, hop: ponton.hopLocal, sleep: ponton.sleepLocal, yields: ponton.yieldsLocal };
  }
  return { subjects, versions, missing };
}
