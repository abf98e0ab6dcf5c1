#!/usr/bin/env bash
# Feeds what `ponton build` reads out of files with inputs that libFuzzer makes up: `fuzz.sh SECONDS [TARGET]`.
# What it finds stays in fuzz/artifacts; what it learnt, in fuzz/corpus. Seeds are in fuzz/seeds.
set -euo pipefail
cd "$(dirname "$0")/../../fuzz"
. ../tests/tools/nightly.sh

nightly || fail "$why"
if ! cargo "+$toolchain" fuzz --version >/dev/null 2>&1; then
    say "installing cargo-fuzz"
    cargo install --quiet --locked cargo-fuzz || fail "cargo could not install cargo-fuzz; see above."
fi

for target in ${2:-section description}; do
    say "$target, for $1 s"
    mkdir -p "corpus/$target"
    cargo "+$toolchain" fuzz run --sanitizer address "$target" "corpus/$target" "seeds/$target" -- \
        -max_total_time="$1" -max_len=65536 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
done
