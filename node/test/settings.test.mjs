// Settings of the runtime, each observed at work, in processes of their own: they hold from the first call on.

import assert from 'node:assert/strict';
import os from 'node:os';
import test from 'node:test';

import { run } from './fixture.mjs';

const linux = { skip: process.platform === 'linux' ? false : 'threads are counted in /proc' };

// Threads that the first call starts, and those that it takes until no more calls may block at a time.
const THREADS = `
  const threads = () => require('node:fs').readdirSync('/proc/self/task').length;
  const before = threads();
  api.created();
  const workers = threads() - before;
  Promise.all(Array.from({ length: 8 }, () => api.block(100)))
    .then(() => console.log(workers, threads() - before - workers));`;

// How many of 500 calls that have all ended are settled in one turn of the loop, at most.
const TURNS = `
  const settled = [];
  let turn = 0;
  const count = () => { turn += 1; counting = setImmediate(count); };
  const calls = Array.from({ length: 500 }, () => api.nap(1).then(() => { settled[turn] = (settled[turn] ?? 0) + 1; }));
  const sleep = (time) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, time);
  while (api.dropped() < calls.length) sleep(10);
  sleep(100);
  let counting = setImmediate(count);
  Promise.all(calls).then(() => {
    clearImmediate(counting);
    console.log(Math.max(...settled.filter(Boolean)));
  });`;

/** Ends well, having printed `expected` (or a number that fits), and `told` on stderr. */
async function prints(expected, script, environment = {}, told = '') {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('PONTON_'));
  const { code, stdout, stderr } = await run(script, { env: { ...Object.fromEntries(clean), ...environment } });
  const output = stdout.trim();
  assert.deepEqual({ code, stderr }, { code: 0, stderr: told });
  if (typeof expected === 'string') assert.equal(output, expected);
  else assert.ok(expected(Number(output)), output);
}

const wrong = (name, value) => `ponton: ${name}=${value} is not a positive number; the default is used\n`;

test('threads', linux, async () => {
  const usual = os.availableParallelism();
  await prints(`${usual} 8`, THREADS);
  await prints('3 2', THREADS, { PONTON_WORKER_THREADS: ' 3 ', PONTON_MAX_BLOCKING_THREADS: '2' });
  await prints('3 2', `api.setThreads(3, 2); ${THREADS}`);
  // The program wins.
  await prints('1 8', `api.setThreads(1); ${THREADS}`, { PONTON_WORKER_THREADS: '5' });
});

test('the drain budget', async () => {
  await prints((most) => most > 400, TURNS, { PONTON_DRAIN_MICROS: '60000000' });
  // Two turns of the loop may fall between two of the count.
  await prints((most) => most <= 14, TURNS, { PONTON_DRAIN_ITEMS: '7' });
  await prints((most) => most <= 14, `api.setDrainBudget(7, 60e3); ${TURNS}`);
  // The clock is looked at before every 32nd item, and told to the turn by one short drain in eight.
  await prints((most) => most <= 8 * 32, TURNS, { PONTON_DRAIN_MICROS: '1' });
});

test('a budget beyond what JavaScript takes in one call', async () => {
  const script = TURNS.replace('length: 500', 'length: 100_000');
  await prints((most) => most > 500, script, { PONTON_DRAIN_ITEMS: '10000000', PONTON_DRAIN_MICROS: '60000000' });
});

test('a wrong value in the environment is told once', linux, async () => {
  const usual = os.availableParallelism();
  for (const value of ['0', '-1', 'two', '1.5', '']) {
    await prints(`${usual} 8`, THREADS, { PONTON_WORKER_THREADS: value }, wrong('PONTON_WORKER_THREADS', value));
  }
  for (const name of ['PONTON_DRAIN_ITEMS', 'PONTON_DRAIN_MICROS']) {
    await prints((most) => most > 31, TURNS, { [name]: 'many' }, wrong(name, 'many'));
  }
});

test('what is refused', async () => {
  const script = `
    const refused = (call) => {
      try {
        call();
      } catch (error) {
        console.log(error instanceof api.Refused, error.message);
      }
    };
    refused(() => api.setThreads(0));
    refused(() => api.setDrainBudget(0, 1));
    refused(() => api.setDrainBudget(1, 0.0001));
    api.setThreads(1);
    refused(() => api.setThreads(2));
    api.created();
    refused(() => api.setDrainBudget(1, 1));`;
  const zero = 'true this cannot be zero';
  const started = 'true the runtime has started: set this before, in a #[setup] function that is called first';
  await prints([zero, zero, zero, 'true this was set before', started].join('\n'), script);
});
