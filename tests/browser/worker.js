// The tests in a worker.

import { run } from './harness.js';

self.onmessage = async ({ data }) => {
  await run(data, (result) => self.postMessage({ result }));
  self.postMessage({ done: true });
};
