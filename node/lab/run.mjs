// Runs one part of a scenario; the same code in Node and in the browser.

import { BridgeTracer, Tracer } from './tracer.mjs';

/**
 * What a part's code gets.
 * @typedef {object} Lab
 * @property {(task: string, note: string) => void} mark Records a note.
 * @property {<T>(name: string, body: () => Promise<T>) => Promise<T>} observe Calls `body` and records its promise.
 * @property {(promise: Promise<unknown>) => void} linger Keeps the trace open until a promise nobody awaits is settled.
 * @property {typeof import('ponton')} ponton The package's API; only in parts through the bridge.
 */

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {string} title
 * @property {boolean} [bridge]
 * @property {Record<string, string | null>} how
 * @property {Record<string, string>} [unavailable]
 *
 * @typedef {object} Scenario
 * @property {number} number
 * @property {string} name
 * @property {string} title
 * @property {string} notice
 * @property {{ claim: string, so: string }[]} claims
 * @property {Part[]} parts
 *
 * @typedef {{ v: 1, host: string, unavailable: string }} Unavailable
 * @typedef {(import('./tracer.mjs').TraceRecord | Unavailable) & { scenario: string, part: string }} Line
 * @typedef {Record<string, (lab: Lab) => unknown>} Bodies
 */

/**
 * Runs one part and answers its trace, or one line that says why there is none.
 * @param {Scenario} scenario
 * @param {Part} part
 * @param {Bodies} bodies the scenario's code, by part
 * @param {{ host: string, ponton?: typeof import('ponton'), notBuilt?: string }} on
 * @returns {Promise<Line[]>}
 */
export async function runPart(scenario, part, bodies, { host, ponton, notBuilt }) {
  const keys = { scenario: scenario.name, part: part.name };
  const why = part.unavailable?.js ?? (part.bridge && !ponton ? notBuilt : undefined);
  if (why) return [{ v: 1, host, unavailable: why, ...keys }];
  const body = bodies[part.name];
  if (!body) throw new Error(`${scenario.name} ${part.name} has no code in JavaScript`);
  const tracer = part.bridge && ponton ? new BridgeTracer(ponton, host) : new Tracer(host);
  const { mark, observe, linger } = tracer;
  await body({ mark, observe, linger, ponton: /** @type {typeof import('ponton')} */ (ponton) });
  const records = await tracer.stop();
  return records.map((record) => ({ ...record, ...keys }));
}
