// `live()`: what every JavaScript host does, and an instance that stopped.

import * as api from '/fixture/web.js';
import * as trouble from '/trouble-for-good/web.js';
import { register } from '/cases/javascript/live.mjs';

import { equal, fails } from './assert.js';

export default function define(test) {
  register(api, test);

  test('nothing is pending in an instance that stopped, nor in the one after it', async () => {
    const pending = fails(trouble.waitForever());
    equal(trouble.live().length, 1);
    const error = await fails(trouble.abortLater());
    await pending;
    equal(trouble.live().length, 0);
    error.reset();
    equal(trouble.live().length, 0);
    equal(await trouble.greet('x'), 'Hello, x');
  });
}
