// The observer: records what happens to promises, and changes nothing about them.

/**
 * One line of a trace, format version 1.
 * @typedef {object} TraceRecord
 * @property {1} v
 * @property {number} seq Position in the trace, from 1.
 * @property {number} t_us Microseconds since the trace began.
 * @property {string} host `node` or `browser`.
 * @property {string} thread
 * @property {string} task `name#id`, or a plain name for notes outside of any promise.
 * @property {string} event A lifecycle step, or `mark`.
 * @property {string} note
 * @property {string} [parent]
 */

/** Records native JavaScript. */
export class Tracer {
  /** @type {TraceRecord[]} */
  #records = [];
  /** @type {Set<Promise<unknown>>} */
  #floating = new Set();
  #began = performance.now();
  #lastId = 0;
  #host;

  /** @param {string} host `node` or `browser` */
  constructor(host) {
    this.#host = host;
  }

  /**
   * Records a note of the code under observation.
   * @param {string} task
   * @param {string} note
   */
  mark = (task, note) => this.#push(task, 'mark', note);

  /**
   * Calls `body` and records the life of the promise it returns, which is handed back untouched.
   * When the body suspends cannot be seen from outside in JavaScript, so `pending` is not recorded.
   * @template T
   * @param {string} name
   * @param {() => Promise<T>} body
   * @returns {Promise<T>}
   */
  observe = (name, body) => {
    const task = `${name}#${++this.#lastId}`;
    this.#push(task, 'first_poll');
    const promise = body();
    this.#push(task, 'created');
    const settled = promise.then(
      () => this.#push(task, 'ready'),
      (error) => this.#push(task, 'ready', `rejected: ${error?.name ?? error}`),
    );
    this.#floating.add(settled);
    return promise;
  };

  /** Native promises are waited for already, being observed. */
  linger = () => {};

  /** Waits for promises the code under observation left floating, then hands over the trace. */
  async stop() {
    await Promise.allSettled(this.#floating);
    return this.#records;
  }

  /** @param {string} task @param {string} event */
  #push(task, event, note = '') {
    this.#records.push({
      v: 1,
      seq: this.#records.length + 1,
      t_us: Math.round((performance.now() - this.#began) * 1000),
      host: this.#host,
      thread: 'loop',
      task,
      event,
      note,
    });
  }
}

/** Records through the bridge: Rust keeps the trace, so that its steps and our notes share one order. */
export class BridgeTracer {
  #ponton;
  /** @type {Set<Promise<unknown>>} */
  #floating = new Set();

  /** @param {typeof import('ponton')} ponton @param {string} host */
  constructor(ponton, host) {
    this.#ponton = ponton;
    ponton.traceStart(host);
  }

  /** @param {string} task @param {string} note */
  mark = (task, note) => this.#ponton.traceMark(task, note);

  /** @returns {never} */
  observe = () => {
    throw new Error('the bridge observes its own futures');
  };

  /**
   * Keeps the trace open until `promise` is settled: the lab waits for it, the code shown does not.
   * @param {Promise<unknown>} promise
   */
  linger = (promise) => void this.#floating.add(promise);

  /** @returns {Promise<TraceRecord[]>} */
  async stop() {
    await Promise.allSettled(this.#floating);
    return this.#ponton.traceStop().map((record) => {
      const { seq, tUs, host, thread, task, event, note, parent } = record;
      /** @type {TraceRecord} */
      const line = { v: 1, seq, t_us: tUs, host, thread, task, event, note };
      return parent ? { ...line, parent } : line;
    });
  }
}
