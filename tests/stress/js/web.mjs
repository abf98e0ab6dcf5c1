// Stress of the web host in Chromium: see tests/stress/README.md.
//
//   node tests/stress/js/web.mjs --package FOLDER [--seconds n] [--seed s] [--round r]

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { findChromium, launch } from '../../browser/chromium.mjs';
import { serve } from '../../browser/server.mjs';
import { Memory, planOf, shown, table } from './rounds.js';

const HANG = Number(process.env.PONTON_STRESS_HANG ?? 90) * 1000;

const { values: options } = parseArgs({
  options: {
    package: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    round: { type: 'string' },
  },
});

const found = findChromium();
if (found === undefined) {
  console.log('No Chromium was found, so NOTHING was tested in a browser: install it, or set PONTON_CHROMIUM to its path.');
  process.exit(process.env.CI === 'true' || process.env.CI === '1' ? 1 : 0);
}
const server = await serve({ '/stress/': path.dirname(fileURLToPath(import.meta.url)), '/package/': path.resolve(options.package) });
const browser = await launch(found);
console.log(`chromium ${browser.version()}: seed ${options.seed}`);

const began = Date.now();
let [plan, told, rounds, number, last, panics] = [undefined, began, 0, Number(options.round ?? 0), undefined, 0];
const unexpected = [];
const memory = new Memory();

const page = await browser.newPage();
page.on('crash', () => unexpected.push('the page crashed'));
page.on('console', (line) => {
  if (/panicked at .*[\s\S]*stress: /.test(line.text())) panics += 1;
  else if (line.type() === 'error' || line.type() === 'warning') unexpected.push(line.text());
});
await page.goto(`${server.origin}/stress/page.html`);
await page.waitForFunction(() => globalThis.round !== undefined);

try {
  do {
    plan = planOf(options.seed, number);
    last = await inTime(page.evaluate((plan) => globalThis.round(plan), plan));
    if (unexpected.length > 0) throw new Error('nothing unexpected is on the console');
    memory.add(last.sample);
    rounds += 1;
    if (options.round === undefined) number += 1;
    if (Date.now() - told > 5000) {
      told = Date.now();
      const operations = last.tally.reduce((sum, [, count]) => sum + count, 0);
      console.log(`  ${Math.round((told - began) / 1000)} s: ${rounds} rounds, ${operations} operations, heap ${last.sample.heap >> 20} MiB`);
      memory.check();
    }
  } while (Date.now() - began < Number(options.seconds) * 1000);
  memory.check();
  console.log(`${rounds} rounds, ${panics} panics; ${JSON.stringify(last.counts)}`);
  for (const line of table(last.tally)) console.log(line);
} catch (error) {
  console.log(`FAILED: ${error?.message ?? error}`);
  for (const line of unexpected.slice(0, 20)) console.log(`  console: ${line}`);
  const where = await Promise.race([page.evaluate(() => globalThis.where()), new Promise((resolve) => setTimeout(resolve, 3000, ['the page does not answer']))]).catch(String);
  for (const line of [where].flat()) console.log(`  ${line}`);
  console.log(`in ${shown(plan)}\nagain: make stress HOST=web SEED=${options.seed} ROUND=${plan.number}`);
  process.exitCode = 1;
} finally {
  await browser.close();
  server.close();
}

function inTime(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('a hang')), HANG);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
