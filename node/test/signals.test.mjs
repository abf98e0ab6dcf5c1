// `{ signal }` at every moment of a call: what every JavaScript host does, and what is particular to Node.

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import test from 'node:test';
import vm from 'node:vm';

import { register } from '../../tests/conformance/javascript/signals.mjs';
import { api, failure, turn, until } from './fixture.mjs';

register(api, (name, body) => test(name, { timeout: 60_000 }, body));

test('no MaxListenersExceededWarning, whatever the number of calls and signals', async (t) => {
  const warnings = [];
  const onWarning = (warning) => warnings.push(warning.name);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const controller = new AbortController();
  for (let round = 0; round < 3; round += 1) {
    const calls = Array.from({ length: 10_000 }, () => api.spawned(1, { signal: controller.signal }));
    const any = Array.from({ length: 200 }, () => api.spawned(1, { signal: AbortSignal.any([controller.signal]) }));
    assert.equal(getEventListeners(controller.signal, 'abort').length, 1);
    await Promise.all([...calls, ...any]);
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  }
  await turn();
  assert.deepEqual(warnings, []);
});

test('an abort from a context of vm, with a reason of that realm', async () => {
  const controller = new AbortController();
  const promise = failure(api.waitForever({ signal: controller.signal }));
  const reason = vm.runInNewContext("const reason = new TypeError('theirs'); controller.abort(reason); reason", { controller });
  assert.equal(await promise, reason);
  assert.ok(!(reason instanceof TypeError));
});

test('an abort while a worker polls it: rejected now, dropped once when the poll returns', { timeout: 60_000 }, async () => {
  for (const value of [7, undefined]) {
    api.resetCounters();
    const controller = new AbortController();
    const promise = failure(api.stand(value, { signal: controller.signal }));
    await until(() => api.isStanding());
    controller.abort('stop');
    controller.abort('again');
    assert.equal(await promise, 'stop');
    assert.equal(api.dropped(), 0);
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    api.openGate();
    await until(() => api.dropped() === 1);
    assert.equal(api.created(), 1);
  }
});

test('an abort of a blocking job: rejected now, the job goes on to its end', async () => {
  const controller = new AbortController();
  const promise = failure(api.block(30, { signal: controller.signal }));
  await turn();
  controller.abort('stop');
  assert.equal(await promise, 'stop');
  assert.match(await api.block(0), /^ponton-worker/);
});
