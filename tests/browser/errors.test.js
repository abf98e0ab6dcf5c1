// Errors and panics: what every JavaScript host does.

import * as api from '/fixture/web.js';
import { register } from '/cases/javascript/errors.mjs';

import { failure, turn } from '/cases/javascript/tools.mjs';

/** Whether the engine shows who awaits an async function of its own. Firefox and WebKit do not. */
async function showsAwaiters() {
  async function fails() {
    await turn();
    throw new Error('on purpose');
  }
  async function awaiter() {
    await fails();
  }
  return (await failure(awaiter())).stack.includes('awaiter');
}

export default async function define(test) {
  register(api, test, (await showsAwaiters()) ? undefined : 'this engine does not show who awaits');
}
