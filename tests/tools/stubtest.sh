#!/usr/bin/env bash
# Checks the stubs against what they describe: `stubtest.sh VENV FIXTURE_PACKAGES`.
#
# The shipped stubs wrap `async def` in a decorator that exists for type checkers only, so that `.start()` has a type.
# stubtest loses sight of `async` behind any decorator, so it gets the same stubs without it (`ponton stubs --bare`).
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=$1 fixtures=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stubs() { cargo run --quiet --locked -p ponton-cli -- stubs --quiet --locked --host python "$@"; }

stubs --check python/ponton/_native.pyi --manifest-path crates/lab/Cargo.toml --no-default-features

cp -r "$fixtures/fixture" "$work/fixture"
stubs --bare --manifest-path tests/fixture/Cargo.toml >"$work/fixture/_native.pyi"
mkdir "$work/ponton"
cp python/ponton/*.py python/ponton/py.typed python/ponton/*.so "$work/ponton/"
cp -r python/ponton/lab "$work/ponton/lab"
stubs --bare --manifest-path crates/lab/Cargo.toml --no-default-features >"$work/ponton/_native.pyi"
for module in fixture._native ponton._native; do
    (cd "$work" && MYPYPATH=. PYTHONPATH=. "$OLDPWD/$venv/bin/stubtest" "$module")
done
"$venv/bin/mypy" --strict "$fixtures/fixture"
