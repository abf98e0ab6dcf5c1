// Any value into any parameter: what every JavaScript host does. PONTON_FUZZ=20000 makes so many examples for each test.

import test from 'node:test';
import vm from 'node:vm';

import fc from 'fast-check';

import { register } from '../../tests/conformance/javascript/fuzz.mjs';
import { api } from './fixture.mjs';

register(api, test, fc, {
  evaluate: (code) => vm.runInNewContext(code),
  more: [() => Buffer.from('abc')],
  runs: Number(process.env.PONTON_FUZZ ?? 0),
});
