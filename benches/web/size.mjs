// What a package of one function weighs: the module after `wasm-opt -Oz` and its JavaScript as a bundler ships it, gzipped.

import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** How an application imports each. */
const ENTRIES = {
  ponton: (file) => `export { add } from ${JSON.stringify(file)};`,
  'wasm-bindgen': (file) => `import init, { add } from ${JSON.stringify(file)};\nawait init();\nexport { add };`,
};

/** Bundles the package whose entry is `entry` into `outDir`, and answers the bytes of its parts. */
export async function weigh(subject, entry, outDir) {
  const { build } = await import('esbuild').catch((cause) => {
    throw new Error('esbuild is not installed: run `npm ci` in benches/web', { cause });
  });
  await mkdir(outDir, { recursive: true });
  const source = path.join(outDir, 'app.js');
  const bundle = path.join(outDir, 'bundle.js');
  await writeFile(source, ENTRIES[subject](entry));
  await build({ entryPoints: [source], outfile: bundle, bundle: true, minify: true, format: 'esm', logLevel: 'error' });
  const folder = path.dirname(entry);
  const wasm = (await readdir(folder)).find((name) => name.endsWith('.wasm'));
  // The bundle looks for it beside itself.
  await copyFile(path.join(folder, wasm), path.join(outDir, wasm));
  const [js, module] = await Promise.all([gzipped(bundle), gzipped(path.join(folder, wasm))]);
  return { size_gz: js + module, size_gz_wasm: module, size_gz_js: js };
}

async function gzipped(file) {
  return gzipSync(await readFile(file), { level: 9 }).length;
}
