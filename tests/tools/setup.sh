#!/usr/bin/env bash
# Brings a machine to where the Makefile can work: `setup.sh wasm|python|node|runtimes|browser|browsers …`.
# Installs from the registries only what is missing, says what it does, and ends with a cure when it cannot.
set -euo pipefail
cd "$(dirname "$0")/../.."

say() { if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then printf '\033[2m• %s\033[0m\n' "$*"; else printf '• %s\n' "$*"; fi >&2; }
fail() { printf 'ponton: %s\n' "$*" >&2; exit 1; }

wasm() {
    command -v cargo >/dev/null || fail "cargo is missing. Install Rust (rustup.rs), then run this again."
    local libdir
    libdir=$(rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null || true)
    [ -d "$libdir" ] && return
    command -v rustup >/dev/null || fail "the Rust target wasm32-unknown-unknown is missing, and there is no rustup to add it."
    say "adding the Rust target wasm32-unknown-unknown"
    rustup target add wasm32-unknown-unknown || fail "rustup could not add wasm32-unknown-unknown; see above."
}

# One virtual environment an interpreter: the oldest and the newest, under .venv/<version>.
python() {
    local version interpreter stamp
    while read -r version interpreter; do
        stamp=".venv/$version/.requirements"
        cmp -s python/requirements-dev.txt "$stamp" 2>/dev/null && continue
        say "making .venv/$version with $interpreter"
        "$interpreter" -m venv ".venv/$version" || fail "python $version has no venv module; install it (Debian: python3-venv)."
        ".venv/$version/bin/python" -m pip install --quiet --disable-pip-version-check -r python/requirements-dev.txt ||
            fail "pip could not install python/requirements-dev.txt for $version; see above."
        cp python/requirements-dev.txt "$stamp"
    done < <(tests/tools/pythons.sh --ends)
    [ -d .venv ] || fail "no Python >= 3.10 was found."
}

node() {
    command -v npm >/dev/null || fail "node and npm are missing. Install Node.js >= 20, then run this again."
    local major dir
    major=$(command node -p 'process.versions.node.split(".")[0]')
    [ "$major" -ge 20 ] || fail "Node.js $major is too old: 20 is the least."
    for dir in node tests/browser; do
        [ -f "$dir/package-lock.json" ] || continue
        cmp -s "$dir/package-lock.json" "$dir/node_modules/.ponton-lock" 2>/dev/null && continue
        say "npm ci in $dir"
        (cd "$dir" && npm ci --no-audit --no-fund --silent) || fail "npm ci failed in $dir; see above."
        cp "$dir/package-lock.json" "$dir/node_modules/.ponton-lock"
    done
}

# Other runtimes that load the addon. Not `npm ci`: it insists on the binaries of every other system too, where a registry
# may not have them.
runtimes() {
    local dir=tests/runtimes
    cmp -s "$dir/package-lock.json" "$dir/node_modules/.ponton-lock" 2>/dev/null && return
    say "npm install in $dir: Bun, Deno"
    (cd "$dir" && npm install --no-save --no-audit --no-fund --silent) || fail "npm install failed in $dir; see above."
    cp "$dir/package-lock.json" "$dir/node_modules/.ponton-lock"
}

browser_path() {
    local name
    for name in "${PONTON_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable chrome; do
        [ -n "$name" ] && command -v "$name" && return
    done
    return 1
}

apt() {
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 0
    say "installing $1 through apt"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1"; } >/dev/null || say "apt could not install $1"
}

# Chromium: through apt where that is allowed. Without it the demo goes on; `make test` under CI does not.
browser() {
    browser_path >/dev/null && return
    apt chromium
    browser_path >/dev/null && return
    say "No Chromium was found: set PONTON_CHROMIUM to its path, or install it. What needs a browser will say so."
}

# Firefox and WebKitGTK. Who asks for these wants them: the tests fail without.
browsers() {
    command -v firefox firefox-esr >/dev/null || apt firefox-esr
    command -v WebKitWebDriver >/dev/null || apt webkit2gtk-driver
    command -v xvfb-run >/dev/null || apt xvfb
}

[ $# -gt 0 ] || set -- wasm python node browser
for part in "$@"; do
    case $part in
        wasm | python | node | runtimes | browser | browsers) "$part" ;;
        *) fail "unknown part '$part': wasm, python, node, runtimes, browser or browsers" ;;
    esac
done
