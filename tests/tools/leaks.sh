#!/usr/bin/env bash
# Looks for what Python loses, and for what is touched that should not be.
#
# A million calls of each kind leave memory flat; then a short run under valgrind, where invalid reads and writes, and
# blocks that nothing refers to any more, are failures if a function of ours is in their stack.
# Needs the fixture as `make test-python` builds it, and valgrind.
set -euo pipefail
cd "$(dirname "$0")/../.."

say() { printf '• %s\n' "$*" >&2; }
newest=$(tests/tools/pythons.sh --ends | cut -d' ' -f1 | tail -1)

interpreter=.venv/$newest/bin/python
log=$(mktemp)
command -v valgrind >/dev/null || { say "valgrind is missing. Install it (Debian: valgrind), then run this again."; exit 1; }
say "Python $newest: a million calls of each kind"
(cd python && PONTON_LEAKS=1000000 PYTHONPATH=../target/test/python/$newest:. "../$interpreter" -m pytest -q tests/test_leaks.py)
say "Python $newest: valgrind"
# One thread runs at a time there: fair, so that the loop and the workers get their turns.
PYTHONMALLOC=malloc PYTHONPATH=target/test/python/$newest valgrind --quiet --fair-sched=yes --leak-check=full \
    --show-leak-kinds=definite --errors-for-leak-kinds=definite --num-callers=60 --gen-suppressions=no --log-file="$log" \
    --suppressions=tests/tools/valgrind.supp "$interpreter" tests/tools/leaks.py
"$interpreter" tests/tools/valgrind.py "$log"
rm -f "$log"
