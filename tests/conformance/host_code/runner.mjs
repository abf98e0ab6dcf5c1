// The cases of this folder in JavaScript: a thin runner for Node, Bun, Deno and the browser.

import { classOf, same, value } from '../calls/runner.mjs';

const camel = (name) => name.replace(/_([a-z0-9])/g, (_, c) => c.toUpperCase());
const evaluate = (expression) => new Function(`return ${expression};`)();
const native = (testCase, key) => testCase[`${key}_js`] ?? testCase[key];
const turn = () => new Promise((resolve) => { setTimeout(resolve, 0); });

function assert(condition, message) {
  if (!condition) throw new Error(message);
}

/** What one case hands over, and the exceptions that it names. */
class Host {
  constructor(api, testCase, context) {
    this.api = api;
    this.context = context;
    this.errors = Object.fromEntries(
      Object.entries(testCase.errors ?? {}).map(([name, each]) => [name, evaluate(each.js)]),
    );
  }

  /** The value of a form, which may be about the arguments. */
  form(form, args = []) {
    if (form === null || typeof form !== 'object') return value(form);
    if (Array.isArray(form)) return form.map((item) => this.form(item, args));
    if ('fn' in form) return this.function(form.fn, form.plain ?? false);
    if ('object' in form) {
      return Object.fromEntries(Object.entries(form.object).map(([name, method]) => [camel(name), this.form(method)]));
    }
    if ('awaitable' in form) return awaitable(this.form(form.awaitable), form.as);
    if ('arg' in form) return args[form.arg];
    if ('text' in form) return String(this.form(form.text, args));
    if ('add' in form) return this.form(form.add[0], args) + this.form(form.add[1], args);
    if ('odd' in form) return this.form(form.odd, args) % 2 === 1;
    if ('context' in form) return this.context?.getStore() ?? 'elsewhere';
    return value(form);
  }

  function(steps, plain) {
    const host = this;
    if (plain) {
      return (...args) => {
        for (const step of steps) {
          const done = host.atOnce(step, args);
          if (done) return done.value;
        }
        return undefined;
      };
    }
    return async function asynchronous(...args) {
      for (const step of steps) {
        // Only a step that waits may wait: what comes before the first runs in the call.
        if ('turn' in step || 'hang' in step) await host.wait(step, args);
        const done = host.atOnce(step, args);
        if ('recurse' in step) return host.recurse(step, args, asynchronous);
        if (done) return done.value;
      }
      return undefined;
    };
  }

  atOnce(step, args) {
    if ('event' in step) this.api.event(this.form(step.event, args));
    if ('event_if' in step) {
      const [left, right, text] = step.event_if;
      if (this.form(left, args) === right) this.api.event(text);
    }
    if ('return' in step) return { value: this.form(step.return, args) };
    if ('raise' in step) throw this.errors[step.raise];
    if ('raise_at' in step && args[0] === step.raise_at[0]) throw this.errors[step.raise_at[1]];
    if ('raise_typed' in step) throw this.typed(step.raise_typed, step.fields);
    if ('raise_unless' in step && args[0] !== step.raise_unless[0]) {
      throw this.typed(step.raise_unless[1].typed, step.raise_unless[1].fields);
    }
    return undefined;
  }

  typed(name, fields) {
    const Class = classOf(this.api, name);
    return new Class('raised by the host', Object.fromEntries(Object.entries(fields).map(([key, form]) => [camel(key), value(form)])));
  }

  async wait(step, args) {
    for (let i = 0; i < (step.turn ?? 0); i += 1) await turn();
    if ('hang' in step) {
      const { signal } = args.at(-1) ?? {};
      await new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          this.api.event(step.hang);
          reject(signal.reason);
        });
      });
    }
  }

  async recurse(step, args, self) {
    if (args[0] === 0) {
      if (step.bottom !== undefined) throw this.errors[step.bottom];
      return 0;
    }
    return (await this.api[camel(step.recurse)](args[0] - 1, self)) + 1;
  }
}

function awaitable(call, kind) {
  const promise = call();
  promise.catch(() => {}); // Rust may let go of it
  return kind === 'thenable' ? { then: (resolve, reject) => promise.then(resolve, reject) } : promise;
}

