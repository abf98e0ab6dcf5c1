#!/usr/bin/env bash
# examples/pyo3-async-runtimes: a library that is on its way, and its neighbour, in one process and on one loop. On the newest
# Python. Set-up: `tests/tools/setup.sh python`.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
example=$root/examples/pyo3-async-runtimes
python=$root/.venv/$(tests/tools/pythons.sh --ends | tail -n 1 | cut -d' ' -f1)/bin/python
export PYO3_PYTHON=$python

cargo build --quiet --locked -p ponton-cli
ponton=${CARGO_TARGET_DIR:-$root/target}/debug/ponton
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/examples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { printf 'examples/pyo3-async-runtimes: %s\n' "$*" >&2; exit 1; }

echo '• inbox: its core'
(cd "$example" && cargo test --quiet --locked -p inbox)

echo "• inbox and its neighbour: $("$python" --version)"
cp "$example/python/inbox/_native.pyi" "$work"
"$ponton" build --quiet --locked --host python --python "$python" --manifest-path "$example" --out-dir "$example/python"
diff -u "$work/_native.pyi" "$example/python/inbox/_native.pyi" || fail '_native.pyi was out of date: commit the new one'
(cd "$example" && cargo build --quiet --locked -p neighbour)
cp "$CARGO_TARGET_DIR/debug/libneighbour.so" "$work/neighbour.so"
export PYTHONPATH=$work:$example/python

"$python" -X faulthandler -W error "$example/python/use_inbox.py" >"$work/out.txt" 2>"$work/err.txt" || {
    cat "$work/out.txt" "$work/err.txt" >&2
    fail 'it failed'
}
diff -u "$example/python/expected.txt" "$work/out.txt" || fail 'it printed something else'
[ ! -s "$work/err.txt" ] || { cat "$work/err.txt" >&2; fail 'something came on stderr'; }

echo '• inbox: forty exits with calls pending, half of them calls of before'
# What was handed to `into_future` and not begun may warn that it was never awaited, and calls of before that their loop is
# closed. A crash is another exit code.
for _ in $(seq 20); do
    for which in '' legacy; do
        "$python" -X faulthandler "$example/python/leave.py" $which 2>"$work/err.txt" || {
            cat "$work/err.txt" >&2
            fail 'it crashed'
        }
    done
done
