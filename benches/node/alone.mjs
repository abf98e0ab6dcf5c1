// What needs a process of its own: latency beside pending promises (napi-rs leaves the whole loop slow), and memory.
//
// Here is the parent's side; child.mjs does the work, one line of JSON for each line that it is told to go on with.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { SIZES } from './cases.mjs';
import { inTurns, print } from './rounds.mjs';

const SCRIPT = fileURLToPath(new URL('child.mjs', import.meta.url));

const PEERS = ['ponton', 'napi-rs', 'neon'];
const MEMORY_ROUNDS = 3;

/** A process that does `task` as `subject` each time it is asked, in the runtime of this one. */
function child(flags, packages, task, subject, ...rest) {
  const command = [...flags, SCRIPT, packages, task, subject, ...rest.map(String)];
  const process_ = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
  return {
    async ask() {
      process_.stdin.write('\n');
      const { value, done } = await lines.next();
      if (done) throw new Error(`${subject} could not do "${task}": its process ended`);
      return JSON.parse(value);
    },
    // Killed, not ended: with thousands pending, a peer's own clean-up takes longer than what was measured.
    stop: () => process_.kill('SIGKILL'),
  };
}

/** One answer of a fresh process. */
async function once(...args) {
  const process_ = child(...args);
  try {
    return await process_.ask();
  } finally {
    process_.stop();
  }
}

/** p50 of an await and of `fs.promises.stat`, beside nothing and beside 50,000 pending promises. */
async function pending({ flags, packages, peers, rounds, quick }) {
  const many = 50_000;
  const processes = {};
  for (const subject of [...peers, 'native']) {
    for (const count of [0, many]) {
      processes[`${subject} ${count}`] = child(flags, packages, 'pending', subject, count, quick ? 50 : 200);
    }
  }
  try {
    for (const one of Object.values(processes)) await one.ask();
    const samples = await inTurns('await_pending', Object.keys(processes), rounds, (key) => processes[key].ask());
    for (const kind of ['await', 'stat']) {
      for (const [key, taken] of Object.entries(samples)) {
        const [subject, count] = key.split(' ');
        const shown = subject !== 'native' ? subject : kind === 'stat' ? 'fs.promises' : 'setImmediate';
        const wall = taken.map((sample) => sample[kind]);
        print({ type: 'samples', case: `${kind}_pending_${count === '0' ? '0' : '50k'}`, subject: shown, n: taken[0].n, unit: 'ns', wall });
      }
    }
  } finally {
    for (const one of Object.values(processes)) one.stop();
  }
}

/** Bytes of each pending promise: of the process, and of JavaScript's heap alone. */
async function memoryPending({ flags, packages, peers, quick }) {
  const n = quick ? 50_000 : 100_000;
  const samples = await inTurns('memory_pending', [...peers, 'native'], quick ? 1 : MEMORY_ROUNDS, (subject) =>
    once(flags, packages, 'memory', subject, n),
  );
  for (const [subject, taken] of Object.entries(samples)) {
    const shown = subject === 'native' ? 'async function' : subject;
    for (const [id, what] of [['memory_pending', 'rss'], ['memory_pending_heap', 'heap']]) {
      print({ type: 'samples', case: id, subject: shown, n, unit: 'bytes', wall: taken.map((sample) => sample[what] / n) });
    }
  }
}

/** How much JavaScript's heap has grown after a million calls, each with a signal of its own. */
async function signalHeap({ flags, packages, peers, quick }, kind) {
  const n = quick ? 1e5 : 1e6;
  for (const subject of [...peers.filter((peer) => peer === 'ponton'), 'native']) {
    const { grown } = await once(flags, packages, 'signals', subject, kind, n);
    const shown = subject === 'native' ? 'async function' : subject;
    print({ type: 'samples', case: `signal_heap_${kind}`, subject: shown, n, unit: 'bytes', wall: [grown] });
  }
}

/** How far the process's peak lies above where it began, over a few calls with 64 MiB. */
async function peak({ flags, packages, peers }, direction) {
  const samples = await inTurns(`bytes_${direction}_64m_peak`, [...peers, 'native'], MEMORY_ROUNDS, (subject) =>
    once(flags, packages, 'peak', subject, direction, SIZES['64m']),
  );
  for (const [subject, taken] of Object.entries(samples)) {
    const shown = subject === 'native' ? 'async function' : subject;
    const wall = taken.map((sample) => sample.peak);
    print({ type: 'samples', case: `bytes_${direction}_64m_peak`, subject: shown, n: 3, unit: 'bytes', wall });
  }
}

/** The cases, by every id that they print. */
export const alone = [
  { ids: ['await_pending_0', 'await_pending_50k', 'stat_pending_0', 'stat_pending_50k'], measure: pending },
  { ids: ['memory_pending', 'memory_pending_heap'], measure: memoryPending },
  ...['any', 'timeout'].map((kind) => ({
    ids: [`signal_heap_${kind}`],
    measure: (context) => signalHeap(context, kind),
  })),
  ...['in', 'out'].map((direction) => ({
    ids: [`bytes_${direction}_64m_peak`],
    measure: (context) => peak(context, direction),
  })),
].map((one) => ({ ...one, peers: PEERS }));
