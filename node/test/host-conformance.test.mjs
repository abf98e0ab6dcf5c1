// Rust asks, JavaScript answers: the cases that every host runs, in Node.

import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { register } from '../../tests/conformance/host_code/runner.mjs';
import { api } from './fixture.mjs';

const cases = JSON.parse(readFileSync(new URL('../../tests/conformance/host_code/cases.json', import.meta.url), 'utf8'));

register(api, cases, 'node', (name, run) => test(name, run), new AsyncLocalStorage());
