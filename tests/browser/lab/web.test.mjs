// The browser's column of the lab, held against tests/conformance. Needs `npm run build` in node/.

import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { catalog } from '../../../node/lab/cli.mjs';
import { expectedOf, judge } from '../../../node/test/lab-check.mjs';
import { collect } from './collect.mjs';

const web = fileURLToPath(new URL('../../../node/dist/web.js', import.meta.url));
const lines = await collect({ web });

for (const scenario of catalog()) {
  for (const part of scenario.parts) {
    test(`${scenario.name} ${part.name}`, () => {
      const mine = lines.filter((line) => line.scenario === scenario.name && line.part === part.name);
      assert.deepEqual(judge(expectedOf(scenario.name, part.name, 'browser'), mine), []);
    });
  }
}
