// The runner of the Node.js benchmarks: one process, in Node.js, Bun or Deno. It prints JSON lines, see ../README.md.
//
//   node --expose-gc run.mjs --packages DIR [--quick] [--only CASE[,CASE]] [--list]

import { parseArgs } from 'node:util';

import { fresh, races } from './cases.mjs';
import { load } from './contestants.mjs';
import { print, race } from './rounds.mjs';

const { values: options } = parseArgs({
  options: {
    packages: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});

function runtime() {
  if (globalThis.Bun) return ['bun', `Bun ${Bun.version}`, { bun: Bun.version }];
  if (globalThis.Deno) return ['deno', `Deno ${Deno.version.deno}`, { deno: Deno.version.deno, v8: Deno.version.v8 }];
  const { node, v8 } = process.versions;
  return ['node', `Node ${node}`, { node, v8 }];
}

const [, name, own] = runtime();
if (options.list) {
  for (const { id, subjects } of races) console.log(`${id}: ${Object.keys(subjects).join(', ')}`);
  process.exit(0);
}
if (options.packages === undefined) throw new Error('--packages says where the contestants are');

const { subjects, versions, missing } = await load(options.packages);
print({ type: 'about', host: 'node', runtime: name, versions: { ...own, ...versions } });
for (const [subject, why] of Object.entries(missing)) print({ type: 'missing', subject, case: null, why });

const rounds = options.quick ? 5 : 9;
const nanoseconds = options.quick ? 5e6 : 2e7;
const wanted = options.only?.split(',');
for (const { id, body, subjects: shown, argument, n, slow } of races) {
  if (wanted && !wanted.includes(id)) continue;
  if (slow && options.quick) {
    print({ type: 'missing', subject: null, case: id, why: 'left out of a quick run' });
    continue;
  }
  const works = {};
  for (const [subject, of] of Object.entries(shown)) {
    if (subjects[of]) works[subject] = fresh(body)(subjects[of], argument);
  }
  await race(id, works, { n, rounds, nanoseconds });
}
process.exit(0);
