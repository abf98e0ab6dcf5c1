// A worker of the stress in Node: an environment of its own, and the addon's one runtime.

import { parentPort, workerData } from 'node:worker_threads';

import { host, load } from './node-host.mjs';
import { act } from './rounds.js';

const { addon, plan, thread, only } = workerData;
const tally = new Map();
parentPort.postMessage({ began: true });
try {
  await act(load(addon), host(), plan, `worker ${thread}`, { tally, current: new Map(), only });
  parentPort.postMessage({ tally: [...tally] });
} catch (error) {
  parentPort.postMessage({ failed: String(error?.stack ?? error) });
}
if (plan.end === 'exits') process.exit();
