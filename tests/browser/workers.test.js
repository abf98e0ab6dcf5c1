// Workers that are terminated with calls under way, and several that compute at once; from the page, and from a worker.

import * as api from '/fixture-workers/web.js';

import { equal } from './assert.js';

const WORKERS = 24;
const FIXTURE = JSON.stringify(new URL('/fixture/web.js', location.href));

/** A module worker that runs `source`. */
function start(source) {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url, { type: 'module' });
  const word = new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
  });
  return { worker, word };
}

export default function define(test) {
  test(`${WORKERS} workers are terminated with calls under way`, async () => {
    const source = `
      import * as api from ${FIXTURE};
      const never = () => new Promise(() => {});
      const auth = { token: never, pick: never, note() {} };
      for (let i = 0; i < 10; i++) {
        api.waitForever(); api.nap(i % 5); api.work(1e9); api.apply(1, never); api.mapElsewhere([1, 2], async (n) => n);
        api.askInTask(auth, 'x'); api.waitFor(never()); api.countTo(1e5, () => {});
      }
      postMessage('busy');`;
    let [left, busy] = [WORKERS, 0];
    const lane = async () => {
      while (left-- > 0) {
        const round = left;
        const { worker, word } = start(source);
        if (round % 3 === 0) {
          // While it starts.
          await new Promise((resolve) => { setTimeout(resolve, round % 11); });
        } else {
          if ((await word) === 'busy') busy++;
          for (let i = 0; i < round % 3; i++) await new Promise((resolve) => { setTimeout(resolve); });
        }
        worker.terminate();
      }
    };
    await Promise.all([lane(), lane()]);
    equal(busy, (WORKERS * 2) / 3);
    equal(await api.nap(1, 7), 7);
  });

  test('four workers and their starter at once, each with its own instance', async () => {
    const body = `
      api.resetCounters();
      const values = await Promise.all(Array.from({ length: 2000 }, (_, i) => api.nap(i % 7, i + seed)));
      const wrong = values.filter((value, i) => value !== i + seed).length;
      const mapped = await api.mapElsewhere([1, 2, 3], async (n) => n + seed);
      const result = [wrong, mapped.join(), api.created(), api.dropped()].join(' ');`;
    const AsyncFunction = (async () => {}).constructor;
    const here = new AsyncFunction('api', 'seed', `${body} return result;`)(api, 0);
    const seeds = [100, 200, 300, 400];
    const there = seeds.map((seed) => start(`import * as api from ${FIXTURE}; const seed = ${seed}; ${body} postMessage(result);`).word);
    for (const [i, result] of (await Promise.all([here, ...there])).entries()) {
      equal(result, `0 ${[1, 2, 3].map((n) => n + (seeds[i - 1] ?? 0))} 2000 2000`);
    }
  });
}
