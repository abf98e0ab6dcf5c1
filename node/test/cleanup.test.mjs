// What an aborted call still does: `ponton::cleanup` is waited for, `ponton::shield` goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { api, failure, run, until } from './fixture.mjs';

const MINUTE = 60_000;

test('an abort rejects at once, and the cleanup follows', async () => {
  const journal = new api.Journal();
  const controller = new AbortController();
  const promise = journal.wait(20, MINUTE, { signal: controller.signal });
  assert.deepEqual(api.inFlight(), ['Journal.wait waiting']);
  controller.abort('enough');
  assert.equal(await failure(() => promise), 'enough');
  assert.deepEqual(api.inFlight(), ['Journal.wait cleaning_up']);
  await until(() => journal.notes().length === 3);
  assert.deepEqual(journal.notes(), ['began', 'cleaning', 'clean']);
  await until(() => api.inFlight().length === 0);
});

test('it is bounded', async () => {
  const journal = new api.Journal();
  const controller = new AbortController();
  const promise = journal.wait(MINUTE, 20, { signal: controller.signal });
  controller.abort();
  await failure(() => promise);
  await until(() => api.inFlight().length === 0);
  assert.deepEqual(journal.notes(), ['began', 'cleaning']);
});

for (const method of ['give', 'giveLocally', 'giveAfter']) {
  test(`a result comes when it is clean: ${method}`, async () => {
    for (const pause of [0, 20]) {
      const journal = new api.Journal();
      assert.equal(await journal[method](7, pause), 7);
      assert.deepEqual(journal.notes().slice(0, 2), ['cleaning', 'clean']);
    }
  });
}

test('disarmed', async () => {
  const journal = new api.Journal();
  assert.equal(await journal.disarm(7), 7);
  assert.deepEqual(journal.notes(), []);
});

test('it may ask its host, after the abort too', async () => {
  const journal = new api.Journal();
  const controller = new AbortController();
  const undo = async (what) => {
    journal.add(`undoing ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
    return 'undone';
  };
  const promise = journal.waitAndUndo(undo, { signal: controller.signal });
  controller.abort();
  await failure(() => promise);
  await until(() => journal.notes().length === 2);
  assert.deepEqual(journal.notes(), ['undoing row', 'undone']);
});

test('a shielded future goes on', async () => {
  const journal = new api.Journal();
  assert.equal(await journal.write(0), 7);
  const controller = new AbortController();
  const promise = journal.write(20, { signal: controller.signal });
  controller.abort();
  await failure(() => promise);
  assert.deepEqual(journal.notes(), ['began', 'written', 'began']);
  await until(() => journal.notes().length === 4);
});

test('a process ends after the cleanup', async () => {
  const script = `
    const journal = new api.Journal();
    const controller = new AbortController();
    journal.wait(50, 60_000, { signal: controller.signal }).catch(() => {});
    controller.abort();
    process.on('exit', () => console.log(journal.notes().join()));
  `;
  const { stdout, stderr, code } = await run(script);
  assert.deepEqual([stdout.trim(), stderr, code], ['began,cleaning,clean', '', 0]);
});
