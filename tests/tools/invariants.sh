#!/usr/bin/env bash
# The invariants of ARCHITECTURE.md that can be read off the tree: who imports whom, and what lock files may hold.
set -euo pipefail
cd "$(dirname "$0")/../.."
status=0
broken() { printf 'invariant broken: %s\n' "$*" >&2; status=1; }

# crate | features | target | crates it must not know
while IFS='|' read -r crate features target forbidden; do
    tree=$(cargo tree --locked --quiet -p "$crate" --features "$features" ${target:+--target "$target"} -e normal --prefix none)
    for other in $forbidden; do
        if grep -q "^$other v" <<<"$tree"; then broken "$crate knows $other"; fi
    done
done <<'RULES'
ponton-core||all|tokio pyo3 napi napi-sys wasm-bindgen js-sys ponton-native ponton-js
ponton-native|||pyo3 napi napi-sys wasm-bindgen ponton-js
ponton-js|||pyo3 tokio napi napi-sys wasm-bindgen ponton-native
ponton-python|ponton-python/extension||napi napi-sys wasm-bindgen ponton-js
ponton-node|||pyo3 wasm-bindgen
ponton-web||wasm32-unknown-unknown|tokio pyo3 napi napi-sys ponton-native
ponton-macros|||ponton-core
RULES

for lock in $(git ls-files '*package-lock.json' '*requirements*.txt' '*uv.lock'); do
    if grep -nE '"resolved"|--(extra-)?index-url|--find-links|file:/' "$lock" >&2; then
        broken "$lock names a registry host or a path"
    fi
done

# An author's crate holds no line of host code.
for author in examples/kv/src tests/fixture/src crates/lab/src/bridge.rs; do
    [ -e "$author" ] || continue
    if grep -rnE '\b(pyo3|napi|wasm_bindgen|js_sys)\b' "$author" >&2; then broken "$author names a host's crate"; fi
done
exit $status
