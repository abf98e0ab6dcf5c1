// The other direction: Rust calls and awaits code of the page, and what either does to the other.

import * as trouble from '/trouble/web.js';
import * as breaking from '/trouble-for-good/web.js';

import { equal, fails, nextTask, ok, same, testWithGc, until } from './assert.js';

/** Has `keep` take an oracle, and gives a weak reference to it: no frame that lives on has seen it. */
function kept(keep) {
  const held = oracle();
  keep(held);
  return new WeakRef(held);
}

/** What `body` logs with console.error. */
async function logged(body) {
  const lines = [];
  const { error } = console;
  console.error = (...line) => lines.push(line.join(' '));
  try {
    await body();
  } finally {
    console.error = error;
  }
  return lines;
}

/** The errors that nobody caught while `body` runs, and a task longer. */
async function uncaught(body) {
  const errors = [];
  const listen = (event) => {
    event.preventDefault();
    errors.push(event.error);
  };
  globalThis.addEventListener('error', listen);
  try {
    await body();
    await nextTask();
    await nextTask();
  } finally {
    globalThis.removeEventListener('error', listen);
  }
  return errors;
}

const oracle = (methods = {}) => ({ ask: async (question) => `${question}!`, number: async () => 7, hear() {}, ...methods });

/** Has the collector run until it took what `ref` points to; gives up after a number of rounds. */
async function isCollected(ref, rounds = 20) {
  for (let round = 0; round < rounds; round++) {
    if (ref.deref() === undefined) return true;
    await nextTask(); // in the task that has seen it, it lives on
    globalThis.gc();
    await nextTask();
  }
  return false;
}

