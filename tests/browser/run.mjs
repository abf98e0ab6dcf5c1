#!/usr/bin/env node
// Runs the browser tests in real Chromium: every file in a page, then in a module worker; then life.mjs, from outside.
//
//   node tests/browser/run.mjs [--packages DIR] [FILTER]
//
// DIR (default: target/test/web) holds `fixture` and `trouble`, as `ponton build --host web` leaves them.
// PONTON_CHROMIUM names the browser; else the usual names are tried on the PATH. Exit code: 0 when all passed.

import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { findChromium, launch } from './chromium.mjs';
import { define as defineLife } from './life.mjs';
import { serve } from './server.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
// A test that takes longer has hung. Nothing else depends on the time.
const LIMIT = Number(process.env.PONTON_TEST_LIMIT_MS ?? 60_000);
const FILES = ['calls', 'values', 'signals', 'errors', 'plain-errors', 'cleanup', 'panics', 'unusable', 'tasks', 'host-code', 'time', 'fairness', 'settings', 'objects', 'modules', 'live', 'conformance'];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { packages: { type: 'string', default: path.join(root, 'target/test/web') } },
});

const browserPath = findChromium();
if (browserPath === undefined) {
  const cure = 'install Chromium, or set PONTON_CHROMIUM to its path';
  if (process.env.CI === 'true' || process.env.CI === '1') {
    console.error(`No Chromium was found, and CI must not do without: ${cure}.`);
    process.exit(1);
  }
  console.log(`No Chromium was found, so NOTHING was tested in a browser: ${cure}.`);
  process.exit(0);
}
const packages = path.resolve(options.packages);
const [fixture, trouble] = ['fixture', 'trouble'].map((name) => path.join(packages, name));
for (const folder of [fixture, trouble]) {
  if (existsSync(path.join(folder, 'web.js'))) continue;
  console.error(`${folder} holds no package: run \`make test-web\`, which builds it with \`ponton build --host web\`.`);
  process.exit(1);
}

// The same files under two addresses are two modules, each with an instance of its own.
const server = await serve({
  '/tests/': here,
  '/cases/': path.join(here, '../conformance'),
  '/fixture/': fixture,
  '/fixture-again/': fixture,
  '/trouble/': trouble,
  '/trouble-for-good/': trouble,
});
const browser = await launch(browserPath).catch((error) => {
  console.error(`The browser does not start: ${error.message}`);
  process.exit(1);
});
let passed = 0;
let failed = 0;

function report({ name, ms, error, note }) {
  if (error) failed++;
  else passed++;
  console.log(`${error ? '✖' : '✔'} ${name} (${ms.toFixed(1)}ms)${note ? `  # ${note}` : ''}`);
  if (error) console.log(error.replace(/^/gm, '    '));
}

async function runLife() {
  const tests = [];
  const setup = { origin: server.origin, launch: (flags) => launch(browserPath, flags) };
  defineLife((name, body) => tests.push([`life › ${name}`, body]), setup);
  for (const [name, body] of tests.filter(([title]) => title.includes(positionals[0] ?? ''))) {
    const began = performance.now();
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`hangs: nothing came of it in ${LIMIT} ms`)), LIMIT);
    });
    const error = await Promise.race([body(browser), late]).then(() => undefined, (caught) => String(caught?.stack ?? caught));
    clearTimeout(timer);
    report({ name, ms: performance.now() - began, error });
  }
}

try {
  for (const where of ['page', 'worker']) {
    const page = await browser.newPage();
    page.on('crash', () => report({ name: `${where} lives`, ms: 0, error: 'it crashed' }));
    if (process.env.PONTON_TEST_VERBOSE) page.on('console', (line) => console.log(`    [${line.type()}] ${line.text()}`));
    await page.exposeFunction('report', report);
    await page.goto(`${server.origin}/tests/page.html`);
    const setup = { where, files: FILES, filter: positionals[0] ?? '', limit: LIMIT };
    await page.evaluate((options) => globalThis.runAll(options), setup);
    await page.close();
  }
  await runLife();
} catch (error) {
  report({ name: 'the browser runs the tests', ms: 0, error: String(error?.stack ?? error) });
} finally {
  await browser.close();
  server.close();
}
if (passed + failed === 0) {
  console.log(`no test matches '${positionals[0]}'`);
  process.exit(1);
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
