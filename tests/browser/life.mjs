// Pages that are closed, left and come back: what only somebody outside of the page can do.

import assert from 'node:assert/strict';

const ROUNDS = 10;

/** Registers each test; `launch` starts a browser. */
export function define(test, { origin, launch }) {
  const open = async (browser) => {
    const page = await browser.newPage();
    let crashed = false;
    page.on('crash', () => { crashed = true; });
    await page.goto(`${origin}/tests/life.html`);
    await page.waitForFunction(() => globalThis.ready);
    return { page, alive: () => assert.ok(!crashed, 'the page crashed') };
  };

  test(`a page is closed with calls pending, ${ROUNDS} times`, async (browser) => {
    const witness = await open(browser);
    for (let round = 0; round < ROUNDS; round += 1) {
      const { page, alive } = await open(browser);
      await page.evaluate(() => globalThis.fill());
      if (round % 2) await page.evaluate(() => api.nap(2));
      alive();
      await page.close({ runBeforeUnload: round % 3 === 0 });
    }
    assert.equal(await witness.page.evaluate(() => api.nap(1, 7)), 7);
    await witness.page.close();
  });

  test(`a page is left and reloaded with calls pending, ${ROUNDS} times`, async (browser) => {
    const { page, alive } = await open(browser);
    for (let round = 0; round < ROUNDS; round += 1) {
      await page.evaluate(() => globalThis.fill());
      if (round % 2) await page.reload();
      else {
        await page.goto(`${origin}/tests/other.html`);
        await page.goto(`${origin}/tests/life.html`);
      }
      await page.waitForFunction(() => globalThis.ready);
      assert.equal(await page.evaluate(() => api.created()), 0, 'a fresh instance');
      assert.equal(await page.evaluate(() => api.nap(1, 7)), 7);
      alive();
    }
    await page.close();
  });

  // ── back/forward cache ──

  /** Runs `body` in whatever page the tab shows. Playwright's own `evaluate` loses a page that comes back. */
  const evaluate = async (tab, body) => {
    const expression = `(${body})()`;
    const { result, exceptionDetails } = await tab.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    assert.equal(exceptionDetails, undefined, exceptionDetails?.exception?.description);
    return result.value;
  };

  /** Turns until the tab shows the page of that name, loaded. */
  const shows = async (tab, name) => {
    const there = `() => location.pathname.endsWith('${name}') && document.readyState === 'complete'`;
    while (!(await evaluate(tab, there).catch(() => false))) await new Promise((resolve) => { setTimeout(resolve, 20); });
  };

  /** Goes away from a page in which `before` ran, and comes back. */
  async function awayAndBack(tab, before) {
    await evaluate(tab, before);
    await evaluate(tab, "() => { location.href = '/tests/other.html'; }");
    await shows(tab, 'other.html');
    // Nothing of ours may run meanwhile; what was due is late, not lost.
    await evaluate(tab, '() => new Promise((resolve) => { setTimeout(resolve, 50); })');
    await evaluate(tab, '() => { history.back(); }');
    await shows(tab, 'life.html');
    const answer = await evaluate(tab, `async () => {
      while (!globalThis.ready || globalThis.seen.length === 0) await new Promise((resolve) => { setTimeout(resolve); });
      return [globalThis.seen, performance.getEntriesByType('navigation')[0].notRestoredReasons];
    }`);
    assert.deepEqual(answer[0], [false, true], `not restored: ${JSON.stringify(answer[1])}`);
  }

  for (const [name, before, after] of [
    ['an idle page', () => api.nap(1), undefined],
    ['calls in every state', () => globalThis.fill(), undefined],
    [
      'a sleep that is due meanwhile, one that is due later, and work',
      () => {
        globalThis.naps = Promise.all([api.nap(20, 1), api.nap(300, 2), api.work(2000)]);
        return api.nap(1);
      },
      async (run) => assert.deepEqual(await run(() => globalThis.naps), [1, 2, 2000]),
    ],
    [
      'work so long that it yields to rendering',
      async () => {
        const busy = api.work(1e9);
        void busy;
        await api.work(100_000);
      },
      async (run) => {
        const steps = await run(() => api.steps());
        while ((await run(() => api.steps())) === steps);
      },
    ],
    [
      'an abort when it is back',
      () => {
        api.resetCounters();
        globalThis.controller = new AbortController();
        globalThis.stopped = api.waitForever({ signal: globalThis.controller.signal }).catch((reason) => reason);
      },
      async (run) => {
        assert.equal(await run(() => (globalThis.controller.abort('back'), globalThis.stopped)), 'back');
        assert.equal(await run(() => api.dropped()), 1);
      },
    ],
    [
      'host code that answers when it is back',
      () => {
        globalThis.asked = api.mapElsewhere([1, 2], (n) => new Promise((resolve) => { globalThis.answer = () => resolve(n * 2); }));
        return api.nap(5);
      },
      async (run) => {
        await run(async () => {
          globalThis.answer();
          while (!globalThis.second) {
            await new Promise((resolve) => { setTimeout(resolve); });
            globalThis.answer();
            globalThis.second = await Promise.race([globalThis.asked, new Promise((resolve) => { setTimeout(resolve); })]);
          }
        });
        assert.deepEqual(await run(() => globalThis.asked), [2, 4]);
      },
    ],
    [
      'a call that panicked before',
      () => api.panicLater('x').catch((error) => error.message),
      async (run) => assert.equal(await run(() => api.spawned(1)), 2),
    ],
  ]) {
    test(`back/forward cache: ${name}`, async () => {
      // Playwright turns the cache off unless it is told otherwise.
      const browser = await launch({ ignoreDefaultArgs: ['--disable-back-forward-cache'] });
      try {
        const { page, alive } = await open(browser);
        const tab = await page.context().newCDPSession(page);
        await awayAndBack(tab, before);
        await after?.((body) => evaluate(tab, body));
        assert.equal(await evaluate(tab, () => api.nap(1, 7)), 7);
        assert.deepEqual(await evaluate(tab, () => api.mapElsewhere([1], async (n) => n)), [1]);
        alive();
      } finally {
        await browser.close();
      }
    });
  }
}
