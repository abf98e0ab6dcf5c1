// Code around us that breaks what everybody relies on.

import * as api from '/fixture/web.js';
import { register } from '/cases/javascript/hostile.mjs';

export default function define(test) {
  // A stack that is full stops Rust's code half way there, and the instance says so: `unusable`.
  register(api, test, { stack: false });
}
