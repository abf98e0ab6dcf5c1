// An engine that refuses foreign memory, as Electron's does: bytes go out as copies. The addon is the one that ships; what
// refuses is preloaded into Node (native/no_external_buffers.c).

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { run } from './fixture.mjs';

const linux = { skip: process.platform === 'linux' ? false : 'preloading is done as on Linux' };

const SCRIPT = `(async () => {
  const size = 1 << 20;
  let sum = 0;
  for (let i = 0; i < 5; i += 1) {
    const bytes = await api.makeBytes(size);
    if (bytes.length !== size || !bytes.every((byte) => byte === 7)) throw new Error('other bytes');
    bytes.fill(i);
    const back = await api.echoBytes(bytes);
    if (!back.every((byte) => byte === i)) throw new Error('other bytes back');
    sum += back.length;
  }
  console.log(sum, (await api.echoVecU8(new Uint8Array(size).fill(3)))[size - 1]);
  // Small ones, and those with much spare room, are copies anyway.
  console.log((await api.makeBytes(10)).length, (await api.makeBytes(size, size * 4)).length);
})();`;

test('where foreign memory is refused, what goes out is a copy', linux, async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ponton-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const library = path.join(folder, 'refuses.so');
  const source = fileURLToPath(new URL('native/no_external_buffers.c', import.meta.url));
  execFileSync('cc', ['-shared', '-fPIC', '-Wall', '-Werror', '-o', library, source, '-ldl']);

  const usual = await run(SCRIPT);
  assert.deepEqual({ code: usual.code, stderr: usual.stderr }, { code: 0, stderr: '' });
  const refusing = await run(SCRIPT, { env: { ...process.env, LD_PRELOAD: library } });
  assert.equal(refusing.code, 0, refusing.stderr);
  assert.equal(refusing.stdout, '5242880 3\n10 1048576\n');
  assert.equal(refusing.stdout, usual.stdout);
  assert.equal(refusing.stderr, 'refused\n'.repeat(11), 'it was asked for each of them');
});
