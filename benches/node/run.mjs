// The runner of the Node.js benchmarks: one process, in Node.js, Bun or Deno. It prints JSON lines, see ../README.md.
//
//   node --expose-gc run.mjs --packages DIR [--quick] [--only CASE[,CASE]] [--list]

import { parseArgs } from 'node:util';

import { alone } from './alone.mjs';
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

/** What runs this, and the flags that make its children the same. */
function runtime() {
  const { Bun, Deno } = globalThis;
  if (Bun) return { name: `Bun ${Bun.version}`, own: { bun: Bun.version }, flags: ['run', '--expose-gc'] };
  if (Deno) {
    const { deno, v8 } = Deno.version;
    const flags = ['run', '--allow-all', '--quiet', '--v8-flags=--expose-gc'];
    return { name: `Deno ${deno}`, own: { deno, v8 }, flags };
  }
  const { node, v8 } = process.versions;
  return { name: `Node ${node}`, own: { node, v8 }, flags: ['--expose-gc'] };
}

if (options.list) {
  for (const { id, subjects } of races) console.log(`${id}: ${Object.keys(subjects).join(', ')}`);
  for (const { ids, peers } of alone) for (const id of ids) console.log(`${id}: ${peers.join(', ')}, JavaScript's own`);
  process.exit(0);
}
if (options.packages === undefined) throw new Error('--packages says where the contestants are');

const { quick, packages } = options;
const only = options.only?.split(',');
const wanted = (id) => only === undefined || only.includes(id);
const { name, own, flags } = runtime();
const { subjects, versions, missing } = await load(packages);

print({ type: 'about', host: 'node', runtime: name, versions: { ...own, ...versions } });
for (const [subject, why] of Object.entries(missing)) print({ type: 'missing', subject, case: null, why });

const rounds = quick ? 5 : 9;
const nanoseconds = quick ? 5e6 : 2e7;

for (const { id, body, subjects: shown, argument, n, step, slow } of races.filter((one) => wanted(one.id))) {
  if (slow && quick) {
    print({ type: 'missing', subject: null, case: id, why: 'left out of a quick run' });
    continue;
  }
  const works = {};
  for (const [subject, of] of Object.entries(shown)) {
    const [whose, second] = Array.isArray(of) ? of : [of, argument];
    if (subjects[whose]) works[subject] = fresh(body)(subjects[whose], second);
  }
  await race(id, works, { n, step, rounds, nanoseconds });
}

for (const { ids, peers, measure } of alone) {
  if (!ids.some(wanted)) continue;
  await measure({ flags, packages, peers: peers.filter((peer) => subjects[peer]), rounds, quick });
}

// Not `process.exit` alone: where stdout is a pipe, not every runtime has written everything by then.
process.stdout.write('', () => process.exit(0));