function target(host, testCase) {
  const { api } = host;
  if (!testCase.call.includes('.')) return api[camel(testCase.call)];
  const [name, method] = testCase.call.split('.');
  const object = new api[name](...host.form(testCase.new));
  return (...args) => object[camel(method)](...args);
}

async function attempt(host, testCase, events) {
  const call = target(host, testCase);
  const args = testCase.args.map((arg) => host.form(arg));
  if (testCase.sync) return call(...args);
  if (testCase.cancel_at === undefined) {
    const result = await call(...args);
    await turn();
    return result;
  }
  const controller = new AbortController();
  const promise = call(...args, { signal: controller.signal });
  promise.catch(() => {});
  for (events.push(...host.api.takeEvents()); !events.includes(testCase.cancel_at); events.push(...host.api.takeEvents())) await turn();
  controller.abort();
  const error = await promise.then(() => undefined, (reason) => reason);
  assert(error === controller.signal.reason, `${error} is not the signal's reason`);
  for (let i = 0; i < 20; i += 1) await turn();
  return undefined;
}

function checkRaised(api, error, raises) {
  const Class = classOf(api, raises.js);
  assert(error?.constructor === Class, `${error?.constructor?.name} (${error?.message}) is not ${raises.js}`);
  for (const text of raises.has) {
    const seen = [text, camel(text)].some((form) => error.message.includes(form));
    assert(seen, `${JSON.stringify(text)} is not in ${JSON.stringify(error.message)}`);
  }
  if (raises.is) {
    assert(error instanceof classOf(api, raises.is), `not a ${raises.is}`);
    assert(error.code === raises.code, `code ${error.code} is not ${raises.code}`);
  }
  for (const [name, form] of Object.entries(raises.fields ?? {})) {
    assert(same(error[camel(name)], value(form)), `${name}: ${error[camel(name)]}`);
  }
  if (raises.cause) assert(String(error.cause?.message).includes(raises.cause), `cause: ${error.cause}`);
}

async function check(api, testCase, context) {
  const host = new Host(api, testCase, context);
  const events = [];
  api.takeEvents();
  const run = () => attempt(host, testCase, events).then((got) => ({ got }), (error) => ({ error, failed: true }));
  const { got, error, failed } = await (testCase.context === undefined ? run() : context.run(testCase.context, run));
  const fails = testCase.raises !== undefined || testCase.raises_same !== undefined;
  if (!failed) {
    assert(!fails, `gave ${String(got)} instead of failing`);
    const expected = value(native(testCase, 'returns') ?? null);
    assert(testCase.cancel_at !== undefined || same(got, expected), `${String(got)} is not ${String(expected)}`);
  } else if (testCase.raises_same !== undefined) {
    assert(Object.is(error, host.errors[testCase.raises_same]), `another error came out: ${error?.stack ?? error}`);
  } else if (testCase.raises !== undefined) {
    checkRaised(api, error, testCase.raises);
    if (testCase.cause_same) assert(error.cause === host.errors[testCase.cause_same], `cause: ${error.cause}`);
  } else {
    throw error;
  }
  events.push(...api.takeEvents());
  const show = JSON.stringify(events);
  if (testCase.events_len !== undefined) assert(events.length === testCase.events_len, `${events.length} events`);
  else if (testCase.events_any) assert(testCase.events_any.some((wanted) => same(events, wanted)), show);
  else if (native(testCase, 'events')) assert(same(events, native(testCase, 'events')), show);
}

/**
 * Registers every case of `file` that `host` runs.
 *
 * @param {Record<string, any>} api the fixture's exports
 * @param {{ cases: any[] }} file the parsed cases.json
 * @param {'node' | 'browser'} host
 * @param {(name: string, run: () => Promise<void>) => void} test
 * @param {{ run: (value: string, body: () => any) => any, getStore: () => string }} [context] an `AsyncLocalStorage`
 * @param {string} runtime whose known failures count: 'bun' and 'deno' run the cases of 'node'
 */
export function register(api, file, host, test, context, runtime = host) {
  for (const testCase of file.cases) {
    if (testCase.hosts && !testCase.hosts.includes(host)) continue;
    const reason = testCase.known_failure?.[runtime];
    test(testCase.name, async () => {
      if (!reason) return check(api, testCase, context);
      const failed = await check(api, testCase, context).then(() => false, () => true);
      assert(failed, `passes now; remove its known_failure: ${reason}`);
    });
  }
}
