// Scenario 2: the await that was forgotten.

/** @typedef {import('../run.mjs').Lab} Lab */

/** @param {Lab} lab @param {number} ms @returns {Promise<void>} */
// lab:begin no-await with-await
function sleep({ mark }, ms) {
  return new Promise((resolve) => {
    mark('sleep', 'executor runs');
    setTimeout(() => {
      mark('sleep', 'timer fires');
      resolve();
    }, ms);
  });
}
// lab:end

/** @param {Lab} lab */
// lab:begin no-await
function noAwait(lab) {
  lab.mark('main', 'hello');
  lab.observe('sleep', () => sleep(lab, 5));
  lab.mark('main', 'world');
}
// lab:end

/** @param {Lab} lab */
// lab:begin with-await
async function withAwait(lab) {
  lab.mark('main', 'hello');
  await lab.observe('sleep', () => sleep(lab, 5));
  lab.mark('main', 'world');
}
// lab:end

/** @param {Lab} lab */
// lab:begin bridge-no-await
function bridgeNoAwait({ ponton, mark, linger }) {
  mark('main', 'hello');
  linger(ponton.sleep(5));
  mark('main', 'world');
}
// lab:end

export const parts = {
  'no-await': noAwait,
  'with-await': withAwait,
  'bridge-no-await': bridgeNoAwait,
};
