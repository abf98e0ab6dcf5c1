// What an aborted call still does: `ponton::cleanup` is waited for, `ponton::shield` goes on.

import * as api from '/fixture/web.js';

import { equal, fails, nextTask } from './assert.js';

const MINUTE = 60_000;

async function until(condition) {
  while (!condition()) await nextTask();
}

export default function define(test) {
  test('an abort rejects at once, and the cleanup follows', async () => {
    const journal = new api.Journal();
    const controller = new AbortController();
    const promise = journal.wait(20, MINUTE, { signal: controller.signal });
    controller.abort('enough');
    equal(await fails(promise), 'enough');
    equal(api.inFlight().join(), 'Journal.wait cleaning_up');
    await until(() => journal.notes().length === 3);
    equal(journal.notes().join(), 'began,cleaning,clean');
    await until(() => api.inFlight().length === 0);
  });

  test('it is bounded', async () => {
    const journal = new api.Journal();
    const controller = new AbortController();
    const promise = journal.wait(MINUTE, 20, { signal: controller.signal });
    controller.abort();
    await fails(promise);
    await until(() => api.inFlight().length === 0);
    equal(journal.notes().join(), 'began,cleaning');
  });

  test('a result comes when it is clean', async () => {
    for (const method of ['give', 'giveLocally', 'giveAfter']) {
      for (const pause of [0, 20]) {
        const journal = new api.Journal();
        equal(await journal[method](7, pause), 7);
        equal(journal.notes().slice(0, 2).join(), 'cleaning,clean');
      }
    }
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
    await fails(promise);
    await until(() => journal.notes().length === 2);
    equal(journal.notes().join(), 'undoing row,undone');
  });

  test('a shielded future goes on', async () => {
    const journal = new api.Journal();
    const controller = new AbortController();
    const promise = journal.write(20, { signal: controller.signal });
    controller.abort();
    await fails(promise);
    equal(journal.notes().join(), 'began');
    await until(() => journal.notes().length === 2);
  });
}
