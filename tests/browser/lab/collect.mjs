// Runs the lab in a real Chromium, from the very files Node runs. As a program: prints its JSON lines.
//
//   node tests/browser/lab/collect.mjs [SCENARIO] [--json] [--web ENTRY]
//
// ENTRY is the entry module of a web build of the lab.

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { serve } from '../server.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const LAB = fileURLToPath(new URL('../../../node/lab/', import.meta.url));

/**
 * Starts the Chromium of this machine.
 * @returns {Promise<any>}
 * @throws {Error} when there is none
 */
export async function open() {
  // Not at the top: the demo wants to hear what is missing as a sentence.
  const { findChromium, launch } = await import('../chromium.mjs').catch(() => {
    throw new Error('playwright-core is not installed; run npm ci in tests/browser');
  });
  const executable = findChromium();
  if (!executable) throw new Error('no Chromium found; install one or set PONTON_CHROMIUM to its path');
  return launch(executable);
}

/**
 * Every line of the scenarios asked for.
 * @param {{ scenario?: string, web?: string }} [options]
 * @returns {Promise<import('../../../node/lab/run.mjs').Line[]>}
 * @throws {Error} when there is no browser to run
 */
export async function collect({ scenario, web } = {}) {
  const browser = await open();
  const server = await serve({ '/lab/': LAB, '/here/': HERE, ...(web && { '/web/': path.dirname(web) }) });
  try {
    const page = await browser.newPage();
    await page.goto(`${server.origin}/here/blank.html`);
    return await page.evaluate(inThePage, { scenario, entry: web && `/web/${path.basename(web)}` });
  } finally {
    await browser.close();
    server.close();
  }
}

/** @param {{ scenario?: string, entry?: string }} options */
async function inThePage({ scenario: wanted, entry }) {
  // Specifiers of the page's own origin, hidden from type checkers that would look for them here.
  const load = (/** @type {string} */ specifier) => import(specifier);
  const [{ runPart }, { bodies }, { scenarios }] = await Promise.all([
    load('/lab/run.mjs'),
    load('/lab/scenarios/index.mjs'),
    fetch('/lab/scenarios.json').then((response) => response.json()),
  ]);
  const ponton = entry ? await load(entry) : undefined;
  const on = { host: 'browser', ponton, notBuilt: "not built: ponton's web part is missing" };
  const lines = [];
  for (const scenario of scenarios) {
    if (wanted && scenario.name !== wanted && String(scenario.number) !== wanted) continue;
    for (const part of scenario.parts) lines.push(...(await runPart(scenario, part, bodies[scenario.name], on)));
  }
  return lines;
}

if (path.resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  const options = /** @type {const} */ ({ web: { type: 'string' }, json: { type: 'boolean' } });
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  try {
    const lines = await collect({ scenario: positionals[0], web: values.web && path.resolve(values.web) });
    process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  } catch (error) {
    process.stderr.write(`${/** @type {Error} */ (error).message.split('\n')[0]}\n`);
    process.exitCode = 1;
  }
}
