// Runs inside Node, Bun or Deno, without a test framework: `run.mjs ADDON`. The conformance cases of every host, then what
// the runtimes may do each in their own way. Prints what failed, and one line of numbers.

import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';

import { register as registerCalls } from '../conformance/calls/runner.mjs';
import { register as registerHostCode } from '../conformance/host_code/runner.mjs';
import { register as registerErrors } from '../conformance/javascript/errors.mjs';
import { register as registerFuzz } from '../conformance/javascript/fuzz.mjs';
import { register as registerHostile } from '../conformance/javascript/hostile.mjs';
import { register as registerLive } from '../conformance/javascript/live.mjs';
import { register as registerSignals } from '../conformance/javascript/signals.mjs';
import fc from '../../node/node_modules/fast-check/lib/fast-check.js';
import { register as registerLife } from './life.mjs';

const LIMIT = 20_000;

const runtime = process.versions.bun ? 'bun' : process.versions.deno ? 'deno' : 'node';
const addon = process.argv[2];
const api = createRequire(import.meta.url)(addon);
const read = (file) => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));

const tests = [];
const add = (group) => (name, run) => tests.push({ name: `${group}: ${name}`, run });
registerCalls(api, read('../conformance/calls/cases.json'), 'node', add('calls'), runtime);
registerHostCode(api, read('../conformance/host_code/cases.json'), 'node', add('host code'), new AsyncLocalStorage(), runtime);
registerSignals(api, add('signals'));
registerLive(api, add('live'));
registerHostile(api, add('hostile'), { numbers: runtime !== 'deno' });
registerErrors(api, add('errors'), runtime === 'bun' ? 'JavaScriptCore does not show who awaits' : undefined);
registerFuzz(api, add('fuzz'), fc);
registerLife(api, addon, runtime, add('life'));

const failed = [];
for (const { name, run } of tests) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${LIMIT} ms`)), LIMIT);
  });
  try {
    await Promise.race([run(), late]);
  } catch (error) {
    failed.push(`${name}\n  ${error?.stack ?? error}`);
  } finally {
    clearTimeout(timer);
  }
}
if (failed.length > 0) console.log(failed.join('\n'));
console.log(`${runtime}: ${tests.length - failed.length} of ${tests.length} passed`);
process.exitCode = failed.length > 0 ? 1 : 0;
