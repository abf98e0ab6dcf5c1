// Other browsers than Chromium: started with an address, and ended. They report by themselves.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { find } from './chromium.mjs';

// Nothing on its first page but ours, nothing asked of anybody else; a long script is no cause to ask whether it may go on.
const FIREFOX_SETTINGS = {
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.max_script_run_time': 0,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

const ENGINES = {
  firefox: {
    variable: 'PONTON_FIREFOX',
    names: ['firefox-esr', 'firefox'],
    cure: 'install Firefox (Debian: firefox-esr)',
    async command(browser, profile, url) {
      const settings = Object.entries(FIREFOX_SETTINGS).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
      await writeFile(path.join(profile, 'user.js'), settings.join('\n'));
      return [browser, '--headless', '--no-remote', '--profile', profile, url];
    },
  },
  // Safari's engine. It wants a display.
  webkit: {
    variable: 'PONTON_WEBKIT',
    names: ['MiniBrowser', '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser', '/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser'],
    cure: "install WebKitGTK's MiniBrowser and Xvfb (Debian: webkit2gtk-driver, xvfb)",
    command: (browser, profile, url) => (process.env.DISPLAY ? [browser, url] : ['xvfb-run', '--auto-servernum', browser, url]),
    env: (profile) => ({ HOME: profile, LIBGL_ALWAYS_SOFTWARE: '1', WEBKIT_DISABLE_COMPOSITING_MODE: '1' }),
  },
};

/** The names of the browsers that {@link findEngine} knows. */
export const ENGINE_NAMES = Object.keys(ENGINES);

/** How to open an address in that browser; where it is missing, the cure. */
export function findEngine(name) {
  const engine = ENGINES[name];
  const browser = find(process.env[engine.variable], engine.names);
  if (browser === undefined) return { cure: `${engine.cure}, or set ${engine.variable} to its path` };
  return { open: (url) => open(engine, browser, url) };
}

async function open(engine, browser, url) {
  const profile = await mkdtemp(path.join(tmpdir(), 'ponton-browser-'));
  const [program, ...args] = await engine.command(browser, profile, url);
  // A group of its own: what the browser has started ends with it.
  const child = spawn(program, args, { detached: true, stdio: 'ignore', env: { ...process.env, ...engine.env?.(profile) } });
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(`it does not start: ${error.message}`));
    child.on('exit', (code, signal) => resolve(`it ended with ${code ?? signal}`));
  });
  return {
    ended,
    async close() {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
