#!/usr/bin/env bash
# `npm pack ./node`, then `npm install` of the tarball into an empty folder: ESM, CJS, the lab, and both sets of types.
# Needs node/dist (`npm run build` in node/); PONTON_NPM_BUILD=1 makes it, unoptimized.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ "${PONTON_NPM_BUILD:-}" = 1 ]; then
    cargo run --quiet -p ponton-cli -- build --quiet --host node --host web --manifest-path crates/lab/Cargo.toml \
        --no-default-features --name ponton --out-dir node/dist
fi
for file in index.mjs index.cjs index.d.ts web.js; do
    [ -f "node/dist/$file" ] || { echo "node/dist/$file is missing: run this with PONTON_NPM_BUILD=1" >&2; exit 1; }
done

# The compiler that the package itself is checked with.
TYPESCRIPT=$(node -p "require('./node/package.json').devDependencies.typescript")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "• npm pack ./node (Node $(node --version))"
tarball=$(cd node && npm pack --silent --pack-destination "$work")
tar -tzf "$work/$tarball" >"$work/files"
for file in dist/index.mjs dist/index.cjs dist/index.d.ts dist/index.d.cts dist/web.js dist/ponton_lab_bg.wasm bin/ponton.mjs LICENSE-MIT; do
    grep -qx "package/$file" "$work/files" || { echo "the tarball lacks $file" >&2; exit 1; }
done
grep -qE 'package/dist/.*\.node$' "$work/files" || { echo 'the tarball lacks the addon' >&2; exit 1; }
if grep -E 'package/(test|node_modules|tsconfig)' "$work/files"; then
    echo 'the tarball holds what is only for development' >&2
    exit 1
fi

echo '• npm install of the tarball'
mkdir "$work/app"
cd "$work/app"
echo '{ "name": "app", "private": true }' >package.json
npm install --silent --no-audit --no-fund "$work/$tarball" "typescript@$TYPESCRIPT" 2>/dev/null ||
    npm install --no-audit --no-fund "$work/$tarball" "typescript@$TYPESCRIPT"

cat >esm.mts <<'JS'
import { sleep, LabError, type LazyPromise } from 'ponton';
await sleep(1);
const lazy: LazyPromise<void> = sleep(1, { lazy: true });
await lazy;
if (typeof LabError.UnknownHost !== 'function') throw new Error('no error class');
console.log('esm');
JS
cat >cjs.cts <<'JS'
import ponton = require('ponton');
ponton.sleep(1).then(() => console.log('cjs'));
JS
npx --no-install tsc --strict --target es2022 --module nodenext --types '' esm.mts cjs.cts
cat >same.mjs <<'JS'
import { createRequire } from 'node:module';
import * as esm from 'ponton';
const cjs = createRequire(import.meta.url)('ponton');
const odd = Object.keys({ ...cjs, ...esm }).filter((name) => cjs[name] === undefined || esm[name] !== cjs[name]);
if (odd.length > 0) throw new Error(`ESM and CJS differ: ${odd}`);
JS
node same.mjs
[ "$(node esm.mjs)" = esm ] || { echo 'the ESM entry does not work' >&2; exit 1; }
[ "$(node cjs.cjs)" = cjs ] || { echo 'the CJS entry does not work' >&2; exit 1; }

npx --no-install ponton lab lazy-vs-eager --json >lab.json
grep -Eq '"event": ?"settled".*"part": ?"bridge' lab.json ||
    { echo 'the lab recorded no call through the bridge' >&2; exit 1; }
echo "  ESM, CJS, types and the lab work"
