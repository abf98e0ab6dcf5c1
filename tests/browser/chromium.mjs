// Finding and starting the browser.

import { accessSync, constants } from 'node:fs';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

const FLAGS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // For tests that must see what the collector does.
  '--js-flags=--expose-gc',
  '--enable-precise-memory-info',
];

/** The path of the first program that there is: the one that was named, else one of `names`. */
export function find(named, names) {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const candidates = [...(named ? [named] : []), ...names].flatMap((name) =>
    name.includes('/') ? [name] : folders.map((folder) => path.join(folder, name)),
  );
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The path of a Chromium; `undefined` when there is none. */
export const findChromium = () => find(process.env.PONTON_CHROMIUM, NAMES);

/** A headless browser. */
export async function launch(executablePath, options = {}) {
  const { chromium } = await import('playwright-core').catch((cause) => {
    throw new Error('playwright-core is not installed: run `npm ci` in tests/browser', { cause });
  });
  return chromium.launch({ executablePath, headless: true, args: FLAGS, ...options });
}
