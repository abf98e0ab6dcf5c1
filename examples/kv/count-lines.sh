#!/usr/bin/env bash
# Counts what the author wrote, and fails when any of it is about a host: that is what Ponton is for.
set -euo pipefail
cd "$(dirname "$0")"

count() { grep -cvE '^[[:space:]]*(//|$)' "$1" || true; }

printf '%5d lines of Rust (src/lib.rs, without blank lines and comments)\n' "$(count src/lib.rs)"
printf '%5d lines of tests (src/tests.rs)\n' "$(count src/tests.rs)"

hosts='pyo3|napi|neon|wasm[-_]bindgen|js[-_]sys|web[-_]sys|cfg\(feature|target_arch'
if grep -nE "$hosts" Cargo.toml src/*.rs; then
    echo 'The lines above are host code.' >&2
    exit 1
fi
echo '    0 lines of host code, 0 host crates in Cargo.toml'
