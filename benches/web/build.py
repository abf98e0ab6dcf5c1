"""Builds what is measured in the browser.

`build` leaves each package in `<packages>/<contestant>/web`, after `wasm-opt -Oz`; `run.mjs` looks there.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCHES = ROOT / "benches"
WASM = "wasm32-unknown-unknown"
WASM_OPT = ROOT / "tests/browser/node_modules/.bin/wasm-opt"
# What rustc turns on by default, for wasm-opt to keep to.
WASM_FEATURES = [
    "bulk-memory",
    "multivalue",
    "mutable-globals",
    "nontrapping-float-to-int",
    "reference-types",
    "sign-ext",
]
CONTESTANTS = ["ponton", "wasm-bindgen"]


class _BuildError(Exception):
    """Why a contestant is missing, in one line."""


def build(packages: Path, cargo_target: Path, quick: bool = False) -> dict[str, str]:
    """Builds every contestant, and answers why those that are missing are.

    `quick` changes nothing here: what is measured is the same.
    """
    missing: dict[str, str] = {}
    try:
        _install()
    except _BuildError as error:
        return dict.fromkeys(CONTESTANTS, str(error))
    env = os.environ | {"CARGO_TARGET_DIR": str(cargo_target), "PONTON_WASM_OPT": str(WASM_OPT)}
    for contestant, make in (("ponton", _ponton), ("wasm-bindgen", _wasm_bindgen)):
        try:
            for name in (contestant, f"one-function-{contestant}"):
                _say(f"building {name} for the web")
                folder = packages / name / "web"
                shutil.rmtree(folder, ignore_errors=True)
                make(name, folder, cargo_target, env)
        except _BuildError as error:
            missing[contestant] = str(error)
    return missing


def _install() -> None:
    if not shutil.which("npm"):
        raise _BuildError("npm is not installed")
    for folder in (ROOT / "tests/browser", BENCHES / "web"):
        lock, stamp = folder / "package-lock.json", folder / "node_modules/.ponton-lock"
        if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
            _say(f"npm ci in {folder.relative_to(ROOT)}")
            _run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=folder)
            shutil.copyfile(lock, stamp)


def _ponton(name: str, out_dir: Path, _target: Path, env: dict[str, str]) -> None:
    """As an author does."""
    manifest = BENCHES / "contestants" / name / "Cargo.toml"
    # The flag is for the command itself, which is built where the repository builds it; the variable for what it builds.
    command = ["cargo", "run", "-q", "--locked", "--target-dir", str(ROOT / "target"), "-p", "ponton-cli", "--"]
    options = ["build", "--quiet", "--locked", "--profile", _profile(name), "--host", "web"]
    _run([*command, *options, "--manifest-path", str(manifest), "--out-dir", str(out_dir)], env=env)


def _wasm_bindgen(name: str, out_dir: Path, target: Path, env: dict[str, str]) -> None:
    """As wasm-bindgen's guide does, with the same `wasm-opt` after it."""
    crate = f"bench-{name}"
    cargo = ["cargo", "build", "-q", "--locked", "--manifest-path", str(BENCHES / "Cargo.toml")]
    _run([*cargo, "--release", "-p", "bench-bindgen"], env=env)
    _run([*cargo, "--profile", _profile(name), "-p", crate, "--target", WASM], env=env)
    stem = crate.replace("-", "_")
    module = target / WASM / _profile(name) / f"{stem}.wasm"
    _run([str(target / "release/bench-bindgen"), str(module), str(out_dir)], env=env)
    module = out_dir / f"{stem}_bg.wasm"
    features = [f"--enable-{feature}" for feature in WASM_FEATURES]
    _run([str(WASM_OPT), "-Oz", "--strip-target-features", *features, str(module), "-o", str(module)], env=env)
    # The runner need not know the crate's name.
    (out_dir / f"{stem}.js").rename(out_dir / "peer.js")


def _profile(name: str) -> str:
    return "small" if name.startswith("one-function-") else "release"


def _run(command: list[str], cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    try:
        # stdout is the caller's.
        subprocess.run(command, cwd=cwd, env=env, stdout=sys.stderr, check=True)
    except OSError as error:
        raise _BuildError(f"{command[0]} cannot be run: {error.strerror}") from error
    except subprocess.CalledProcessError as error:
        raise _BuildError(f"`{Path(command[0]).name} {' '.join(command[1:4])} …` failed; see above") from error


def _say(text: str) -> None:
    print(f"• {text}", file=sys.stderr)


if __name__ == "__main__":
    target = ROOT / "target" / "bench"
    print(json.dumps(build(target / "packages", target / "cargo"), indent=2))
