// Opens a page of a folder in Chromium and prints its <pre>: `node page.mjs FOLDER PATH`. The page's title says when it is
// done, and how.

import { findChromium, launch } from '../browser/chromium.mjs';
import { serve } from '../browser/server.mjs';

const [folder, start] = process.argv.slice(2);
const executable = findChromium();
if (executable === undefined) {
  console.error('No Chromium was found: run tests/tools/setup.sh browser, or set PONTON_CHROMIUM to its path.');
  process.exit(1);
}

const server = await serve({ '/': folder });
const browser = await launch(executable);
try {
  const page = await browser.newPage();
  const trouble = [];
  page.on('pageerror', (error) => trouble.push(error.stack));
  page.on('requestfailed', (request) => trouble.push(`${request.url()}: ${request.failure()?.errorText}`));
  const address = start.endsWith('/') ? `${start}index.html` : start;
  await page.goto(server.origin + address);
  await page.waitForFunction(() => ['done', 'failed'].includes(document.title), undefined, { timeout: 30_000 }).catch(() => {});
  process.stdout.write((await page.textContent('pre')) ?? '');
  const title = await page.title();
  if (title !== 'done' || trouble.length > 0) {
    console.error([`the page ended as '${title}'`, ...trouble].join('\n'));
    process.exitCode = 1;
  }
} finally {
  await browser.close();
  server.close();
}
