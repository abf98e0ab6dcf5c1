// Node's column of the lab, held against tests/conformance, and its command line.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { catalog, loadPonton } from '../lab/cli.mjs';
import { runPart } from '../lab/run.mjs';
import { bodies } from '../lab/scenarios/index.mjs';
import { expectedOf, judge } from './lab-check.mjs';

const on = { host: 'node', ...(await loadPonton()) };

for (const scenario of catalog()) {
  for (const part of scenario.parts) {
    test(`${scenario.name} ${part.name}`, async () => {
      const lines = await runPart(scenario, part, bodies[scenario.name] ?? {}, on);
      assert.deepEqual(judge(expectedOf(scenario.name, part.name, 'node'), lines), []);
    });
  }
}

test('the checker fails when it should', () => {
  const line = (/** @type {number} */ seq, /** @type {string} */ task, /** @type {string} */ event, note = '') =>
    /** @type {any} */ ({ seq, task, event, note });
  const lines = [line(1, 'main', 'mark', 'hello'), line(2, 'sleep#1', 'created'), line(3, 'sleep#1', 'dropped')];
  assert.deepEqual(judge({ order: [['main: hello', 'sleep created', 'sleep#1 dropped']] }, lines), []);
  for (const expected of [
    { order: [['sleep dropped', 'sleep created']] },
    { order: [['main: world']] },
    { order: [['main: hello']], absent: ['sleep dropped'] },
    { order: [['main: hello']], count: { 'sleep created': 2 } },
    { order: [['main: hello']], known_failure: 'it passes' },
    { unavailable: true },
    {},
  ]) {
    assert.notDeepEqual(judge(expected, lines), [], JSON.stringify(expected));
  }
  assert.notDeepEqual(judge({ order: [['main: hello']] }, []), []);
});

const run = (/** @type {string[]} */ ...args) =>
  spawnSync(process.execPath, [fileURLToPath(new URL('../bin/ponton.mjs', import.meta.url)), ...args], { encoding: 'utf8' });

test('the command line prints JSON lines of format version 1', () => {
  const { status, stdout } = run('lab', 'lazy-vs-eager', '--json');
  assert.equal(status, 0);
  const lines = stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
  const events = lines.filter((line) => !line.unavailable);
  assert.ok(events.length > 0);
  for (const line of events) {
    for (const key of ['v', 'seq', 't_us', 'host', 'thread', 'task', 'event', 'note', 'scenario', 'part']) {
      assert.ok(key in line, `${key} in ${JSON.stringify(line)}`);
    }
  }
});

test('an unknown scenario names those that exist', () => {
  const { status, stderr } = run('lab', 'nope');
  assert.equal(status, 2);
  for (const scenario of catalog()) assert.ok(stderr.includes(scenario.name));
});

test('the scenario texts are those of the Rust crate', () => {
  const read = (/** @type {string} */ path) => readFileSync(new URL(path, import.meta.url), 'utf8');
  assert.equal(read('../lab/scenarios.json'), read('../../crates/lab/scenarios.json'), 'run: make lab-data');
});
