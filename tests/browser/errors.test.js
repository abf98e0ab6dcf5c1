// Errors and panics: what every JavaScript host does.

import * as api from '/fixture/web.js';
import { register } from '/cases/javascript/errors.mjs';

export default function define(test) {
  register(api, test);
}
