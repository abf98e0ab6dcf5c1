// Holds recorded lines against the conformance data; tests/conformance/README.md has the format.

import { readFileSync } from 'node:fs';

/** @typedef {import('../lab/run.mjs').Line} Line */
/** @typedef {import('../lab/tracer.mjs').TraceRecord} TraceRecord */

/**
 * @typedef {object} Expected
 * @property {string[][]} [order]
 * @property {string[]} [absent]
 * @property {Record<string, number>} [count]
 * @property {boolean} [unavailable]
 * @property {string} [optional]
 * @property {string} [known_failure]
 */

/**
 * What `host` must record for a part; a host's own entry goes before that of `js`.
 * @param {string} scenario @param {string} part @param {string} host
 * @returns {Expected}
 */
export function expectedOf(scenario, part, host) {
  const url = new URL(`../../tests/conformance/scenarios/${scenario}.json`, import.meta.url);
  const hosts = JSON.parse(readFileSync(url, 'utf8')).parts[part];
  const expected = hosts?.[host] ?? hosts?.js;
  if (!expected) throw new Error(`${scenario} ${part}: nothing is expected of ${host}`);
  return expected;
}

/**
 * What is not as expected; empty when all is.
 * @param {Expected} expected @param {Line[]} lines
 */
export function judge(expected, lines) {
  const failures = failuresOf(expected, lines);
  if (!expected.known_failure) return failures;
  return failures.length > 0 ? [] : [`passes now; remove the known failure: ${expected.known_failure}`];
}

/** @param {Expected} expected @param {Line[]} lines @returns {string[]} */
function failuresOf(expected, lines) {
  const [first] = lines;
  if (!first) return ['empty trace'];
  if ('unavailable' in first) {
    return expected.unavailable || expected.optional ? [] : [`not recorded: ${first.unavailable}`];
  }
  if (expected.unavailable) return ['recorded, though the host has no means for it'];
  if (!expected.order?.length) return ['no order is expected: that asserts nothing'];
  const events = /** @type {TraceRecord[]} */ (lines).toSorted((a, b) => a.seq - b.seq);
  const failures = expected.order.flatMap((chain) => broken(chain, events));
  for (const pattern of expected.absent ?? []) {
    if (events.some((event) => matches(pattern, event))) failures.push(`there should be no \`${pattern}\``);
  }
  for (const [pattern, wanted] of Object.entries(expected.count ?? {})) {
    const found = events.filter((event) => matches(pattern, event)).length;
    if (found !== wanted) failures.push(`\`${pattern}\` ${found} times instead of ${wanted}`);
  }
  return failures;
}

/** @param {string[]} chain @param {TraceRecord[]} events */
function broken(chain, events) {
  let from = 0;
  for (const [index, pattern] of chain.entries()) {
    const at = events.findIndex((event, i) => i >= from && matches(pattern, event));
    if (at < 0) return [`no \`${pattern}\`${index > 0 ? ` after \`${chain[index - 1]}\`` : ''}`];
    from = at + 1;
  }
  return [];
}

/**
 * `task: note` matches a mark; `task event` matches a step of any future of that name.
 * @param {string} pattern @param {TraceRecord} event
 */
function matches(pattern, { task, event, note }) {
  const same = (/** @type {string} */ name) => name === task || name === task.split('#')[0];
  const colon = pattern.indexOf(': ');
  if (colon >= 0) return event === 'mark' && note === pattern.slice(colon + 2) && same(pattern.slice(0, colon));
  const [name, step] = pattern.split(' ');
  return step === event && same(name ?? '');
}
