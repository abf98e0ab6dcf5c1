// Runs the test files in this page or worker, one test after the other, and reports each.

/**
 * @param {{ where: 'page' | 'worker', files: string[], filter: string, limit: number, leakCalls: number }} options
 * @param {(result: { name: string, ms?: number, error?: string, note?: string, skipped?: string }) => void} report
 */
export async function run({ where, files, filter, limit, leakCalls }, report) {
  for (const file of files) {
    const tests = [];
    const test = (name, body) => tests.push([name, body]);
    test.skip = (name, why) => tests.push([name, undefined, why]);
    let failed;
    try {
      const { default: define } = await import(`./${file}.test.js`);
      await define(test, { where, leakCalls });
    } catch (error) {
      failed = error;
    }
    if (failed) await report({ name: `${file} (${where}) loads`, ms: 0, error: text(failed) });
    for (const [name, body, skipped] of tests) {
      const title = `${file} (${where}) › ${name}`;
      if (!title.includes(filter)) continue;
      await report({ name: title, ...(skipped ? { skipped } : await attempt(body, limit)) });
    }
  }
}

/** How a test went that `body` runs: who takes longer than `limit` milliseconds has hung. */
export async function attempt(body, limit) {
  const notes = [];
  const began = performance.now();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`hangs: nothing came of it in ${limit} ms`)), limit);
  });
  let error;
  try {
    await Promise.race([body({ note: (line) => notes.push(line) }), late]);
  } catch (caught) {
    error = text(caught);
  } finally {
    clearTimeout(timer);
  }
  return { ms: performance.now() - began, error, note: notes.join('; ') };
}

// Only V8 begins a stack with the error.
const text = (error) => (error?.stack?.includes(error.message) ? error.stack : `${error}\n${error?.stack ?? ''}`);
