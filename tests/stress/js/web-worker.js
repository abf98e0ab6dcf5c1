// A Web Worker of the stress: an instance of its own.

import { act, settle } from './rounds.js';
import { host } from './web-host.js';

self.onmessage = async ({ data: { plan, thread } }) => {
  // Not at the top: a message that comes before the instance is there would be lost.
  const api = await import('/package/web.js');
  self.postMessage({ began: true });
  const tally = new Map();
  try {
    await act(api, host(), plan, `worker ${thread}`, { tally, current: new Map() });
    if (plan.end === 'calm') await settle(api, host());
    self.postMessage({ tally: [...tally] });
  } catch (error) {
    self.postMessage({ failed: String(error?.stack ?? error) });
  }
  if (plan.end === 'exits') self.close();
};
