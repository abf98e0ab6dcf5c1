// Every scenario's code, by name.

import { parts as acrossTheBoundary } from './across-the-boundary.mjs';
import { parts as cancellation } from './cancellation.mjs';
import { parts as lazyVsEager } from './lazy-vs-eager.mjs';
import { parts as sleepWithoutAwait } from './sleep-without-await.mjs';
import { parts as spawnStartsWhen } from './spawn-starts-when.mjs';

/** @type {Record<string, import('../run.mjs').Bodies>} */
export const bodies = {
  'lazy-vs-eager': lazyVsEager,
  'sleep-without-await': sleepWithoutAwait,
  'spawn-starts-when': spawnStartsWhen,
  cancellation,
  'across-the-boundary': acrossTheBoundary,
};
