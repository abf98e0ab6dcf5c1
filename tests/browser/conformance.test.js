// The calls that every host answers alike: ../conformance/calls.

import * as api from '/fixture/web.js';
import { register } from '/cases/calls/runner.mjs';

export default async function define(test) {
  const file = await (await fetch('/cases/calls/cases.json')).json();
  register(api, file, 'browser', test);
}
