// The page of the stress: actors of its own, and workers that it ends.

import * as api from '/package/web.js';

import { Broken } from './operations.js';
import { act, settle } from './rounds.js';
import { host } from './web-host.js';

const here = host();
const tally = new Map();
const current = new Map();
const noise = [];
// A notification that was on its way when its call ended has nobody else to tell.
globalThis.addEventListener('error', (event) => event.error?.message === 'mine' || noise.push(`error: ${event.message}`));
globalThis.addEventListener('unhandledrejection', (event) => noise.push(`unhandledrejection: ${event.reason?.stack ?? event.reason}`));

/** Where the actors are, for who wonders. */
globalThis.where = () => [...current].map(([name, what]) => `${name} at ${what}`);

globalThis.round = async (plan) => {
  const workers = Array.from({ length: plan.workers }, (_, thread) => inAWorker(plan, thread));
  await Promise.all([act(api, here, plan, 'page', { tally, current }), ...workers]);
  const counts = await settle(api, { ...here, gc: globalThis.gc });
  await here.turn();
  if (noise.length > 0) throw new Broken(`nothing unexpected is said: ${noise.join('\n')}`);
  globalThis.gc?.();
  const heap = performance.memory?.usedJSHeapSize ?? 0;
  return { counts, tally: [...tally], sample: { heap } };
};

function inAWorker(plan, thread) {
  return new Promise((resolve, reject) => {
    const worker = new Worker('./web-worker.js', { type: 'module' });
    const end = () => {
      worker.terminate();
      resolve();
    };
    worker.onerror = (event) => event.message?.includes('mine') || reject(new Broken(`a worker failed: ${event.message}`));
    worker.onmessage = ({ data }) => {
      if (data.began && plan.end === 'terminated') setTimeout(end, plan.after);
      if (data.failed) reject(new Broken(data.failed));
      if (!data.tally) return;
      for (const [key, count] of data.tally) tally.set(key, (tally.get(key) ?? 0) + count);
      end();
    };
    worker.postMessage({ plan, thread });
  });
}
