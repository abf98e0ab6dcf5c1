#!/usr/bin/env bash
# Runs the tests of the crates that know no host under Miri, two at a time: `miri.sh`, or `miri.sh quick` for the part that
# `make test` runs, which is left out where there is no Miri.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/tools/nightly.sh

what=${1:-all}
case $what in
    all) ;;
    # CI may install it, a user is not surprised with it.
    quick) within=120 only_here=$([ "${CI:-}" = true ] || echo yes) ;;
    *) fail "miri.sh, or miri.sh quick" ;;
esac
if nightly miri rust-src && ! limited cargo "+$toolchain" miri setup --quiet; then
    why="\`cargo +$toolchain miri setup\` failed, or took too long"
fi
if [ "${why:-}" ]; then
    [ "$what" = quick ] || fail "$why"
    say "Miri did not run: $why"
    exit 0
fi

# Each line: a model of what references may alias, a crate, one of its tests, flags of Miri's.
all() {
    local model seed
    # Core has nearly all unsafe code there is: by both models, and where threads meet, in several of the ways they may.
    for model in stacked tree; do
        for seed in 0 1 2 3; do
            printf "$model ponton-core test=%s -Zmiri-seed=$seed\n" queue task live
        done
        # The memory hosts of these keep calls that nobody answers, in circles.
        printf "$model ponton-core test=%s -Zmiri-ignore-leaks\n" host_stress notify host host_errors host_stop
        printf "$model ponton-core test=%s\n" cleanup trace lock
    done
    # These have next to none of their own, and use core's in their ways.
    printf "stacked ponton test=%s -Zmiri-ignore-leaks\n" host_code host_forms values objects functions errors numbers
    printf "stacked ponton-js test=%s -Zmiri-ignore-leaks\n" host registry
    # On tokio's workers, which outlive the tests.
    printf "stacked ponton-native %s -Zmiri-ignore-leaks\n" lib test=runtime test=near
}

quick() {
    printf "stacked ponton-core test=%s\n" queue task live cleanup
    printf "stacked ponton-core test=%s -Zmiri-ignore-leaks\n" host host_errors host_stop
}

# A folder of its own: it builds everything in another way.
export CARGO_TARGET_DIR=target/miri CARGO_INCREMENTAL=0 toolchain
miri() { cargo "+$toolchain" miri test --quiet --locked "$@"; }
one() {
    local model=$1 crate=$2 test=$3 flags=${*:4} began=$SECONDS log
    log=$(mktemp)
    [ "$model" = tree ] && flags+=" -Zmiri-tree-borrows"
    if MIRIFLAGS=$flags miri -p "$crate" "--$test" >"$log" 2>&1; then
        printf '• %s borrows, %s %s: %s, %s s\n' "$model" "$crate" "${test#test=}" "$(grep -o '[0-9]* passed' "$log")" \
            $((SECONDS - began))
    else
        cat "$log"
        printf '• %s borrows, %s %s: FAILED\n' "$model" "$crate" "${test#test=}"
        false
    fi
    rm -f "$log"
}
export -f miri one

# Nobody waits for the other's build.
for crate in $("$what" | cut -d' ' -f2 | sort -u); do
    "$what" | awk -v crate="$crate" '$2 == crate { print "--" $3 }' | sort -u | xargs bash -c 'miri -p "$0" "$@" --no-run' "$crate"
done
"$what" | xargs -P 2 -L 1 bash -c 'one "$@"' _ || fail "Miri objects; see above."
