#!/usr/bin/env bash
# Runs the tests of the core and of its runtime with a sanitizer inside, and inside of Rust's own library: `sanitize.sh`, or
# `sanitize.sh thread|address`.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/tools/nightly.sh
nightly rust-src || fail "$why"

host=$(rustc "+$toolchain" -vV | sed -n 's/^host: //p')
# A test forks, and its child starts threads. What the tests' hosts leave behind is Miri's to look at.
export TSAN_OPTIONS="die_after_fork=0 ${TSAN_OPTIONS:-}" ASAN_OPTIONS="detect_leaks=0 ${ASAN_OPTIONS:-}"
[ $# -gt 0 ] || set -- thread address
for sanitizer in "$@"; do
    say "$sanitizer"
    RUSTFLAGS="-Zsanitizer=$sanitizer" CARGO_TARGET_DIR="target/sanitize-$sanitizer" cargo "+$toolchain" test --quiet --locked \
        -Zbuild-std --target "$host" -p ponton-core -p ponton-native --tests
done
