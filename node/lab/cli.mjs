// `ponton lab`: runs scenarios in Node and shows what was recorded.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { runPart } from './run.mjs';
import { bodies } from './scenarios/index.mjs';
import { show } from './show.mjs';

const USAGE = `Usage: ponton lab [SCENARIO] [--json] [--list]

Lazy and eager, side by side: runs a scenario in Node and shows what was recorded.

  SCENARIO   a scenario's name or number; all of them when left out
  --json     print the trace, one JSON record per line
  --list     print the scenarios and stop
  --help     print this help
`;

/** @returns {import('./run.mjs').Scenario[]} */
export function catalog() {
  return JSON.parse(readFileSync(new URL('./scenarios.json', import.meta.url), 'utf8')).scenarios;
}

/**
 * The package's API, or why it is not there.
 * @returns {Promise<{ ponton?: typeof import('ponton'), notBuilt?: string }>}
 */
export async function loadPonton() {
  try {
    return { ponton: await import('ponton') };
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    return { notBuilt: "not built: ponton's native part is missing" };
  }
}

/**
 * @param {string[]} args what follows `ponton lab`
 * @returns {Promise<number>} the exit status
 */
export async function main(args) {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: { json: { type: 'boolean' }, list: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    if (parsed.positionals.length > 1) throw new Error('one scenario at a time');
  } catch (error) {
    process.stderr.write(`ponton lab: ${/** @type {Error} */ (error).message}\n\n${USAGE}`);
    return 2;
  }
  const { values, positionals } = parsed;
  const wanted = positionals[0];
  const scenarios = catalog();
  const list = scenarios.map((s) => `${String(s.number).padStart(4)}  ${s.name.padEnd(22)}${s.title}\n`).join('');
  if (values.help || values.list) {
    process.stdout.write(values.help ? USAGE : list);
    return 0;
  }
  const chosen = scenarios.filter((s) => !wanted || s.name === wanted || String(s.number) === wanted);
  if (chosen.length === 0) {
    process.stderr.write(`ponton lab: unknown scenario: ${wanted}\nscenarios:\n${list}`);
    return 2;
  }
  const on = { host: 'node', ...(await loadPonton()) };
  const { stdout } = process;
  const style = {
    color: Boolean(stdout.isTTY) && !process.env.NO_COLOR,
    width: Math.min(Math.max(Number(process.env.COLUMNS) || stdout.columns || 100, 30), 120),
  };
  for (const scenario of chosen) {
    const lines = [];
    for (const part of scenario.parts) lines.push(...(await runPart(scenario, part, bodies[scenario.name] ?? {}, on)));
    stdout.write(values.json ? lines.map((line) => `${JSON.stringify(line)}\n`).join('') : show(scenario, lines, style));
  }
  return 0;
}
