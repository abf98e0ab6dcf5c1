// AsyncLocalStorage: host code runs in the context of the call that it serves.

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import test from 'node:test';

import { api, turn } from './fixture.mjs';

const storage = new AsyncLocalStorage();
const range = (n) => Array.from({ length: n }, (_, i) => i);

for (const name of ['mapEach', 'mapElsewhere']) {
  test(`each call has its own, also when many are under way (${name})`, async () => {
    const seen = await Promise.all(range(50).map((id) => storage.run(id, async () => {
      const ids = [];
      await api[name](range(4), async (n) => {
        ids.push(storage.getStore());
        if (n % 2 === 0) await turn();
        ids.push(storage.getStore());
        return n;
      });
      return ids;
    })));
    seen.forEach((ids, id) => assert.deepEqual(ids, Array(8).fill(id)));
  });
}

test('a slot that is used again has the context of its new call', async () => {
  for (const id of range(10)) {
    const seen = [];
    await storage.run(id, () => api.countTo(3, () => seen.push(storage.getStore())));
    assert.deepEqual(seen, [id, id, id]);
  }
  const seen = [];
  await api.countTo(3, () => seen.push(storage.getStore()));
  assert.deepEqual(seen, [undefined, undefined, undefined]);
});

test('a nested call has the context of who calls it', async () => {
  const seen = [];
  await storage.run('outer', () => api.mapElsewhere([1], async (n) => {
    await storage.run('inner', () => api.mapElsewhere([1], () => seen.push(storage.getStore())));
    seen.push(storage.getStore());
    seen.push(...storage.run('plain', () => api.filterNow([1, 2], () => storage.getStore() === 'plain')));
    return n;
  }));
  assert.deepEqual(seen, ['inner', 'outer', 1, 2]);
});

test('a lazy call has the context of its start', async () => {
  const seen = [];
  const promise = storage.run('made', () => api.mapElsewhere([1], () => seen.push(storage.getStore()), { lazy: true }));
  await storage.run('started', () => promise.then(() => {}));
  assert.deepEqual(seen, ['started']);
});

test('a thenable is asked in the context of the call', async () => {
  let seen;
  const thenable = {
    then(resolve) {
      seen = storage.getStore();
      resolve(1);
    },
  };
  await storage.run('call', () => api.waitElsewhere(thenable));
  assert.equal(seen, 'call');
});
