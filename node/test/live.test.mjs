// `live()`: what every JavaScript host does, and what is particular to Node.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Worker } from 'node:worker_threads';

import { register } from '../../tests/conformance/javascript/live.mjs';
import { addonPath, api, failure, until } from './fixture.mjs';

register(api, (name, body) => test(name, { timeout: 60_000 }, body));

test('it tells of a poll on a worker', { timeout: 60_000 }, async () => {
  const promise = api.stand(7);
  await until(() => api.isStanding());
  assert.deepEqual(api.live().map(({ name, state }) => [name, state]), [['stand', 'running']]);
  api.openGate();
  assert.equal(await promise, 7);
  assert.deepEqual(api.live(), []);
});

test("another thread's calls are listed, and gone with it", async () => {
  const thread = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const api = require(workerData);
     for (let i = 0; i < 3; i += 1) api.waitForever();
     parentPort.postMessage(api.live().length);`,
    { eval: true, workerData: addonPath },
  );
  assert.equal(await new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject)), 3);
  const controller = new AbortController();
  const mine = failure(api.nap(1e6, 0, { signal: controller.signal }));
  assert.deepEqual(api.live().map(({ name }) => name), ['wait_forever', 'wait_forever', 'wait_forever', 'nap']);
  await thread.terminate();
  assert.deepEqual(api.live().map(({ name }) => name), ['nap']);
  controller.abort();
  await mine;
});
