#!/usr/bin/env bash
# Prints the CPython interpreters >= 3.10 of this machine, oldest first, one a version: "3.10 /path/to/python".
# Looks at PATH and, where pyenv is there, at its versions. `--ends` prints only the oldest and the newest.
set -euo pipefail

candidates() {
    local minor
    for minor in 10 11 12 13 14 15; do command -v "python3.$minor" || true; done
    command -v python3 || true
    if command -v pyenv >/dev/null; then
        find "$(pyenv root)/versions" -maxdepth 3 -path '*/bin/python3' 2>/dev/null || true
    fi
}

probe='import sys
if sys.implementation.name == "cpython" and sys.version_info >= (3, 10) and "free-threading" not in sys.version:
    print("%d.%d" % sys.version_info[:2], sys.executable)'

found=$(candidates | while read -r python; do
    "$python" -I -c "$probe" 2>/dev/null || true
done | sort -t. -k2,2n -k1,1 -u | sort -k1,1 -u -t' ' | sort -t. -k2,2n)

if [ -z "$found" ]; then
    echo "No CPython >= 3.10 was found on PATH or under pyenv. Install one, then run this again." >&2
    exit 1
fi
if [ "${1:-}" = --ends ]; then
    { head -n 1 <<<"$found"; tail -n 1 <<<"$found"; } | sort -u -t. -k2,2n
else
    echo "$found"
fi
