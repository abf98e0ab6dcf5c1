// Several modules and several instances: they share nothing.

import * as api from '/fixture/web.js';
import * as again from '/fixture-again/web.js';
import * as trouble from '/trouble/web.js';

import { equal, fails, ok } from './assert.js';

export default function define(test, { where }) {
  test('two packages work side by side', async () => {
    const [nap, greeting, sum] = await Promise.all([api.nap(1, 3), trouble.greet('both'), again.spawned(4)]);
    equal(nap, 3);
    equal(greeting, 'Hello, both');
    equal(sum, 5);
  });

  test('an instance has state of its own', async () => {
    api.resetCounters();
    again.resetCounters();
    await api.work(3);
    equal(api.steps(), 3);
    equal(again.steps(), 0);
  });

  test("an object of one instance is none of the other's", async () => {
    const mine = new api.Counter('mine');
    const other = new again.Counter('other');
    await fails(() => mine.plus(other), TypeError, 'other');
    await fails(() => again.Counter.prototype.add.call(mine, 1n), TypeError);
  });

  test('errors are of the classes of their own package', async () => {
    const error = await fails(again.fail('closed'), again.Failure.Closed);
    ok(!(error instanceof api.Failure));
  });

  if (where !== 'page') return;
  test('a worker has an instance of its own, and may end with calls under way', async () => {
    const text = `import * as api from '${location.origin}/fixture/web.js';
      const steps = api.steps();
      void api.waitForever();
      void api.work(1e9);
      void api.nap(1);
      postMessage(steps);`;
    api.resetCounters();
    await api.work(2);
    for (let round = 0; round < 5; round++) {
      const worker = new Worker(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })), { type: 'module' });
      const steps = await new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
      });
      equal(steps, 0);
      worker.terminate();
    }
    equal(await api.nap(1, 4), 4);
  });
}
