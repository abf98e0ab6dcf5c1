// The page `make demo` writes, opened from disk in a real Chromium with no network. PONTON_PAGE names another than its own.

import assert from 'node:assert/strict';
import test from 'node:test';
import { pathToFileURL } from 'node:url';

import { expectedOf, judge } from '../../../node/test/lab-check.mjs';
import { open } from './collect.mjs';

test('the page draws every trace, and runs the JavaScript column again in the reader’s browser', async () => {
  const { PONTON_PAGE } = process.env;
  const url = PONTON_PAGE ? pathToFileURL(PONTON_PAGE) : new URL('../../../target/lab/index.html', import.meta.url);
  const browser = await open();
  try {
    const context = await browser.newContext({ offline: true });
    const page = await context.newPage();
    /** @type {string[]} */
    const problems = [];
    page.on('pageerror', (/** @type {Error} */ error) => problems.push(error.message));
    page.on('request', (/** @type {any} */ request) => {
      if (!/^(file|blob|data):/.test(request.url())) problems.push(`it asks for ${request.url()}`);
    });
    await page.goto(url.href);
    assert.ok((await page.locator('.panel').count()) >= 4 * 4, 'a panel per part and host');
    const buttons = await page.locator('.panel button').all();
    assert.ok(buttons.length > 0, 'the JavaScript column can be run again');
    for (const button of buttons) await button.click();
    await page.waitForFunction(() => document.querySelectorAll('.panel button:disabled').length === 0);
    const live = await page.evaluate(() => /** @type {any} */ (globalThis).lab.live);
    assert.equal(live.length, buttons.length);
    for (const lines of live) {
      const [{ scenario, part }] = lines;
      assert.deepEqual(judge(expectedOf(scenario, part, 'browser'), lines), [], `${scenario} ${part}`);
    }
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
  }
});
