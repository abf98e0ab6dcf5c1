#!/usr/bin/env bash
# Runs the tests of the host-free crates under Miri, by both of its models of what a reference may alias.
# `miri.sh [TEST_FILTER]`
set -euo pipefail
cd "$(dirname "$0")/../.."
say() { printf '• %s\n' "$*" >&2; }
fail() { printf 'ponton: %s\n' "$*" >&2; exit 1; }

# A date, as in nightly-2026-05-19, where the newest nightly has no Miri.
toolchain=${PONTON_NIGHTLY:-nightly}
command -v rustup >/dev/null || fail "Miri comes with a nightly Rust, and there is no rustup to install one (rustup.rs)."
if ! cargo "+$toolchain" miri --version >/dev/null 2>&1; then
    say "installing $toolchain with miri and rust-src"
    rustup toolchain install "$toolchain" --profile minimal --component miri --component rust-src ||
        fail "rustup could not install $toolchain with miri; see above. PONTON_NIGHTLY names another toolchain."
fi

export CARGO_TARGET_DIR=target/miri
miri() {
    local model=$1 flags=$2
    shift 2
    say "$model: $*"
    MIRIFLAGS="-Zmiri-disable-isolation $flags" cargo "+$toolchain" miri test --quiet --locked --no-fail-fast "$@"
}

for model in stacked tree; do
    [ "$model" = tree ] && borrows=-Zmiri-tree-borrows || borrows=
    # What ends leaves nothing behind.
    miri "$model" "$borrows" -p ponton-core --test task --test queue --test trace --test cleanup -- "$@"
    # The memory hosts of these keep calls that nobody answers, in circles.
    miri "$model" "$borrows -Zmiri-ignore-leaks" -p ponton-core \
        --test host --test host_errors --test host_stop --test host_stress --test notify -- "$@"
    miri "$model" "$borrows -Zmiri-ignore-leaks" -p ponton --test functions --test values --test objects --test errors \
        --test host_code --test host_forms --test numbers -- "$@"
    miri "$model" "$borrows -Zmiri-ignore-leaks" -p ponton-js -- "$@"
done
