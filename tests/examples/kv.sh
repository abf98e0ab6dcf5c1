#!/usr/bin/env bash
# examples/kv as its author would: tested as plain Rust, built for each host, used from each, its types checked.
# `kv.sh rust|python|node|web …`; all of them without arguments. Set-up: `tests/tools/setup.sh`.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
example=$root/examples/kv

cargo build --quiet -p ponton-cli
ponton=${CARGO_TARGET_DIR:-$root/target}/debug/ponton
# Beside the workspace's own: an author's crate resolves features by itself.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/examples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { printf 'examples/kv: %s\n' "$*" >&2; exit 1; }

rust() {
    echo '• kv: its core, and whose lines it holds'
    "$example/count-lines.sh"
    (cd "$example" && cargo test --quiet)
}

python() {
    local version interpreter tools file
    cp -r "$example/python/kv" "$work/committed"
    tools=${MYPY:-$root/.venv/$(tests/tools/pythons.sh --ends | tail -n 1 | cut -d' ' -f1)/bin/mypy}
    while read -r version interpreter; do
        echo "• kv: Python $version"
        "$ponton" build --quiet --host python --python "$interpreter" --manifest-path "$example" --out-dir "$example/python"
        "$interpreter" -W error "$example/python/use_kv.py" >"$work/python.txt"
        expect "$work/python.txt" 'got Row(id=7, body=b' 'refused: row 404 not found NOT_FOUND 404' 'stored 100 rows' \
            'loaded 3' 'not allowed: no read write for you' \
            'timed out; the Rust future is dropped' 'refused: TIMEOUT 0:00:00'
    done < <(tests/tools/pythons.sh --ends)
    # What is committed is what is generated.
    for file in __init__.py _native.pyi; do
        diff -u "$work/committed/$file" "$example/python/kv/$file" || fail "python/kv/$file was out of date: commit the new one"
    done
    [ -x "$tools" ] || fail "mypy is missing: run tests/tools/setup.sh python"
    (cd "$example" && "$tools" --cache-dir "$work/mypy")
}

npm_package() {
    # The package's own name resolves through its package.json, which names dist/npm.
    "$ponton" build --quiet --host node --host web --manifest-path "$example" --out-dir "$example/dist/npm"
}

node() {
    echo "• kv: Node $(command node --version)"
    npm_package
    (cd "$example" && command node js/use-kv.mjs) >"$work/node.txt"
    expect "$work/node.txt" 'got 7: hello' 'refused: row 404 not found NOT_FOUND 404' 'stored 100 rows' \
        'loaded 3' 'not allowed: RangeError: not for you' \
        'stopped: AbortError; the Rust future is dropped' 'refused: TIMEOUT 0'
    (cd "$example" && command node js/use-kv.cjs) >"$work/cjs.txt"
    expect "$work/cjs.txt" 'refused: cannot connect to "http://elsewhere"'
    [ -x node/node_modules/.bin/tsc ] || fail "tsc is missing: run tests/tools/setup.sh node"
    node/node_modules/.bin/tsc -p "$example"
}

web() {
    echo '• kv: the page'
    [ -f "$example/dist/npm/web.js" ] || npm_package
    command node tests/examples/page.mjs "$example" /web/ >"$work/web.txt"
    # The same script, the same lines, whatever runs it.
    (cd "$example" && command node js/use-kv.mjs) | diff -u - "$work/web.txt" || fail 'the page and Node differ'
}

# Each text is in the file.
expect() {
    local file=$1 text
    shift
    for text in "$@"; do
        grep -qF -- "$text" "$file" || { cat "$file" >&2; fail "\"$text\" was not printed"; }
    done
}

[ $# -gt 0 ] || set -- rust python node web
for part in "$@"; do
    case $part in
        rust | python | node | web) "$part" ;;
        *) fail "unknown part '$part': rust, python, node or web" ;;
    esac
done
