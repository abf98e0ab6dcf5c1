// The calls that every host makes and answers alike: ../conformance.

import * as api from '/fixture/web.js';
import { register } from '/cases/calls/runner.mjs';
import { register as registerHostCode } from '/cases/host_code/runner.mjs';

export default async function define(test) {
  for (const [folder, add] of [['calls', register], ['host_code', registerHostCode]]) {
    const file = await (await fetch(`/cases/${folder}/cases.json`)).json();
    add(api, file, 'browser', test);
  }
}
