// Errors and options as TypeScript sees them, on the golden typings of the zoo: each `@ts-expect-error` is a test.

import { AbortError, Client, PanicError, ZooError, type CallOptions, type LazyPromise } from '../golden/zoo.js';

/** `instanceof` of the base class narrows to the union, and `code` or `name` to the variant. */
export function narrowing(error: unknown): bigint | string {
  // @ts-expect-error: nobody knows what was caught
  error.code;
  if (error instanceof ZooError) {
    const code: 'NOT_FOUND' | 'CLOSED' = error.code;
    // @ts-expect-error: not every variant has it
    error.id;
    switch (error.code) {
      case 'NOT_FOUND': {
        const found: ZooError.NotFound = error;
        return found.id;
      }
      case 'CLOSED':
        // @ts-expect-error: this one has none
        error.id;
        return error.name satisfies 'ZooError.Closed';
      default:
        return error satisfies never;
    }
    // @ts-expect-error: there is no such code
    code === 'ELSE';
  }
  if (error instanceof ZooError.NotFound) return error.id satisfies bigint;
  if (error instanceof PanicError) {
    error.reset?.();
    return error.message;
  }
  if (error instanceof AbortError) return error.code satisfies 'ABORT_ERR';
  return '';
}

/** By name, and what the fields are. */
export function byName(error: ZooError): void {
  if (error.name === 'ZooError.NotFound') {
    error.name_ satisfies string;
    // @ts-expect-error: fields are read-only
    error.id = 1n;
  } else {
    error satisfies ZooError.Closed;
  }
  error.cause satisfies unknown;
  // @ts-expect-error: two that never meet
  if (error.code === 'CLOSED' && error.code === 'NOT_FOUND') return;
}

/** A test double. */
export const doubles: ZooError[] = [
  new ZooError.NotFound('x', { id: 1n, name_: 'x' }, { cause: new Error('y') }),
  new ZooError.Closed('x'),
  // @ts-expect-error: its fields are required
  new ZooError.NotFound('x'),
  // @ts-expect-error: and of their types
  new ZooError.NotFound('x', { id: 1, name_: 'x' }),
];
// @ts-expect-error: the base class is abstract
new ZooError('x');

const { signal } = new AbortController();

/** Options. */
export async function options(): Promise<void> {
  const eager: Promise<Client> = Client.connect({ signal, ref: false });
  const lazy: LazyPromise<Client> = Client.connect({ lazy: true, ref: false, signal: null });
  await Client.connect({ ref: true, lazy: false });
  const rest: CallOptions = { ref: false };
  // @ts-expect-error: a boolean
  await Client.connect({ ref: 1 });
  // @ts-expect-error: there is no such option
  await Client.connect({ unref: true });
  // @ts-expect-error: a controller is no signal
  await Client.connect({ signal: new AbortController() });
  // @ts-expect-error: one that starts in the call is no LazyPromise
  const wrong: LazyPromise<Client> = Client.connect({ ref: false });
  await Promise.all([eager, lazy, wrong, rest]);
}
