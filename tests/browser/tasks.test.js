// `ponton::task` on the web.

import * as api from '/fixture/web.js';
import * as trouble from '/trouble/web.js';

import { equal, same } from './assert.js';

export default function define(test) {
  test('spawn starts on a later turn', async () => {
    same(await trouble.spawnOrder(), ['parent', 'spawned', 'child', 'joined']);
  });

  test('a spawned task goes on when nobody joins it', async () => {
    api.resetCounters();
    await api.workDetached(100);
    equal(await api.work(100), 100);
    await api.work(2);
    equal(api.steps(), 202);
  });

  test('abort drops the future before the handle tells', async () => {
    same(await trouble.joinAbort(), ['the task was aborted', true]);
  });

  test('ten thousand tasks', async () => {
    equal(await trouble.crowd(10_000, 3), 10_000);
  });
}
