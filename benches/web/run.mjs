#!/usr/bin/env node
// The runner for the browser: measures in a page of Chromium, and prints JSON lines.
//
//   node benches/web/run.mjs --packages DIR [--quick] [--only CASE[,CASE]] [--list]
//
// DIR holds what `build.py` made. Exit code: 0 unless a contestant answers wrongly or the browser does not start.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { findChromium, launch } from '../../tests/browser/chromium.mjs';
import { serve } from '../../tests/browser/server.mjs';
import { define } from './cases.js';
import { weigh } from './size.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const CONTESTANTS = ['ponton', 'wasm-bindgen'];
const SIZES = ['size_gz', 'size_gz_wasm', 'size_gz_js'];

const { values: options } = parseArgs({
  options: {
    packages: { type: 'string', default: path.join(root, 'target/bench/packages') },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
  },
});
const only = options.only.split(',').filter(Boolean);
const packages = path.resolve(options.packages);

const emit = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const missing = (subject, id, why) => emit({ type: 'missing', subject, case: id, why });

function fail(message) {
  console.error(`benches/web: ${message}`);
  process.exit(1);
}

/** The entry of a package; `undefined` when it was not built. */
function entryOf(name) {
  const folder = path.join(packages, name, 'web');
  if (!existsSync(folder)) return undefined;
  const entry = readdirSync(folder).find((file) => file === 'web.js' || file === 'peer.js');
  return entry && path.join(folder, entry);
}

function list() {
  for (const { id, subjects } of define()) console.log(`${id}: ${Object.keys(subjects).join(', ')}`);
  for (const id of SIZES) console.log(`${id}: ${CONTESTANTS.join(', ')}`);
}

/** The versions of what is measured, as the lock files have them. */
function versions() {
  const lock = readFileSync(path.join(root, 'benches/Cargo.lock'), 'utf8');
  const crate = (name) => lock.match(new RegExp(`name = "${name}"\\nversion = "([^"]+)"`))?.[1];
  const npm = (folder, name) =>
    JSON.parse(readFileSync(path.join(root, folder, 'package-lock.json'), 'utf8')).packages[`node_modules/${name}`].version;
  const crates = ['ponton', 'wasm-bindgen', 'wasm-bindgen-futures', 'gloo-timers'];
  return {
    ...Object.fromEntries(crates.map((name) => [name, crate(name)])),
    binaryen: npm('tests/browser', 'binaryen'),
    esbuild: npm('benches/web', 'esbuild'),
  };
}

async function speed(page) {
  const contestants = {};
  for (const name of CONTESTANTS) {
    const entry = entryOf(name);
    if (entry) contestants[name] = `/packages/${path.relative(packages, entry)}`;
    else missing(name, null, `${path.join(packages, name, 'web')} holds no package`);
  }
  await page.evaluate((setup) => globalThis.measure(setup), { contestants, only, rounds: options.quick ? 3 : 9 });
}

/** Weighs both packages, and sees that what was weighed works. */
async function size(page) {
  const wanted = SIZES.filter((id) => only.length === 0 || only.includes(id));
  if (wanted.length === 0) return;
  for (const subject of CONTESTANTS) {
    const name = `one-function-${subject}`;
    const entry = entryOf(name);
    if (entry === undefined) {
      missing(subject, 'size_gz', `${path.join(packages, name, 'web')} holds no package`);
      continue;
    }
    const bytes = await weigh(subject, entry, path.join(packages, name, 'bundle'));
    const sum = await page.evaluate(async (address) => (await import(address)).add(20, 22), `/packages/${name}/bundle/bundle.js`);
    if (sum !== 42) throw new Error(`${subject}: the bundled package adds 20 and 22 to ${sum}`);
    for (const id of wanted) emit({ type: 'samples', case: id, subject, n: 1, unit: 'bytes', wall: [bytes[id]] });
  }
}

if (options.list) {
  list();
  process.exit(0);
}
const known = [...define().map(({ id }) => id), ...SIZES];
const unknown = only.filter((id) => !known.includes(id));
if (unknown.length > 0) fail(`there is no case ${unknown.join(', ')}; --list shows them`);
const chromium = findChromium();
if (chromium === undefined) {
  for (const subject of CONTESTANTS) missing(subject, null, 'no Chromium was found: install it, or set PONTON_CHROMIUM to its path');
  process.exit(0);
}
const server = await serve({ '/web/': here, '/packages/': packages });
const browser = await launch(chromium).catch((error) => fail(`the browser does not start: ${error.message}`));
try {
  const page = await browser.newPage();
  const crashed = new Promise((_, reject) => page.on('crash', () => reject(new Error('the page crashed'))));
  page.on('console', (line) => console.error(`[${line.type()}] ${line.text()}`));
  await page.exposeFunction('emit', emit);
  emit({ type: 'about', host: 'web', runtime: `Chromium ${browser.version().split('.')[0]}`, versions: { chromium: browser.version(), ...versions() } });
  await page.goto(`${server.origin}/web/page.html`);
  await Promise.race([crashed, speed(page).then(() => size(page))]);
} catch (error) {
  process.exitCode = 1;
  console.error(`benches/web: ${error?.message ?? error}`);
} finally {
  await browser.close();
  server.close();
}
