#!/usr/bin/env bash
# One library for every CPython from 3.12 on: builds the fixture once, with `ponton/python-abi3`, and runs what leans most
# on the C API with that very file on the oldest and the newest of them. Needs one CPython >= 3.12.
set -euo pipefail
cd "$(dirname "$0")/../.."

mapfile -t pythons < <(tests/tools/pythons.sh | awk '{ split($1, v, "."); if (v[2] >= 12) print }')
if [ ${#pythons[@]} = 0 ]; then
    echo "abi3: no CPython >= 3.12 was found; nothing to test." >&2
    exit 0
fi
ends=("${pythons[0]}")
[ ${#pythons[@]} = 1 ] || ends+=("${pythons[-1]}")

# A folder with nothing else in it: a library for one version would be preferred.
out=target/test/abi3/package
rm -rf "$out"
build() {
    "${CARGO:-cargo}" run --quiet --locked -p ponton-cli -- build --quiet --locked --host python \
        --manifest-path tests/fixture/Cargo.toml --features ponton/python-abi3 --out-dir "$out" --python "$1"
}
oldest=$(tests/tools/pythons.sh | head -n 1)
if [ "$oldest" != "${pythons[0]}" ]; then
    said=$(build "${oldest#* }" 2>&1) && { echo "abi3: ponton build took Python ${oldest%% *} for it" >&2; exit 1; }
    [[ $said = *"needs CPython 3.12"* ]] || { echo "$said" >&2; exit 1; }
fi
build "${ends[-1]#* }"
found=$(cd "$out/fixture" && echo _native.*[!i])
[ "$found" = _native.abi3.so ] || [ "$found" = _native.pyd ] || { echo "abi3: ponton build wrote $found" >&2; exit 1; }

for end in "${ends[@]}"; do
    version=${end%% *}
    python=.venv/$version/bin/python
    if ! [ -x "$python" ]; then
        venv=target/test/abi3/venv-$version
        python=$venv/bin/python
        if ! cmp -s python/requirements-dev.txt "$venv/.requirements"; then
            "${end#* }" -m venv "$venv"
            "$python" -m pip install --quiet --disable-pip-version-check -r python/requirements-dev.txt
            cp python/requirements-dev.txt "$venv/.requirements"
        fi
    fi
    echo "abi3: $found on Python $version"
    # -P: the folder python/ holds the lab's package, built for other versions.
    PYTHONPATH=$out "$python" -P -m pytest -q -p no:cacheprovider -c python/pyproject.toml \
        python/tests/test_{coroutine,conformance,functions,values}.py
done
