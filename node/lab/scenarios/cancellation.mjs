// Scenario 4: a promise cannot be stopped; code that listens to a signal can.

/** @typedef {import('../run.mjs').Lab} Lab */

/** @param {number} ms @param {AbortSignal} [signal] @returns {Promise<void>} */
// lab:begin ask
function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
// lab:end

/** @param {Lab} lab @param {AbortSignal} [signal] */
// lab:begin drop ask refused
async function work({ mark }, signal) {
  try {
    for (let step = 1; step <= 3; step++) {
      mark('work', `step ${step}`);
      await sleep(5, signal);
    }
  } finally {
    mark('work', 'finally runs');
  }
}
// lab:end

/** @param {Lab} lab */
// lab:begin drop
async function drop(lab) {
  /** @type {Promise<void> | null} */
  let promise = lab.observe('work', () => work(lab));
  lab.mark('main', 'stop it');
  promise = null; // nothing hears of that
  await sleep(40);
  lab.mark('main', 'main ends');
}
// lab:end

/** @param {Lab} lab */
// lab:begin ask
async function ask(lab) {
  const stop = new AbortController();
  const promise = lab.observe('work', () => work(lab, stop.signal));
  lab.mark('main', 'stop it');
  stop.abort();
  await promise.catch((error) => lab.mark('main', `rejected: ${error.name}`));
  await sleep(20);
  lab.mark('main', 'main ends');
}
// lab:end

/** @param {Lab} lab */
// lab:begin refused
async function refused(lab) {
  const stop = new AbortController();
  const promise = lab.observe('work', () => work(lab)); // takes no signal
  lab.mark('main', 'stop it');
  stop.abort();
  await promise;
  lab.mark('main', 'main ends');
}
// lab:end

/** @param {Lab} lab */
// lab:begin bridge-cancel
async function bridgeCancel({ ponton, mark }) {
  const stop = new AbortController();
  const promise = ponton.work(3, 250, { signal: stop.signal });
  mark('main', 'stop it');
  stop.abort();
  await promise.catch((error) => mark('main', `rejected: ${error.name}`));
  await sleep(400); // time enough for a second step
  mark('main', `work_done: ${ponton.workDone()}`);
}
// lab:end

export const parts = { drop, ask, refused, 'bridge-cancel': bridgeCancel };
