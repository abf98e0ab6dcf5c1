// Host code as TypeScript sees it, on the golden typings of the zoo: what is right passes, and each `@ts-expect-error` is a test.

import { select, Store, sync, type Row, type RowInput, type Shape } from '../golden/zoo.js';

// @ts-expect-error: an interface is no value
export const value = Store;

const first: Promise<Row | undefined> = Promise.resolve(undefined);
const map = async (row: Row): Promise<Row[]> => [row];
const pause = (span: number): number => span;

/** Any object will do; it takes as many arguments as it likes. */
const plain = {
  async get(id: bigint): Promise<Row | undefined> {
    return { id, size: 0, children: [] };
  },
  async put(row: Row, data: Uint8Array, keepFor: number | undefined, { signal }: { signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
  },
  lifetime: () => 0.5,
  sizeOf: async (size: number) => size,
  best: (shapes: Shape[]) => shapes[0],
  note: console.log,
};

/** A class says so; a plain method will do where Rust awaits, and the reverse where it does not. */
class Derived implements Store {
  // More is accepted than given: safe numbers, `null`, any thenable.
  get(): RowInput | null {
    return { id: 1, from: null, size: 0, children: [] };
  }
  put(): void {}
  lifetime(): PromiseLike<number> {
    return { then: (done) => Promise.resolve(0.5).then(done) };
  }
  sizeOf(size: number): number {
    return size;
  }
  async best(): Promise<Shape> {
    return { kind: 'empty' };
  }
  async note(line: string): Promise<number> {
    return line.length;
  }
}

export async function right(): Promise<void> {
  const sum: bigint = await sync(plain, map, first, pause);
  await sync(new Derived(), (row) => [row], first, async (span) => span.toFixed(), Promise.resolve(sum));
  await sync(plain, async (row, shape, { signal }) => (signal.aborted || shape.kind === 'empty' ? [] : [row]), first, pause);
  await sync(plain, map, first, pause, null, (done: bigint, total: number) => console.log(done, total));
  await sync(plain, map, first, pause, undefined, undefined, { signal: AbortSignal.timeout(1000) });
  await select((row) => row.id > 1n);
  await select(() => undefined);
}

export async function wrong(): Promise<void> {
  const { note, ...noNote } = plain;
  // @ts-expect-error: a missing method
  await sync(noNote, map, first, pause);
  // @ts-expect-error: a wrong result
  await sync({ ...plain, get: async () => 'row' }, map, first, pause);
  // @ts-expect-error: a wrong parameter
  await sync({ ...plain, note: (line: number) => line }, map, first, pause);
  // @ts-expect-error: bigint goes out
  await sync({ ...plain, get: async (id: number) => undefined }, map, first, pause);
  // @ts-expect-error: it needs more than it gets
  await sync({ ...plain, note: (line: string, level: number) => level }, map, first, pause);
  // @ts-expect-error: a class is not its instance
  await sync(Derived, map, first, pause);
  // @ts-expect-error: a wrong result
  await sync(plain, async () => 1, first, pause);
  // @ts-expect-error: a wrong parameter
  await sync(plain, async (row: string) => [], first, pause);
  // @ts-expect-error: not a function
  await sync(plain, [], first, pause);
  // @ts-expect-error: not a promise
  await sync(plain, map, undefined, pause);
  // @ts-expect-error: a promise of something else
  await sync(plain, map, Promise.resolve(1), pause);
  // @ts-expect-error: a wrong parameter
  await sync(plain, map, first, pause, null, (done: string) => done);
  // @ts-expect-error: called for its result, which nothing awaits
  await select(async (row) => row.id > 1n);
}

// @ts-expect-error: a missing method
export class Partial implements Store {
  async get(): Promise<undefined> {}
}
