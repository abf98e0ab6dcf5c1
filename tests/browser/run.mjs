#!/usr/bin/env node
// Runs the browser tests in a real browser: every file in a page, then in a module worker; in Chromium then life.mjs, from
// outside.
//
//   node tests/browser/run.mjs [--browser chromium|firefox|webkit] [--packages DIR] [FILTER]
//
// DIR (default: target/test/web) holds `fixture` and `trouble`, as `ponton build --host web` leaves them.
// PONTON_CHROMIUM, PONTON_FIREFOX and PONTON_WEBKIT name the browser; else the usual names are tried on the PATH. Exit code:
// 0 when all passed.

import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { findChromium, launch } from './chromium.mjs';
import { ENGINE_NAMES, findEngine } from './engines.mjs';
import { attempt } from './harness.js';
import { define as defineLife } from './life.mjs';
import { serve } from './server.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
// A test that takes longer has hung. Nothing else depends on the time.
const LIMIT = Number(process.env.PONTON_TEST_LIMIT_MS ?? 60_000);
const LEAK_CALLS = Number(process.env.PONTON_LEAK_CALLS ?? 20_000);
const FILES = ['calls', 'values', 'signals', 'errors', 'plain-errors', 'cleanup', 'panics', 'unusable', 'tasks', 'host-code', 'time', 'fairness', 'settings', 'objects', 'modules', 'workers', 'live', 'hostile', 'conformance', 'fuzz', 'leaks'];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    browser: { type: 'string', default: 'chromium' },
    packages: { type: 'string', default: path.join(root, 'target/test/web') },
  },
});
const name = options.browser;
if (!['chromium', ...ENGINE_NAMES].includes(name)) {
  console.error(`--browser is chromium, ${ENGINE_NAMES.join(' or ')}, not '${name}'.`);
  process.exit(1);
}
const { open, browser, cure } = name === 'chromium' ? await startChromium() : findEngine(name);
if (cure !== undefined) {
  // Who asks for another browser than the usual one wants it tested.
  if (name !== 'chromium' || process.env.CI === 'true' || process.env.CI === '1') {
    console.error(`No ${name} was found: ${cure}.`);
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
  await browser?.close();
  process.exit(1);
}

// The same files under two addresses are two modules, each with an instance of its own.
const server = await serve(
  {
    '/tests/': here,
    '/cases/': path.join(here, '../conformance'),
    '/fast-check/': path.join(root, 'node/node_modules/fast-check/lib'),
    '/pure-rand/': path.join(root, 'node/node_modules/pure-rand/lib/esm'),
    '/fixture/': fixture,
    '/fixture-again/': fixture,
    '/fixture-workers/': fixture,
    '/fixture-leaks/': fixture,
    '/trouble/': trouble,
    '/trouble-for-good/': trouble,
  },
  (posted) => heard(posted),
);
let heard;
let passed = 0;
let failed = 0;
let skipped = 0;

function report({ name, ms, error, note, skipped: why }) {
  if (why) {
    skipped++;
    console.log(`- ${name}  # ${why}`);
    return;
  }
  if (error) failed++;
  else passed++;
  console.log(`${error ? '✖' : '✔'} ${name} (${ms.toFixed(1)}ms)${note ? `  # ${note}` : ''}`);
  if (error) console.log(error.replace(/^/gm, '    '));
}

/** As `findEngine`, of the one browser that tests also drive. */
async function startChromium() {
  const executable = findChromium();
  if (executable === undefined) return { cure: 'install Chromium, or set PONTON_CHROMIUM to its path' };
  const browser = await launch(executable).catch((error) => {
    console.error(`The browser does not start: ${error.message}`);
    process.exit(1);
  });
  const open = async (url) => {
    const page = await browser.newPage();
    if (process.env.PONTON_TEST_VERBOSE) page.on('console', (line) => console.log(`    [${line.type()}] ${line.text()}`));
    const ended = new Promise((resolve) => { page.on('crash', () => resolve('it crashed')); });
    await page.goto(url);
    return { ended, close: () => page.close() };
  };
  return { open, browser };
}

/** The tests in a page or a worker. They report by themselves; who is silent for longer than a test may take is stuck. */
async function runIn(where) {
  const setup = { where, files: FILES, filter: positionals[0] ?? '', limit: LIMIT, leakCalls: LEAK_CALLS };
  let timer;
  const end = new Promise((resolve) => {
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => resolve(`it said nothing for ${2 * LIMIT} ms`), 2 * LIMIT);
    };
    heard = (posted) => {
      if (posted.done) return resolve(posted.error);
      report(posted);
      wait();
    };
    wait();
  });
  const page = await open(`${server.origin}/tests/page.html?options=${encodeURIComponent(JSON.stringify(setup))}`);
  const error = await Promise.race([end, page.ended]);
  clearTimeout(timer);
  await page.close();
  if (error) report({ name: `${where} runs to its end`, ms: 0, error });
}

async function runLife() {
  const tests = [];
  const setup = { origin: server.origin, launch: (flags) => launch(findChromium(), flags) };
  defineLife((name, body) => tests.push([`life › ${name}`, body]), setup);
  for (const [name, body] of tests.filter(([title]) => title.includes(positionals[0] ?? ''))) {
    report({ name, ...(await attempt(() => body(browser), LIMIT)) });
  }
}

try {
  await runIn('page');
  await runIn('worker');
  if (browser) await runLife();
  else report({ name: 'life', skipped: 'it drives its browser: here, that is Chromium alone' });
} catch (error) {
  report({ name: 'the browser runs the tests', ms: 0, error: String(error?.stack ?? error) });
} finally {
  await browser?.close();
  server.close();
}
if (passed + failed === 0) {
  console.log(`no test matches '${positionals[0]}'`);
  process.exit(1);
}
console.log(`\n${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 ? 0 : 1);
