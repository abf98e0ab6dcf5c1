// Scenario 3: a call starts inline; queueMicrotask starts when the caller's turn ends.

/** @typedef {import('../run.mjs').Lab} Lab */

const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {Lab} lab */
// lab:begin spawn other-rule never-awaited
async function job({ mark }) {
  mark('job', 'inside the body');
  await sleep(5);
  mark('job', 'end of the body');
}
// lab:end

/** @param {Lab} lab */
// lab:begin spawn
async function spawn(lab) {
  const promise = lab.observe('job', () => job(lab));
  lab.mark('main', 'after spawn');
  await promise;
  lab.mark('main', 'joined');
}
// lab:end

/** @param {Lab} lab */
// lab:begin other-rule
async function otherRule(lab) {
  const told = new Promise((resolve) => {
    queueMicrotask(() => lab.observe('job', () => job(lab)).then(resolve));
  });
  lab.mark('main', 'after spawn');
  await told;
  lab.mark('main', 'told that the body ran');
}
// lab:end

/** @param {Lab} lab */
// lab:begin never-awaited
async function neverAwaited(lab) {
  void lab.observe('job', () => job(lab));
  lab.mark('main', 'the handle is gone');
  await sleep(20);
  lab.mark('main', 'main ends');
}
// lab:end

/** @param {Lab} lab */
// lab:begin bridge-spawn
async function bridgeSpawn({ ponton, mark }) {
  const promise = ponton.work(1);
  mark('main', 'after spawn');
  await promise;
  mark('main', 'joined');
}
// lab:end

export const parts = {
  spawn,
  'other-rule': otherRule,
  'never-awaited': neverAwaited,
  'bridge-spawn': bridgeSpawn,
};
