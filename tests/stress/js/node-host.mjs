// What Node has for the operations.

import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';

export const load = (addon) => createRequire(import.meta.url)(addon);

const storage = new AsyncLocalStorage();
// Older ones cannot keep the context of a call for its host code.
const keeps = typeof process.getBuiltinModule === 'function';

export const host = () => ({
  native: true,
  turn: () => new Promise((resolve) => setImmediate(resolve)),
  within: (name, body) => storage.run(name, body),
  context: keeps ? () => storage.getStore() : undefined,
});
