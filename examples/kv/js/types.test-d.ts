// What TypeScript makes of the typings: `tsc --noEmit --strict` passes; each `@ts-expect-error` is a test too.

import { Client, KvError, PanicError, type Auth, type LazyPromise, type Row } from 'kv';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function assertType<Expected>(): <Actual>(value: Actual, ...same: Equal<Actual, Expected> extends true ? [] : [never]) => void;

export async function calls(): Promise<void> {
  const client = await Client.connect('mem://');
  assertType<Client>()(client);
  assertType<string>()(client.url);
  assertType<Promise<Row | undefined>>()(client.get(7n));
  assertType<Promise<Row | undefined>>()(client.get(7, { signal: AbortSignal.timeout(1000) }));
  assertType<LazyPromise<Row | undefined>>()(client.get(7n, { lazy: true }));
  assertType<bigint[]>()(await client.keys());
  // More is accepted than given: safe numbers, any buffer; the options follow omitted optionals too.
  await client.put({ id: 1, body: new ArrayBuffer(1) }, undefined, { signal: AbortSignal.timeout(1000) });
  await client.put({ id: 1n, body: new Uint8Array() }, { signal: AbortSignal.timeout(1000) });
  await client.put({ id: 1n, body: new Uint8Array() }, 1000);
  assertType<Promise<void>>()(client[Symbol.asyncDispose]());
}

export async function mistakes(client: Client, row: Row): Promise<void> {
  // @ts-expect-error: no constructor
  new Client();
  // @ts-expect-error: a wrong type
  await client.get('7');
  // @ts-expect-error: a missing argument
  await client.get();
  // @ts-expect-error: an unknown option
  await client.get(7n, { timeout: 1 });
  // @ts-expect-error: a getter
  client.url = 'mem://';
  // @ts-expect-error: bigint comes out
  const id: number = row.id;
  // @ts-expect-error: no structural stand-in for a class
  const other: Client = { ...client };
}

class Keyring implements Auth {
  async token(scope: string, { signal }: { readonly signal: AbortSignal }): Promise<string> {
    signal.throwIfAborted();
    return scope;
  }
}

export async function hostCode(client: Client): Promise<void> {
  await Client.connect('mem://', 0, new Keyring());
  await Client.connect('mem://', 0, { token: (scope) => scope }, { signal: AbortSignal.timeout(1000) });
  // @ts-expect-error: a wrong result
  await Client.connect('mem://', 0, { token: async (scope) => scope.length });
  // @ts-expect-error: a missing method
  await Client.connect('mem://', 0, {}, {});
  assertType<bigint>()(await client.load([], (done) => assertType<number>()(done)));
  // @ts-expect-error: a wrong parameter
  await client.load([], (done: string) => done);
}

export function errors(error: unknown): void {
  if (error instanceof KvError.NotFound) {
    assertType<bigint>()(error.id);
    assertType<'NOT_FOUND'>()(error.code);
  }
  if (error instanceof KvError) {
    switch (error.code) {
      case 'NOT_FOUND': assertType<bigint>()(error.id); break;
      case 'TIMEOUT': assertType<number>()(error.after); break;
      case 'BAD_URL': assertType<string>()(error.url); break;
      case 'CLOSED': break;
      case 'DENIED': assertType<string>()(error.scope); break;
      default: error satisfies never;
    }
    // @ts-expect-error: no such code
    if (error.code === 'NOPE') return;
  }
  if (error instanceof PanicError) assertType<'PanicError'>()(error.name);
  const double: KvError = new KvError.NotFound('a test double', { id: 7n });
  throw double;
}
