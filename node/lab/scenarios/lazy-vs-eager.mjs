// Scenario 1: an async function runs inside the call.

/** @typedef {import('../run.mjs').Lab} Lab */

const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {Lab} lab */
// lab:begin call call-then-await
async function fetchRow({ mark }) {
  mark('fetch', 'inside the body');
  await sleep(5);
  return 7;
}
// lab:end

/** @param {Lab} lab */
// lab:begin call
function call(lab) {
  const promise = lab.observe('fetch', () => fetchRow(lab));
  lab.mark('main', 'the call returned');
  void promise;
  lab.mark('main', 'main ends');
}
// lab:end

/** @param {Lab} lab */
// lab:begin call-then-await
async function callThenAwait(lab) {
  const promise = lab.observe('fetch', () => fetchRow(lab));
  lab.mark('main', 'the call returned');
  const value = await promise;
  lab.mark('main', `got ${value}`);
}
// lab:end

/** @param {Lab} lab */
// lab:begin bridge-call
function bridgeCall({ ponton, mark, linger }) {
  const promise = ponton.work(1);
  mark('main', 'the call returned');
  linger(promise);
  mark('main', 'main ends');
}
// lab:end

/** @param {Lab} lab */
// lab:begin bridge-other-mode
async function bridgeOtherMode({ ponton, mark }) {
  const promise = ponton.work(1, undefined, { lazy: true });
  mark('main', 'the call returned');
  const value = await promise;
  mark('main', `got ${value}`);
}
// lab:end

export const parts = {
  call,
  'call-then-await': callThenAwait,
  'bridge-call': bridgeCall,
  'bridge-other-mode': bridgeOtherMode,
};
