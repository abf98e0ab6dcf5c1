// Stress of the Node host: see tests/stress/README.md.
//
//   node tests/stress/js/node.mjs --addon FILE [--seconds n] [--seed s] [--round r] [--only kind ..]
//
// The process watches another one, which does the work: its stderr, and whether it hangs.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import v8 from 'node:v8';
import vm from 'node:vm';
import { Worker } from 'node:worker_threads';

import { host, load } from './node-host.mjs';
import { Broken } from './operations.js';
import { act, Memory, planOf, settle, shown, table } from './rounds.js';

const HANG = Number(process.env.PONTON_STRESS_HANG ?? 90) * 1000;

const { values: options, positionals: only } = parseArgs({
  allowPositionals: true,
  options: {
    addon: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    round: { type: 'string' },
    child: { type: 'boolean', default: false },
  },
});

if (options.addon === undefined) throw new Error('--addon names the .node file');
options.addon = path.resolve(options.addon);
if (options.child) await work();
else watch();

function watch() {
  console.log(`node ${process.versions.node}: seed ${options.seed}`);
  const reports = mkdtempSync(path.join(tmpdir(), 'ponton-stress-'));
  const flags = ['--report-on-signal', `--report-directory=${reports}`, '--report-uncaught-exception'];
  const args = Object.entries(options).flatMap(([name, value]) => (typeof value === 'string' ? [`--${name}`, value] : []));
  const child = spawn(process.execPath, [...flags, fileURLToPath(import.meta.url), '--child', ...args, ...only], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, RUST_BACKTRACE: '0' },
  });
  let [alive, plan, unexpected, panic] = [Date.now(), '', [], false];
  let [panics, ended] = [0, false];
  const fail = (why) => {
    console.log(`FAILED: ${why}`);
    for (const line of unexpected.slice(0, 40)) console.log(`  stderr: ${line}`);
    const round = plan.match(/round (\d+)/)?.[1];
    console.log(`in ${plan}\nagain: make stress HOST=node SEED=${options.seed}${round ? ` ROUND=${round}` : ''}`);
    process.exitCode = 1;
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    alive = Date.now();
    if (line.startsWith('round ')) plan = line;
    else if (line === 'ended') ended = true;
    else if (line !== 'alive') console.log(line);
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (panic) {
      panic = false;
      if (line.startsWith('stress: ')) return void (panics += 1);
      unexpected.push('a panic:');
    }
    if (/^thread '.*' .*panicked at /.test(line)) panic = true;
    else if (line !== '' && !line.startsWith('note: run with `RUST_BACKTRACE=1`')) unexpected.push(line);
  });
  const timer = setInterval(() => {
    if (Date.now() - alive < HANG) return;
    clearInterval(timer);
    fail('a hang');
    child.kill('SIGUSR2');
    setTimeout(() => {
      for (const file of readdirSync(reports)) {
        const { javascriptStack, nativeStack } = JSON.parse(readFileSync(path.join(reports, file), 'utf8'));
        console.log([javascriptStack?.message, ...(javascriptStack?.stack ?? [])].join('\n    '));
        for (const { symbol } of nativeStack ?? []) console.log(`    ${symbol}`);
      }
      child.kill('SIGKILL');
    }, 3000);
  }, 1000);
  child.on('close', (code, signal) => {
    clearInterval(timer);
    rmSync(reports, { recursive: true, force: true });
    if (process.exitCode) return;
    if (code !== 0 || signal) fail(code === 1 ? 'see above' : `it ended with ${signal ?? code}`);
    else if (!ended) fail('it ended too early');
    else if (unexpected.length > 0) fail('nothing unexpected is on stderr');
    else console.log(`  ${panics} panics on stderr`);
  });
}

async function work() {
  v8.setFlagsFromString('--expose-gc');
  const gc = vm.runInNewContext('gc');
  const [api, here, memory, tally, current] = [load(options.addon), host(), new Memory(), new Map(), new Map()];
  const began = Date.now();
  const end = began + Number(options.seconds) * 1000;
  let [told, rounds, number, round, noise] = [began, 0, Number(options.round ?? 0), Date.now(), []];

  const stop = (why) => {
    console.log(`FAILED: ${why}`);
    for (const [name, what] of current) console.log(`  ${name} at ${what}`);
    for (const line of noise.slice(0, 20)) console.log(`  ${line}`);
    process.exit(1);
  };
  process.on('unhandledRejection', (error) => noise.push(`unhandledRejection: ${error?.stack ?? error}`));
  process.on('uncaughtException', (error) => {
    // A notification that was on its way when its call ended has nobody else to tell.
    if (error?.message !== 'mine') noise.push(`uncaughtException: ${error?.stack ?? error}`);
  });
  process.on('warning', (warning) => noise.push(`warning: ${warning.stack}`));
  setInterval(() => {
    if (Date.now() - round > HANG - 10_000) stop(`a hang: ${JSON.stringify(api.counts())} ${api.alive()}`);
    console.log('alive');
  }, 5000).unref();

  try {
    do {
      const plan = planOf(options.seed, number);
      console.log(shown(plan));
      round = Date.now();
      const workers = Array.from({ length: plan.workers }, (_, thread) => inAWorker(plan, thread, tally));
      await Promise.all([act(api, here, plan, 'main', { tally, current, only }), ...workers]);
      await settle(api, { ...here, gc });
      await here.turn();
      if (noise.length > 0) throw new Broken('nothing unexpected is said');
      gc();
      const { rss, heapUsed, external } = process.memoryUsage();
      memory.add({ rss, heapUsed, external, threads: readdirSync('/proc/self/task').length });
      rounds += 1;
      if (options.round === undefined) number += 1;
      if (Date.now() - told > 5000) {
        told = Date.now();
        const operations = [...tally.values()].reduce((a, b) => a + b, 0);
        console.log(`  ${Math.round((told - began) / 1000)} s: ${rounds} rounds, ${operations} operations, ${rss >> 20} MiB, heap ${heapUsed >> 20} MiB`);
        memory.check();
      }
    } while (Date.now() < end);
    memory.check();
  } catch (error) {
    stop(error?.stack ?? error);
  }
  console.log(`${rounds} rounds; ${JSON.stringify(api.counts())}`);
  for (const line of table(tally)) console.log(line);
  console.log('ended');
}

/** Ends when the worker has: by itself, or in the middle. */
function inAWorker(plan, thread, tally) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('node-worker.mjs', import.meta.url), { workerData: { addon: options.addon, plan, thread, only } });
    let failed;
    worker.on('message', (message) => {
      failed = message.failed;
      for (const [key, count] of message.tally ?? []) tally.set(key, (tally.get(key) ?? 0) + count);
      if (message.began && plan.end === 'terminated') setTimeout(() => worker.terminate(), plan.after);
    });
    worker.on('error', reject);
    worker.on('exit', () => (failed ? reject(new Broken(failed)) : resolve()));
  });
}
