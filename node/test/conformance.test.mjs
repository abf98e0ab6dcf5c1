// The calls that every host makes, in Node.

import { readFileSync } from 'node:fs';
import test from 'node:test';

import { register } from '../../tests/conformance/calls/runner.mjs';
import { api } from './fixture.mjs';

const cases = JSON.parse(readFileSync(new URL('../../tests/conformance/calls/cases.json', import.meta.url), 'utf8'));

register(api, cases, 'node', (name, run) => test(name, run));
