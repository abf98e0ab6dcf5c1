#!/usr/bin/env bash
# `pip install ./python` into an empty virtual environment; then the sdist alone, outside of this repository.
# PONTON_INSTALL_PROFILE (default: dev) is cargo's profile: how fast the code is does not matter here.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD

python=${PYTHON:-$(tests/tools/pythons.sh --ends | tail -n 1 | cut -d' ' -f2)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# One target folder for both builds: what comes from crates.io is compiled once.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/install
export MATURIN_PEP517_ARGS="--profile ${PONTON_INSTALL_PROFILE:-dev}"

# Runs in an empty folder, so that nothing of the repository is importable.
check() {
    mkdir -p "$work/elsewhere"
    (
        cd "$work/elsewhere"
        "$1/bin/python" -I - <<'PY'
import asyncio, importlib.metadata, inspect, pathlib
import ponton

home = pathlib.Path(ponton.__file__).parent
assert "site-packages" in home.parts, home
missing = [name for name in ("_native.pyi", "py.typed", "lab/scenarios.json") if not (home / name).is_file()]
assert not missing, f"the package lacks {missing}"
natives = [path for path in home.glob("_native.*") if path.suffix in {".so", ".pyd"}]
assert len(natives) == 1, f"one native part, not {natives}"
assert not (home / "tests").exists()
assert inspect.iscoroutinefunction(ponton.sleep)
asyncio.run(ponton.sleep(0.001))
licences = [str(file) for file in importlib.metadata.files("ponton") if "LICENSE" in str(file)]
assert len(licences) == 2, licences
PY
        "$1/bin/python" -I -m ponton lab lazy-vs-eager --json >"$work/lab.json"
        grep -Eq '"event": ?"settled".*"part": ?"bridge' "$work/lab.json" ||
            { echo 'the lab recorded no call through the bridge' >&2; exit 1; }
    )
}

echo "• pip install ./python ($("$python" --version))"
"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check ./python
check "$work/venv"

echo '• pip install of the sdist'
"$python" -m venv "$work/tools"
"$work/tools/bin/python" -m pip install --quiet --disable-pip-version-check "$(grep '^maturin==' python/requirements-dev.txt)"
(cd python && "$work/tools/bin/maturin" sdist --out "$work") 2>"$work/sdist.log" || { cat "$work/sdist.log" >&2; exit 1; }
"$python" -m venv "$work/venv-sdist"
"$work/venv-sdist/bin/python" -m pip install --quiet --disable-pip-version-check "$work"/ponton-*.tar.gz
check "$work/venv-sdist"
echo '  both import, run and are typed'
