// Scenario 16: one Rust future with the semantics of a Promise.

/** @typedef {import('../run.mjs').Lab} Lab */

const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {Lab} lab */
// lab:begin awaited
async function awaited({ ponton, mark }) {
  const value = await ponton.work(2);
  mark('main', `got ${value}`);
}
// lab:end

/** @param {Lab} lab */
// lab:begin leaked
function leaked({ ponton, mark, linger }) {
  linger(ponton.work(2));
  mark('main', 'nobody awaits it');
}
// lab:end

/** @param {Lab} lab */
// lab:begin awaited-twice
async function awaitedTwice({ ponton, mark }) {
  const promise = ponton.work(1);
  mark('main', `got ${await promise}`);
  mark('main', `got ${await promise} again`);
}
// lab:end

/** @param {Lab} lab */
// lab:begin cancelled
async function cancelled({ ponton, mark }) {
  const stop = new AbortController();
  const promise = ponton.work(2, 250, { signal: stop.signal });
  mark('main', 'stop it');
  stop.abort();
  await promise.catch((error) => mark('main', `rejected: ${error.name}`));
  await sleep(400); // time enough for a second step
  mark('main', `work_done: ${ponton.workDone()}`);
}
// lab:end

/** @param {Lab} lab */
// lab:begin asked
async function asked({ ponton, mark }) {
  const host = async (/** @type {number} */ n) => {
    mark('host', 'starts');
    await sleep(5);
    return 2 * n;
  };
  mark('main', `got ${await ponton.ask(host)}`);
}
// lab:end

/** @param {Lab} lab */
// lab:begin given-up
async function givenUp({ ponton, mark }) {
  /** @type {(n: number, options: { readonly signal: AbortSignal }) => Promise<number>} */
  const host = (_, { signal }) => new Promise((_resolve, reject) => {
    mark('host', 'starts');
    signal.addEventListener('abort', () => {
      mark('host', signal.reason.name);
      reject(signal.reason);
    });
  });
  mark('main', `got ${await ponton.ask(host, 20)}`);
}
// lab:end

export const parts = { awaited, leaked, 'awaited-twice': awaitedTwice, cancelled, asked, 'given-up': givenUp };
