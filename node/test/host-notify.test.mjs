// Notifications: in order, before the call settles, from the loop's thread and from others.

import assert from 'node:assert/strict';
import test from 'node:test';

import { api, failure, turn } from './fixture.mjs';

const upTo = (n) => Array.from({ length: n }, (_, i) => i + 1);

for (const name of ['countTo', 'countNarrow', 'countBlocking']) {
  test(`${name} delivers all in order before it settles`, async () => {
    const seen = [];
    assert.equal(await api[name](5000, (n) => seen.push(n)), 5000);
    assert.deepEqual(seen, upTo(5000));
  });
}

test('calls at a time do not mix up their order', async () => {
  const seen = await Promise.all(upTo(20).map(async () => {
    const mine = [];
    await api.countTo(200, (n) => mine.push(n));
    return mine;
  }));
  seen.forEach((mine) => assert.deepEqual(mine, upTo(200)));
});

test('the newest is delivered, whatever is dropped', async () => {
  for (const name of ['countCoalesced', 'countLossy']) {
    const seen = [];
    await api[name](1000, (n) => seen.push(n));
    assert.equal(seen.at(-1), 1000, name);
    assert.deepEqual(seen, [...seen].sort((a, b) => a - b), name);
  }
});

test('a notified function may call Rust', async () => {
  const cell = new api.Cell(0);
  const kept = [];
  await api.countNarrow(100, (n) => {
    cell.set(n);
    kept.push(...api.filterNow([n], (item) => item % 2 === 0));
  });
  assert.equal(cell.get(), 100);
  assert.equal(kept.length, 50);
});

test('a notification that throws ends the call, and nothing more is delivered', async () => {
  for (const name of ['countTo', 'countNarrow', 'countBlocking']) {
    const seen = [];
    const error = new Error(name);
    assert.equal(await failure(api[name](1000, (n) => {
      seen.push(n);
      if (n === 3) throw error;
    })), error);
    for (let i = 0; i < 10; i += 1) await turn();
    assert.deepEqual(seen, [1, 2, 3], name);
  }
});

test('an object that Rust keeps is notified in later calls', async () => {
  const seen = [];
  const ticker = new api.Ticker((n) => seen.push(n));
  for (const n of upTo(5)) await ticker.tick(n);
  assert.deepEqual(seen, upTo(5));
});

test('the loop turns while Rust notifies', async () => {
  let turns = 0;
  let done = false;
  const call = api.countNarrow(20_000, () => {}).then(() => {
    done = true;
  });
  while (!done) {
    await turn();
    turns += 1;
  }
  await call;
  assert.ok(turns > 10, `${turns} turns`);
});
