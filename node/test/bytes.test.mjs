// Bytes: what is copied and what is not, memory that changes meanwhile, and when it is freed. The forms that come in: values.

import assert from 'node:assert/strict';
import test from 'node:test';
import { MessageChannel, Worker, receiveMessageOnPort } from 'node:worker_threads';

import { addonPath, api, failure, gc, turn, untilCollected } from './fixture.mjs';

// What is larger goes out without a copy.
const COPIED = 64 * 1024 - 1;
const MIB = 1 << 20;

const refused = async (promise, text) => {
  const error = await failure(promise);
  assert.ok(error instanceof TypeError, String(error));
  assert.match(error.message, text);
};

for (const size of [1, COPIED, COPIED + 1, 1 << 20]) {
  test(`${size} bytes are copied in at the call, and are the caller's alone when they come out`, async () => {
    const bytes = new Uint8Array(size).fill(1);
    const promise = api.echoBytes(bytes, { lazy: true });
    bytes.fill(2);
    const [first, second] = [await promise, await api.echoBytes(bytes)];
    first.fill(3);
    assert.ok(second.every((byte) => byte === 2));
    assert.ok(first.every((byte) => byte === 3));
  });
}

test('bytes that came out without a copy are freed', async () => {
  gc();
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 64; i += 1) await api.echoBytes(new Uint8Array(1 << 20));
  await untilCollected(() => process.memoryUsage().arrayBuffers < before + (8 << 20));
});

test('resizable buffers: as they are at the call', async () => {
  const buffer = new ArrayBuffer(8, { maxByteLength: 32 });
  const [all, rest, part] = [new Uint8Array(buffer), new DataView(buffer, 4), new Uint8Array(buffer, 4, 4)];
  buffer.resize(16);
  assert.equal((await api.echoBytes(all)).length, 16);
  assert.equal((await api.echoBytes(rest)).length, 12);
  buffer.resize(6);
  assert.equal((await api.echoBytes(buffer)).length, 6);
  assert.equal((await api.echoBytes(rest)).length, 2);
  assert.equal((await api.echoBytes(part)).length, 0);
  buffer.resize(2);
  assert.equal((await api.echoBytes(rest)).length, 0);
  buffer.resize(0);
  assert.equal((await api.echoBytes(all)).length, 0);
});

test('growable shared buffers are refused', () =>
  refused(api.echoBytes(new Uint8Array(new SharedArrayBuffer(1, { maxByteLength: 2 }))), /SharedArrayBuffer/));

test('a buffer that the arguments themselves resize or detach', async () => {
  const buffer = new ArrayBuffer(2 * MIB, { maxByteLength: 4 * MIB });
  const body = new Uint8Array(buffer).fill(1);
  const row = (before, after) => ({
    get id() {
      before();
      return 1n;
    },
    body,
    get createdBy() {
      after();
      return '';
    },
    size: 1,
  });
  const out = await api.echoRow(row(() => buffer.resize(MIB), () => buffer.resize(0)));
  assert.ok(out.body.length === MIB && out.body.every((byte) => byte === 1));
  const detach = () => structuredClone(buffer, { transfer: [buffer] });
  await refused(api.echoRow(row(detach, () => {})), /'value.body': .*detached/);
});

test('bytes that Rust keeps go out as a copy', async () => {
  api.keepBytes(new Uint8Array(MIB).fill(1));
  (await api.keptBytes()).fill(2);
  assert.ok((await api.keptBytes()).every((byte) => byte === 1));
  await api.forgetBytes();
});

for (const size of [100, MIB]) {
  test(`${size} bytes that came out can be sent to another thread`, async () => {
    const { port1, port2 } = new MessageChannel();
    const bytes = await api.makeBytes(size);
    // What Rust gave away cannot be moved; it is cloned (Node 20), or refused in the list of what to move (later ones).
    try {
      port1.postMessage(bytes, [bytes.buffer]);
    } catch (error) {
      assert.equal(error.name, 'DataCloneError');
      port1.postMessage(bytes);
    }
    assert.ok(receiveMessageOnPort(port2).message.every((byte) => byte === 7));
    port1.close();
  });
}

/** The most memory that the process had meanwhile, beyond what it had. */
async function peak(count, body) {
  const resident = () => process.memoryUsage().rss;
  const before = resident();
  let most = 0;
  for (let i = 0; i < count; i += 1) {
    await body(i);
    if (i % 16 === 0) most = Math.max(most, resident() - before);
  }
  return most;
}

test('the collector knows the memory that was given away', async () => {
  const most = await peak(1000, async () => {
    assert.equal((await api.makeBytes(MIB)).length, MIB);
    await turn();
  });
  assert.ok(most < 500 * MIB, `${most / MIB} MiB at the most`);
});

test('awaits that are all ready do not pile up what only a turn of the loop would free', async () => {
  const most = await peak(1000, async () => {
    assert.equal((await api.makeBytes(MIB)).length, MIB);
  });
  assert.ok(most < 500 * MIB, `${most / MIB} MiB at the most`);
});

test('a little in much room is not given away with the room', async () => {
  const kept = [];
  const most = await peak(64, async () => {
    kept.push(await api.makeBytes(COPIED + 1, 16 * MIB));
  });
  assert.ok(most < 300 * MIB, `${most / MIB} MiB at the most`);
  assert.ok(kept.every((bytes) => bytes.every((byte) => byte === 7)));
});

test('a worker ends while it has bytes of ours', async () => {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    const api = require(workerData.addonPath);
    const kept = [];
    (async () => {
      for (let i = 0; i < 20; i += 1) kept.push(await api.makeBytes(1 << 20));
      parentPort.postMessage(kept[0]);
    })();
    setInterval(() => kept, 1000);`;
  for (let round = 0; round < 10; round += 1) {
    const worker = new Worker(source, { eval: true, workerData: { addonPath } });
    const bytes = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    await worker.terminate();
    assert.ok(bytes.every((byte) => byte === 7));
  }
});
