// What the actors do: each operation makes calls, and checks that each ends in a way that is allowed for it.
//
// An operation draws from a `Random` of its own, so what is done is a matter of the seed. When it happens is not.

export class Broken extends Error {
  name = 'Broken';
}

export function check(condition, invariant, details) {
  if (!condition) throw new Broken(details === undefined ? invariant : `${invariant}: ${show(details)}`);
}

const show = (value) => {
  try {
    return JSON.stringify(value, (_, x) => (x instanceof Error ? `${x.name}: ${x.message}` : typeof x === 'bigint' ? `${x}n` : x === undefined ? 'undefined' : x));
  } catch {
    return String(value);
  }
};

class Mine extends Error {}

const range = (n) => Array.from({ length: n }, (_, i) => i);
const same = (a, b) => a.length === b.length && a.every((item, i) => Object.is(item, b[i]));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** How a promise ended that somebody may have stopped. */
const ended = (promise) => promise.then((value) => ({ value }), (error) => ({ error }));

/**
 * The operations for one package.
 *
 * `native` says whether it is an addon; `turn` lets the loop turn; `context`, where there is one, gives what is in force.
 */
export function operations(api, { native, turn, context = () => undefined }) {
  /** From nothing up to a few milliseconds. */
  async function someTime(r) {
    const how = r.below(4);
    if (how === 0) return sleep(r.float() * 3);
    for (let left = how * r.below(4); left > 0; left -= 1) await turn();
  }

  /** A function of the host's: plain or async, and it may call Rust itself. */
  function answering(r) {
    const [kind, turns, mark] = [r.below(5), r.below(3), context()];
    const checked = () => check(context() === mark, 'host code runs in the context of its call');
    return [
      (n) => (checked(), n + 1),
      async (n) => {
        checked();
        for (let i = 0; i < turns; i += 1) await turn();
        return n + 1;
      },
      async (n) => {
        checked();
        check((await api.hop(turns, n)) === n, 'a call from host code gives its value');
        return n + 1;
      },
      async (n) => api.askSum(1, () => n + 1),
      (n) => api.hopSpawned(turns, n + 1),
    ][kind];
  }

  const calls = {
    now: (r, n, value) => [(o) => api.now(value, o), value],
    pause: (r, n, value) => [(o) => api.pause(r.float() * 4, value, o), value],
    hop: (r, n, value) => [(o) => api.hop(n, value, o), value],
    hopSpawned: (r, n, value) => [(o) => api.hopSpawned(n, value, o), value],
    hopLocal: (r, n, value) => [(o) => api.hopLocal(n, value, o), value],
    hopJoined: (r, n, value) => [(o) => api.hopJoined(n, value, o), value],
    hopDetached: (r, n, value) => [(o) => api.hopDetached(n, value, o), value],
    hopAborted: (r, n) => [(o) => api.hopAborted(n, r.below(6), o), (end) => end === 'ended' || end === 'aborted'],
    'Item.make': (r, n) => [(o) => api.Item.make(n, o), (item) => item.add(1) === n + 1],
    'Item.addAfter': (r, n, value) => [(o) => new api.Item(value).addAfter(n, 1, o), value + 1],
    'Item.pass': (r, n, value) => [(o) => new api.Item(1).pass(n, new api.Item(value), o), (other) => other.add(0) === value],
    askSum: (r, n) => [(o) => api.askSum(n, answering(r), o), (n * (n + 1)) / 2],
    askSumSpawned: (r, n) => [(o) => api.askSumSpawned(n, answering(r), o), (n * (n + 1)) / 2],
    askInTasks: (r, n) => [(o) => api.askInTasks(n, answering(r), o), (n * (n + 1)) / 2],
    countKept: (r, n) => [(o) => api.countKept(n, (i) => i % 2 === 0, o), Math.floor((n + 1) / 2)],
    tell: (r, n) => told('tell', n, all),
    tellNarrow: (r, n) => told('tellNarrow', n, all),
    tellLossy: (r, n) => told('tellLossy', n, rising),
    tellCoalesced: (r, n) => told('tellCoalesced', n, rising),
    awaitHost: (r, n, value) => [(o) => api.awaitHost(sleep(r.float() * 2).then(() => value), o), value],
    awaitHostSpawned: (r, n, value) => [(o) => api.awaitHostSpawned(n, Promise.resolve(value), o), value],
  };
  if (native) {
    calls.blockThread = (r, n, value) => [(o) => api.blockThread(r.float() * 2, value, o), value];
    calls.offload = (r, n, value) => [(o) => api.offload(r.float() * 2, value, o), value];
    calls.tellBlocking = (r, n) => told('tellBlocking', n, all);
  }

  const all = (seen, n) => same(seen, range(n));
  const rising = (seen, n) => seen.every((item, i) => i === 0 || item > seen[i - 1]) && (n === 0 || seen.at(-1) === n - 1);

  function told(name, n, rule) {
    const [count, seen] = [n * 10, []];
    return [(o) => api[name](count, (i) => void seen.push(i), o), (end) => end === count && rule(seen, count)];
  }

  /** One call that ends by itself: its name, how to make it, and whether a value is right. */
  function aCall(r) {
    const name = r.choice(Object.keys(calls));
    const [make, expected] = calls[name](r, r.choice([0, 0, 1, 2, 5, 30]), r.below(2 ** 31));
    return { name, make, right: typeof expected === 'function' ? expected : (value) => value === expected };
  }

  const never = () => new Promise(() => {});

  /** One that only a signal ends. */
  function anEndlessCall(r) {
    return r.choice([
      (o) => api.stall(o),
      (o) => new api.Item(1).stall(o),
      (o) => new api.Pipe().take(o),
      (o) => api.hop(2 ** 32 - 1, 0, o),
      (o) => api.hopLocal(2 ** 32 - 1, 0, o),
      (o) => api.askSum(2, never, o),
      (o) => api.askSumSpawned(2, never, o),
      (o) => api.askBare(1, never, o),
      (o) => api.awaitHost(never(), o),
      (o) => api.tellNarrow(1e9, () => {}, o),
      (o) => api.tell(1e9, () => {}, o),
    ]);
  }

  return {
    async awaited(r) {
      const { name, make, right } = aCall(r);
      const value = await make(r.float() < 0.3 ? { lazy: true } : undefined);
      check(right(value), 'a call gives its value', [name, value]);
      return name;
    },

    async awaitedTwice(r) {
      const { name, make, right } = aCall(r);
      const promise = make();
      const [first, second] = await Promise.all([promise, (async () => promise)()]);
      check(first === second && right(first), 'a promise gives one value', [name, first, second]);
      return name;
    },

    async gathered(r) {
      const some = range(1 + r.below(30)).map(() => aCall(r));
      const values = await Promise.all(some.map(({ make }) => make()));
      some.forEach(({ name, right }, i) => check(right(values[i]), 'a call gives its value', [name, values[i]]));
      return 'ok';
    },

    async aborted(r) {
      const endless = r.float() < 0.5;
      const { name, make, right } = endless ? { name: 'endless', make: anEndlessCall(r) } : aCall(r);
      const [controller, reason] = [new AbortController(), { why: 'enough' }];
      if (r.float() < 0.1) controller.abort(reason);
      const promise = ended(make({ signal: controller.signal, lazy: r.float() < 0.2 }));
      await someTime(r);
      let settled = false;
      promise.then(() => (settled = true));
      controller.abort(reason);
      const { value, error } = await promise;
      check(settled, 'an abort settles');
      if (error === undefined) check(right?.(value), 'an aborted call gives its value or the reason', [name, value]);
      else check(error === reason, 'an aborted call rejects with the reason', [name, error]);
      return error === undefined ? 'value' : 'reason';
    },

    async abortedTogether(r) {
      const controller = new AbortController();
      const promises = range(1 + r.below(20)).map(() => ended(anEndlessCall(r)({ signal: controller.signal })));
      await someTime(r);
      controller.abort('all');
      for (const { error } of await Promise.all(promises)) check(error === 'all', 'one signal stops all of its calls', error);
      return 'ok';
    },

    async timedOut(r) {
      const endless = r.float() < 0.5;
      const { make, right } = endless ? { make: anEndlessCall(r) } : aCall(r);
      const { value, error } = await ended(make({ signal: AbortSignal.timeout(r.below(5)) }));
      if (error === undefined) check(right?.(value), 'a call gives its value', value);
      else check(error.name === 'TimeoutError', 'a call in time rejects with TimeoutError', error);
      return error === undefined ? 'value' : 'timeout';
    },

    async raced(r) {
      const [pipe, value, controller] = [new api.Pipe(), r.below(2 ** 31), new AbortController()];
      const promise = ended(pipe.take({ signal: controller.signal }));
      await someTime(r);
      pipe.send(value);
      for (let left = r.below(3); left > 0; left -= 1) await turn();
      controller.abort('late');
      const { value: got, error } = await promise;
      if (error === undefined) check(got === value && pipe.left() === 0, 'never both and never neither', [got, pipe.left()]);
      else check(error === 'late', 'an aborted call rejects with the reason', error);
      return error === undefined ? 'value' : 'reason';
    },

    async piped(r) {
      const [pipe, n] = [new api.Pipe(), 1 + r.below(20)];
      const takers = range(n).map(() => pipe.take());
      await pipe.sendSlowly(n);
      const values = await Promise.all(takers);
      check(same(values.sort((a, b) => a - b), range(n)) && pipe.left() === 0, 'no value is lost or doubled', values);
      return 'ok';
    },

    async abandoned(r) {
      const { make } = aCall(r);
      void make(r.float() < 0.3 ? { lazy: true } : undefined);
      await someTime(r);
      return 'ok';
    },

    async failed(r) {
      const n = r.below(4);
      const { error } = await ended(api.failAfter(n));
      check(error instanceof api.Trouble.Told && error.hops === n, 'an error has its class and fields', error);
      return 'ok';
    },

    async panicked(r) {
      const [n, how] = [r.below(4), r.below(native ? 6 : 5)];
      if (how === 0) {
        check((await api.panicInTask(n)).includes('in a task'), "a task's panic is told to who joins it");
        return 'in a task';
      }
      const make = [, () => api.panicAfter(n), () => api.panicDropped(n), () => api.askAndPanic(answering(r)), () => api.panicPlain(), () => api.panicJob(r.float() * 2)][how];
      const { error } = await ended((async () => make())());
      check(error instanceof api.PanicError && error.message.startsWith('stress: '), 'a panic rejects with PanicError', error);
      return 'panicked';
    },

    async panickedInAnAbort(r) {
      const controller = new AbortController();
      const promise = ended(api.panicDropped(2 ** 32 - 1, { signal: controller.signal }));
      await someTime(r);
      controller.abort('stop');
      check((await promise).error === 'stop', 'an aborted call rejects with the reason');
      return 'ok';
    },

    async refusedByHostCode(r) {
      const [error, at, turns] = [new Mine('mine'), r.below(3), r.below(3)];
      const plain = (n) => {
        if (n >= at) throw error;
        return n;
      };
      const late = async (n) => {
        for (let i = 0; i < turns; i += 1) await turn();
        return plain(n);
      };
      const f = r.choice([plain, late]);
      const make = r.choice([
        () => api.askSum(3, f),
        () => api.askSumSpawned(3, f),
        () => api.askInTasks(3, f),
        () => api.askBare(3, f),
        () => api.tell(40, plain),
        () => api.tellNarrow(40, plain),
        () => api.tellLossy(40, plain),
        () => (native ? api.tellBlocking(40, plain) : api.tell(40, plain)),
        () => api.countKept(3, (n) => plain(n) >= 0),
        () => api.awaitHost(late(3)),
      ]);
      const { error: caught } = await ended(make());
      check(caught === error || caught?.cause === error, 'what host code throws comes out as the same object', caught);
      return caught === error ? 'thrown' : 'as the cause';
    },

    async givenUpByRust(r) {
      let fired = 0;
      const turns = r.choice([0, 1, Infinity]);
      const slow = async (_, { signal }) => {
        signal.addEventListener('abort', () => (fired += 1));
        if (turns === Infinity) return new Promise(() => {});
        for (let i = 0; i < turns; i += 1) await turn();
        return 7;
      };
      const answer = await api.askBriefly(r.float() * 2, slow);
      for (let i = 0; i < 5_000 && answer === undefined && fired === 0 && turns === Infinity; i += 1) await sleep(1);
      check(answer === 7 || answer === undefined, 'host code gives its value or none', answer);
      check(fired <= 1 && (turns !== Infinity || fired === 1), "the signal of host code that Rust drops fires once", fired);
      return answer === undefined ? 'gave up' : 'answered';
    },

    async outlived(r) {
      const n = r.below(20);
      if (r.float() < 0.5) {
        await api.askDetached(n, answering(r));
        return 'asks';
      }
      const line = new api.Line(() => {});
      await line.sayLater(n);
      check((await line.say(n)) === n, 'a call gives its value');
      return 'tells';
    },

    async refusedArguments(r) {
      const make = r.choice([() => api.hop('x', 1), () => api.askSum(1, 7), () => api.awaitHost(7), () => new api.Item(1).pass(1, new api.Pipe())]);
      const { error } = await ended((async () => make())());
      check(error instanceof TypeError || error instanceof RangeError, 'a wrong argument is refused', error);
      return 'ok';
    },
  };
}
