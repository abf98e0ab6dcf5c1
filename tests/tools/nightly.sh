# For the tools that need a nightly Rust, which source this.
say() { printf '• %s\n' "$*" >&2; }
fail() { printf 'ponton: %s\n' "$*" >&2; exit 1; }

# A date, as in nightly-2026-05-19, where the newest nightly lacks a component.
toolchain=${PONTON_NIGHTLY:-nightly}

# `within` seconds, where that is set, and where there is a `timeout` (macOS has none).
limited() {
    if [ "${within:-}" ] && command -v timeout >/dev/null; then timeout "$within" "$@"; else "$@"; fi
}

# `nightly COMPONENT …`: false, and `why`, when it is not here and rustup cannot install it (`within` so many seconds), or may not
# (`only_here`).
nightly() {
    command -v rustup >/dev/null || { why="there is no rustup to install a nightly Rust (rustup.rs)"; return 1; }
    local installed component missing=
    installed=$(rustup component list --toolchain "$toolchain" --installed 2>/dev/null) || missing=all
    for component in "$@"; do
        grep -q "^$component" <<<"$installed" || missing=some
    done
    [ "$missing" ] || return 0
    [ -z "${only_here:-}" ] || { why="there is no $toolchain${*:+ with $*} here"; return 1; }
    say "installing $toolchain${*:+ with $*}"
    RUST_BACKTRACE=0 limited rustup --quiet toolchain install "$toolchain" --no-self-update --profile minimal "${@/#/--component=}" >&2 ||
        { why="rustup could not install $toolchain${*:+ with $*} (PONTON_NIGHTLY names another toolchain)"; return 1; }
}
