// The addon that the host's tests call: tests/fixture, built for Node.
//
// PONTON_FIXTURE names the `.node` file, or the package that `ponton build --host node` made (default:
// target/tests/node/fixture).

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';
import vm from 'node:vm';

const root = fileURLToPath(new URL('../..', import.meta.url));
const place = path.resolve(root, process.env.PONTON_FIXTURE ?? 'target/tests/node/fixture');

function find(where) {
  if (!existsSync(where)) {
    throw new Error(`There is no built fixture at ${where}: run \`make test-node\`, or set PONTON_FIXTURE to the .node file`);
  }
  if (!statSync(where).isDirectory()) return where;
  const file = readdirSync(where, { recursive: true }).find((name) => String(name).endsWith('.node'));
  if (file === undefined) throw new Error(`There is no .node file in ${where}`);
  return path.join(where, String(file));
}

/** The `.node` file. */
export const addonPath = find(place);

/** What `require` of that file alone gives. */
export const api = createRequire(import.meta.url)(addonPath);

v8.setFlagsFromString('--expose-gc');
/** Collects garbage now. @type {() => void} */
export const gc = vm.runInNewContext('gc');

/** A turn of the event loop. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));

/** How much the heap has grown after `body` ran `times` times, once it is warm. */
export async function grows(body, times) {
  const settled = async () => {
    for (let i = 0; i < 5; i += 1) {
      gc();
      await turn();
    }
    return process.memoryUsage().heapUsed;
  };
  for (let i = 0; i < times / 10; i += 1) await body();
  const before = await settled();
  for (let i = 0; i < times; i += 1) await body();
  return (await settled()) - before;
}

/** Turns until `condition` holds. The test's own time limit ends one that never does. */
export async function until(condition) {
  while (!(await condition())) await turn();
}

/** Collects garbage until `condition` holds. */
export const untilCollected = (condition) => until(() => (gc(), condition()));

/** The error that `body` throws or its promise rejects with; fails when there is none. */
export async function failure(body) {
  let value;
  try {
    value = await (typeof body === 'function' ? body() : body);
  } catch (error) {
    return error;
  }
  throw new Error(`gave ${String(value)} instead of failing`);
}

/** Runs a script in a process of its own, with `addonPath` and, unless `{ alone: true }`, `api` in scope; `{ env }` is its environment. */
export function run(script, ...options) {
  const flags = options.filter((option) => typeof option === 'string');
  const load = options.some((option) => option.alone) ? '' : 'const api = require(addonPath);';
  const env = options.find((option) => option.env)?.env;
  const source = `const addonPath = ${JSON.stringify(addonPath)}; ${load}\n${script}`;
  const child = spawn(process.execPath, [...flags, '-e', source], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
