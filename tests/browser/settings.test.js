// The one setting that there is on the web, at work: each case in a worker, and so an instance, of its own.

import { equal, ok } from './assert.js';

// The budget is the worker's name: a message would come before a module that awaits at its top level listens.
const SOURCE = `
  import * as api from '${location.origin}/fixture/web.js';
  if (name) api.setDrainBudget(1, Number(name));
  // Tasks of the event loop while Rust is busy.
  let tasks = 0;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    tasks += 1;
    port2.postMessage(0);
  };
  port2.postMessage(0);
  api.work(300_000).then(() => postMessage(tasks));`;

async function tasksWith(budget) {
  const url = URL.createObjectURL(new Blob([SOURCE], { type: 'text/javascript' }));
  const worker = new Worker(url, { type: 'module', name: budget });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });
  } finally {
    worker.terminate();
    URL.revokeObjectURL(url);
  }
}

export default function define(test) {
  test('the drain budget says when others get their turn', async () => {
    ok((await tasksWith('')) > 0, 'none in between, by default');
    equal(await tasksWith('60000'), 0);
  });
}
