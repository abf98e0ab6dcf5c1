// Any value into any parameter: what every JavaScript host does.

import fc from '/fast-check/fast-check.js';
import * as api from '/fixture/web.js';
import { register } from '/cases/javascript/fuzz.mjs';

export default function define(test, { where }) {
  register(api, test, fc, { evaluate: where === 'page' ? inFrame() : undefined, word: 32, earliest: new Date(0) });
}

/** Runs a text in a frame: in another realm. */
function inFrame() {
  const frame = document.createElement('iframe');
  document.body.append(frame);
  return (code) => frame.contentWindow.eval(code);
}