export default function define(test, { where }) {
  // ── calls ──

  test('an async function is awaited, a plain one gives its result', async () => {
    equal(await trouble.twice(async (n) => n * 10), 30);
    equal(await trouble.twice((n) => n * 10), 30);
    equal(await trouble.twice((n) => ({ then: (resolve) => setTimeout(resolve, 0, n) })), 3);
    equal(await trouble.twice((n) => new Promise((resolve) => setTimeout(resolve, 0, n)), { lazy: true }), 3);
  });

  test('it runs in the call, before the caller goes on', async () => {
    const order = [];
    const call = trouble.plain(() => {
      order.push('function');
      return 1;
    });
    order.push('caller');
    equal(await call, 1);
    same(order, ['function', 'caller']);
  });

  test('a loop over a ready function needs no task of the event loop', async () => {
    let late = false;
    setTimeout(() => {
      late = true;
    });
    equal(await trouble.twice(async (n) => n), 3);
    equal(late, false);
  });

  test('methods are called on their object, and looked up at each use', async () => {
    const heard = [];
    class Seer {
      #prefix = 'the ';
      async ask(question) {
        this.hear = (line) => heard.push(`late ${line}`);
        return this.#prefix + question;
      }
      number() {
        return 1;
      }
      hear(line) {
        heard.push(line);
      }
    }
    equal(await trouble.consult(new Seer(), 'x'), 'the x');
    same(heard, ['late the x']);
  });

  test('a promise and a thenable are awaited, nothing else is', async () => {
    equal(await trouble.letGo(() => {}, Promise.resolve()), undefined);
    equal(await trouble.letGo(() => {}, { then: (resolve) => resolve() }), undefined);
    await fails(trouble.letGo(() => {}, 3), TypeError, "'rest'", 'Promise', 'number');
  });

  test('what cannot be called, or lacks a method, is refused at the call', async () => {
    await fails(trouble.plain(3), TypeError, "plain() argument 'f': expected function, got number");
    await fails(trouble.consult({ ask() {}, number() {} }, 'x'), TypeError, "consult() argument 'oracle': expected Oracle, got an object without method 'hear'");
    await fails(trouble.consult(7, 'x'), TypeError, "'oracle'", 'Oracle');
  });

  test('a result that does not fit is an error of the function', async () => {
    await fails(trouble.plain(() => 'x'), TypeError, 'f() result', 'got string');
    await fails(trouble.plain(async () => -1), RangeError, 'f() result');
    await fails(trouble.consult(oracle({ ask: () => 3 }), 'x'), TypeError, 'Oracle.ask() result: expected string, got number');
  });

  // ── errors ──

  test('what it throws comes out as it is', async () => {
    for (const thrown of [new EvalError('mine'), 3, undefined, null, 'text', Symbol('s'), { kind: 1 }]) {
      const throwing = () => {
        throw thrown;
      };
      const rejecting = () => Promise.reject(thrown);
      const later = async () => {
        await nextTask();
        throw thrown;
      };
      for (const f of [throwing, rejecting, later]) {
        equal(await fails(trouble.twice(f)), thrown);
        equal(await fails(trouble.plain(f)), thrown);
      }
      equal(await fails(trouble.letGo(() => {}, rejecting())), thrown);
      equal(await fails(trouble.plainHere(false, throwing)), thrown);
      equal(await fails(trouble.plainHere(true, throwing)), thrown);
      equal(await fails(async () => trouble.apply(throwing)), thrown);
    }
  });

  test('an error keeps its stack', async () => {
    function culprit() {
      throw new Error('here');
    }
    for (const call of [() => trouble.twice(culprit), () => trouble.plain(async () => culprit()), () => trouble.plainHere(true, culprit), () => trouble.apply(culprit)]) {
      const error = await fails(async () => call());
      ok(error.stack.includes('culprit'), error.stack);
    }
  });

  test('letting an error through is no panic: nothing is logged, and the instance goes on', async () => {
    const throwing = () => {
      throw new Error('through');
    };
    const lines = await logged(async () => {
      for (let i = 0; i < 1000; i++) {
        await fails(trouble.plainHere(i % 2 === 0, throwing), Error, 'through');
        await fails(async () => trouble.apply(throwing), Error, 'through');
      }
    });
    same(lines, []);
    const panics = await logged(() => fails(trouble.panicAfter(() => {}), trouble.PanicError, 'after the answer'));
    equal(panics.length, 1);
    equal(await trouble.plainHere(true, (n) => n), 1);
  });

  // ── cancel ──

  test('Rust lets go of a call: its signal fires, once', async () => {
    let fired = 0;
    let seen;
    const f = ({ signal }) => {
      seen = signal;
      signal.addEventListener('abort', () => fired++);
      return new Promise(() => {});
    };
    let done;
    const call = trouble.letGo(f, new Promise((resolve) => {
      done = resolve;
    }));
    ok(seen instanceof AbortSignal);
    await undefined;
    equal(fired, 1);
    equal(seen.aborted, true);
    done();
    await call;
    equal(fired, 1);
  });

  test('the outer call is aborted: Rust is dropped, and with it what it asked for, once', async () => {
    const order = [];
    const outer = new AbortController();
    const before = trouble.dropped();
    const call = trouble.plainGuarded(({ signal }) => {
      signal.addEventListener('abort', () => order.push('inner'));
      return new Promise(() => {});
    }, { signal: outer.signal });
    await nextTask();
    outer.abort('enough');
    order.push(`aborted, ${trouble.dropped() - before} dropped`);
    equal(await fails(call), 'enough');
    await nextTask();
    same(order, ['aborted, 1 dropped', 'inner']);
  });

  test('a call that ended leaves its signal alone', async () => {
    let seen;
    equal(await trouble.plain(async ({ signal }) => {
      seen = signal;
      return 4;
    }), 4);
    await nextTask();
    equal(seen.aborted, false);
  });

  test('an answer after the end is nobody’s', async () => {
    let answer;
    const outer = new AbortController();
    const call = trouble.plain(() => new Promise((resolve) => {
      answer = resolve;
    }), { signal: outer.signal });
    outer.abort('gone');
    equal(await fails(call), 'gone');
    answer(1);
    await nextTask();
    equal(await trouble.plain(async () => 2), 2);
  });

  test('the function aborts the call that called it', async () => {
    const outer = new AbortController();
    const { signal } = outer;
    equal(await fails(trouble.plain(async () => {
      outer.abort('inside');
      await nextTask();
      return 1;
    }, { signal })), 'inside');
    const again = new AbortController();
    equal(await fails(trouble.twice((n) => {
      if (n === 2) again.abort('second');
      return n;
    }, { signal: again.signal })), 'second');
  });

  // ── notifications ──

  test('in order, from the call and its tasks, before it settles', async () => {
    const seen = [];
    const count = await trouble.notes(10, (i) => seen.push(i));
    equal(count, 10);
    same(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('one that throws ends the call with what it threw', async () => {
    const mine = new EvalError('mine');
    for (const at of [0, 2, 3]) {
      const seen = [];
      equal(await fails(trouble.notes(10, (i) => {
        seen.push(i);
        if (i === at) throw mine;
      })), mine, `at ${at}`);
    }
    equal(await fails(trouble.consult(oracle({ hear() { throw mine; } }), 'x')), mine);
  });

  test('from a plain function, by way of one that was handed over before', async () => {
    const heard = [];
    const mine = new EvalError('mine');
    trouble.keep(oracle({ hear: (line) => heard.push(line) }));
    trouble.keep(oracle({ hear: (line) => {
      if (line === 'b') throw mine;
    } }));
    trouble.tell('a');
    same(heard, ['a']);
    equal(await fails(async () => trouble.tell('b')), mine);
    // And from within a call of the page's code, without harm to the call around it.
    equal(await trouble.twice((n) => {
      try {
        trouble.tell('b');
      } catch (error) {
        equal(error, mine);
        return n;
      }
      return 0;
    }), 3);
    same(heard, ['a', 'b', 'b', 'b']);
    trouble.forget();
  });

  test('its rejection is unhandled, as that of any function nobody awaits', async () => {
    const mine = new EvalError('floating');
    const seen = new Promise((resolve) => {
      globalThis.addEventListener('unhandledrejection', (event) => {
        event.preventDefault();
        resolve(event.reason);
      }, { once: true });
    });
    equal(await trouble.notes(1, async () => {
      throw mine;
    }), 1);
    equal(await seen, mine);
  });

  // ── tasks ──

  test('a task that a call spawned asks as part of it', async () => {
    equal(await trouble.askInTask(oracle()), '7');
    const lines = await logged(async () => {
      const mine = new EvalError('no');
      equal(await fails(trouble.askInTask(oracle({ number: async () => { throw mine; } }))), mine);
    });
    same(lines, []);
  });

  test('what a task raises when its call is over is an uncaught error', async () => {
    const [first, second] = [new EvalError('ends the call'), new EvalError('nobody waits')];
    const errors = await uncaught(async () => {
      equal(await fails(trouble.notes(3, (i) => {
        if (i === 1) throw first;
        if (i === 2) throw second;
      })), first);
    });
    same(errors.length, 1);
    equal(errors[0], second);
  });

  test('a task ends its call, whose destructor panics: nobody waits for ever', async () => {
    await fails(trouble.bombBeside(() => {
      throw new EvalError('ends the call');
    }));
    equal(await trouble.askInTask(oracle()), '7');
  });

  // ── re-entrance ──

  test('page, Rust, page, Rust, a hundred deep', async () => {
    equal(await trouble.dig(100, function down(n) {
      return trouble.dig(n, down);
    }), 100);
    equal(await trouble.dig(100, async function down(n) {
      await undefined;
      return trouble.dig(n, down);
    }), 100);
    // A worker has half the stack of a page, and a debug build takes much of it.
    const plainly = where === 'page' ? 100 : 50;
    equal(trouble.digHere(plainly, function down(n) {
      return trouble.digHere(n, down);
    }), plainly);
    const mine = new EvalError('at the bottom');
    equal(await fails(trouble.dig(100, function down(n) {
      if (n === 0) throw mine;
      return trouble.dig(n, down);
    })), mine);
    equal(await fails(async () => trouble.digHere(plainly, function down(n) {
      if (n === 0) throw mine;
      return trouble.digHere(n, down);
    })), mine);
  });

  test('without an end: the error of a full stack, and the instance goes on', async () => {
    const full = await fails(function down() {
      return [down()];
    });
    for (let i = 0; i < 3; i++) {
      await fails(async () => trouble.digHere(1e6, function down(n) {
        return trouble.digHere(n, down);
      }), full.constructor);
    }
    equal(trouble.digHere(10, function down(n) {
      return trouble.digHere(n, down);
    }), 10);
  });

  test('a panic in Rust that the function called costs that call alone', async () => {
    const inner = [];
    const f = async (n) => {
      inner.push(trouble.panicAfter(() => {}).catch((error) => error.message));
      inner.push(trouble.panicAfter(async () => {}).catch((error) => error.message));
      await fails(async () => trouble.panicHere(), trouble.PanicError, 'here');
      return n;
    };
    equal(await trouble.twice(f), 3);
    same(await Promise.all(inner), Array(4).fill('after the answer'));
    // The same on the stack of the poll, and with calls that it owns afterwards.
    equal(await trouble.twice((n) => {
      let message;
      try {
        trouble.panicHere();
      } catch (error) {
        ({ message } = error);
      }
      equal(message, 'here');
      return n;
    }), 3);
    const mine = new EvalError('mine');
    equal(await fails(trouble.notes(3, (i) => {
      if (i === 0) {
        try {
          trouble.panicHere();
        } catch {
          return;
        }
      }
      if (i === 1) throw mine;
    })), mine, 'the poll still knows its call');
  });

  test('an error that passes through two calls', async () => {
    const mine = new EvalError('mine');
    const throwing = () => {
      throw mine;
    };
    equal(await fails(trouble.twice(() => trouble.apply(throwing))), mine);
    equal(await fails(trouble.twice(() => trouble.plainHere(true, throwing))), mine);
    equal(await fails(async () => trouble.apply(() => trouble.apply(throwing))), mine);
    equal(await fails(trouble.plainHere(false, () => trouble.apply(throwing))), mine);
    equal(await fails(trouble.plainHere(true, () => trouble.apply(throwing))), mine);
  });

  test('a panic in the poll of an answer: that call rejects, and those behind it are polled', async () => {
    const answered = [];
    const errors = await uncaught(async () => {
      const peer = trouble.peer();
      const fork = trouble.fork(async () => {
        await nextTask();
        answered.push(true);
      });
      await fails(fork, trouble.PanicError, 'forked');
      equal(await peer, 1);
    });
    same(errors, []);
    same(answered, [true]);
  });

  test('a thousand panics on answers leave the instance as it was', async () => {
    for (let i = 0; i < 1000; i++) await fails(trouble.panicAfter(async () => {}), trouble.PanicError, 'after the answer');
    equal(await trouble.twice(async (n) => n), 3);
  });

  // ── lifetime ──

  testWithGc(test, 'a function is let go when Rust drops it', async () => {
    const ref = kept(trouble.keep);
    equal(await isCollected(ref, 3), false, 'while it is kept');
    equal(trouble.forget(), 1);
    equal(await isCollected(ref), true, 'after');
  });

  testWithGc(test, 'an instance that stops: signals fire, and reset() lets go of what it kept', async () => {
    const ref = kept(breaking.keep);
    let answer;
    let aborted = 0;
    const pending = breaking.plain(({ signal }) => {
      signal.addEventListener('abort', () => aborted++);
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    const error = await fails(breaking.abortLater(), breaking.PanicError, 'unusable');
    ok((await fails(pending, breaking.PanicError)).reset);
    await until(() => aborted === 1);
    error.reset();
    answer(5);
    equal(await breaking.plain(async () => 6), 6);
    equal(breaking.forget(), 0);
    equal(await isCollected(ref), true);
  });

  test('an instance that stops below a function of the page: the calls around it reject too', async () => {
    let inner;
    const outer = breaking.twice((n) => {
      try {
        breaking.overflow();
      } catch (error) {
        inner = error;
        error.reset();
      }
      return n;
    });
    await fails(outer, breaking.PanicError, 'unusable');
    equal(typeof inner.reset, 'function');
    await nextTask();
    equal(await breaking.twice(async (n) => n), 3, 'reset as soon as nothing of it was on the stack');
  });
}
