#!/usr/bin/env bash
# The addon under valgrind: `leaks-node.sh FIXTURE_PACKAGE`. No byte of it may be lost, none read that is not its own.
#
# V8 compiles nothing here and has no threads of its own, so that valgrind understands what it sees.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v valgrind >/dev/null || { echo "ponton: valgrind is missing; install it (Debian: apt-get install valgrind)." >&2; exit 1; }
addon=$(realpath "$(find "$1" -name '*.node' | head -1)")
[ -n "$addon" ] || { echo "ponton: there is no addon in $1" >&2; exit 1; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() {
    printf '%s: ' "$1"
    valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
        --num-callers=30 --suppressions=tests/tools/leaks-node.supp --log-file="$log" node --jitless --single-threaded --no-warnings tests/tools/leaks-node.cjs "$addon" "$1" 2>/dev/null ||
        { status=$?; cat "$log" >&2; echo "ponton: $1 ended with $status under valgrind; see above." >&2; exit 1; }
}
run main
run workers
run exit
