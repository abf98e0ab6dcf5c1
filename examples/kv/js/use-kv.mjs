// The client from JavaScript: eager, abortable, with real error classes. Node runs this file; the page imports `demo`.

import { Client, KvError } from 'kv';

/** @param {(line: string) => void} print */
export async function demo(print) {
  const auth = { token: async (scope) => `secret for ${scope}` };
  const client = await Client.connect('mem://demo', 2, auth);
  print(`connected to ${client.url}`);
  await client.put({ id: 7n, body: new TextEncoder().encode('hello') });
  const row = await client.get(7n); // eager: it ran before this await
  print(`got ${row.id}: ${new TextDecoder().decode(row.body)}`);

  try {
    await client.delete(404);
  } catch (error) {
    if (!(error instanceof KvError.NotFound)) throw error;
    print(`refused: ${error.message} ${error.code} ${error.id}`);
  }

  const rows = await Promise.all(Array.from({ length: 100 }, (_, id) => client.put({ id, body: new Uint8Array(1) })));
  print(`stored ${rows.length} rows, one in the place of ${rows[7].id}`);
  print(`keys up to ${(await client.keys()).at(-1)}`);
  const rest = Array.from({ length: 3 }, (_, id) => ({ id, body: new Uint8Array(1) }));
  await client.load(rest, (done) => print(`loaded ${done}`));
  await client.close();

  const locked = { token() { throw new RangeError('not for you'); } };
  try {
    await Client.connect('mem://locked', 0, locked);
  } catch (error) {
    print(`not allowed: ${error.name}: ${error.message}`); // the very error, through Rust
  }

  const slow = await Client.connect('mem://slow', 10);
  try {
    await slow.get(1n, { signal: AbortSignal.abort() });
  } catch (error) {
    print(`stopped: ${error.name}; the Rust future is dropped`);
  }
  try {
    await slow.put({ id: 1n, body: new Uint8Array() }, 0);
  } catch (error) {
    print(`refused: ${error.code} ${error.after}`);
  }
  return 'done';
}

if (globalThis.process?.versions?.node) await demo(console.log);
