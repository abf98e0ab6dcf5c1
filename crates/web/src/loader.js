// The finished API of the wasm module beside this file. Importing it waits until the module is there.

import {
  __wbg_finalize_init, __wbg_get_imports, __wbg_reset_state, ponton_boot, ponton_call, ponton_start, ponton_trapped,
} from './__STEM___bg.js';
import { start } from '__HOST__';
//@ host
import { ponton_answer } from './__STEM___bg.js';
import { answer } from '__HOST__';
//@ else
let answer, ponton_answer;
//@ end
//@ classes
import { release } from '__HOST__';
//@ else
let release;
//@ end
import runtime from './runtime.js';

const response = await fetch(new URL('__STEM___bg.wasm', import.meta.url));
if (!response.ok) throw new Error(`${response.url}: HTTP ${response.status}`);
const imports = __wbg_get_imports();
// A server that does not know its type gets it compiled when it is there, instead of on its way.
const { instance, module } = response.headers.get('content-type') === 'application/wasm'
  ? await WebAssembly.instantiateStreaming(response, imports)
  : await WebAssembly.instantiate(await response.arrayBuffer(), imports);
__wbg_finalize_init(instance, module);

// By name, so that a bundler sees what of the glue is not in use.
const glue = { __wbg_reset_state, ponton_answer, ponton_boot, ponton_call, ponton_start, ponton_trapped };
export default runtime({ ...start(glue), answer, release });
