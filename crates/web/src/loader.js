// The finished API of the wasm module beside this file. Importing it waits until the module is there.

import * as glue from './__STEM___bg.js';
import { start } from '__HOST__';
import runtime from './runtime.js';

await glue.default({ module_or_path: new URL('__STEM___bg.wasm', import.meta.url) });

export default runtime(start(glue));
