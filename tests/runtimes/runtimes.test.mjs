// Bun and Deno load the addon and pass what Node passes; run.mjs is what runs inside them.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { addonPath } from '../../node/test/fixture.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const RUNTIMES = {
  node: { program: process.execPath, flags: [] },
  bun: { program: here('node_modules/.bin/bun'), flags: ['run'] },
  deno: { program: here('node_modules/.bin/deno'), flags: ['run', '--allow-all', '--quiet'] },
};

for (const [name, { program, flags }] of Object.entries(RUNTIMES)) {
  test(`${name} passes the conformance cases, and what life.mjs asks`, async () => {
    assert.ok(existsSync(program), `${program} is not installed: run tests/tools/setup.sh runtimes`);
    const args = [...flags, here('run.mjs'), addonPath];
    const [error, stdout, stderr] = await new Promise((resolve) => {
      execFile(program, args, { maxBuffer: 1 << 24, timeout: 240_000 }, (...answer) => resolve(answer));
    });
    assert.equal(error, null, `${stdout}\n${error?.signal ?? ''}\n${stderr.slice(-4000)}`);
    const [, passed, of] = stdout.trim().split('\n').at(-1).match(new RegExp(`^${name}: (\\d+) of (\\d+) passed$`)) ?? [];
    assert.equal(passed, of);
    assert.ok(Number(of) > 300, `only ${of} cases`);
  });
}
