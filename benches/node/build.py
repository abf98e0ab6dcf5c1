"""Builds what the Node.js benchmarks call, and knows the runtimes that run them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import tomllib

HERE = Path(__file__).resolve().parent
BENCHES = HERE.parent
ROOT = BENCHES.parent
LIBRARY = {"darwin": ("lib", ".dylib"), "win32": ("", ".dll")}.get(sys.platform, ("lib", ".so"))

# contestant -> the crates whose versions are of interest
CRATES = {"ponton": ["napi-sys"], "napi-rs": ["napi", "napi-derive"], "neon": ["neon"]}

LEFT_OUT = {
    "uniffi": "its runtime for Node.js, @ubjs/node, has no build command yet: the generator's source is in an npm package",
}


def build(packages: Path, cargo_target: Path, quick: bool = False) -> dict[str, str]:
    """Puts each contestant into `packages/<contestant>/node`. Gives contestant -> why it could not be built."""
    failed = dict(LEFT_OUT)
    locked = _versions()
    for contestant, crates in CRATES.items():
        folder = packages / contestant / "node"
        _say(f"building {contestant} for Node.js")
        try:
            _ponton(folder, cargo_target) if contestant == "ponton" else _peer(contestant, folder, cargo_target)
        except subprocess.CalledProcessError as error:
            failed[contestant] = f"{error.cmd[0]} ended with {error.returncode}"
            continue
        versions = {name: locked[name] for name in [*crates, "tokio"]}
        (folder / "versions.json").write_text(json.dumps(versions))
    return failed


def runtimes(quick: bool = False) -> tuple[list[dict], dict[str, str]]:
    """The commands that run `run.mjs`, each `{"name", "command"}`, and name -> why one is missing.

    The first is the machine's own Node.js; the others come from npm, are measured quickly, and are left out of a quick run.
    """
    there, missing = [], {}
    if quick:
        missing = dict.fromkeys(["Node.js, newest", "Bun", "Deno"], "left out of a quick run")
    else:
        try:
            _install()
        except (OSError, subprocess.CalledProcessError) as error:
            _say(f"npm could not install the runtimes: {error}")
    npm = HERE / "node_modules" / ".bin"
    for name, program, flags in [
        ("Node.js", "node", ["--expose-gc"]),
        ("Node.js, newest", npm / "node", ["--expose-gc"]),
        ("Bun", npm / "bun", ["run", "--expose-gc"]),
        ("Deno", npm / "deno", ["run", "--allow-all", "--quiet", "--v8-flags=--expose-gc"]),
    ]:
        if name in missing:
            continue
        found = shutil.which(program)
        if found is None:
            missing[name] = f"{Path(program).name} is not installed"
            continue
        briefly = [] if program == "node" else ["--quick"]
        there.append({"name": name, "command": [found, *flags, str(HERE / "run.mjs"), *briefly]})
    return there, missing


def _ponton(folder: Path, cargo_target: Path) -> None:
    manifest = BENCHES / "contestants" / "ponton" / "Cargo.toml"
    command = ["cargo", "run", "-q", "--locked", "--target-dir", str(ROOT / "target"), "-p", "ponton-cli", "--"]
    command += ["build", "--quiet", "--locked", "--release", "--host", "node"]
    command += ["--manifest-path", str(manifest), "--out-dir", str(folder)]
    # The flag is for the command line, which is built where the workspace is; the variable for what it builds.
    _run(command, cwd=ROOT, env={**os.environ, "CARGO_TARGET_DIR": str(cargo_target)})


def _peer(contestant: str, folder: Path, cargo_target: Path) -> None:
    package = f"bench-{contestant}"
    command = ["cargo", "build", "-q", "--locked", "--release", "-p", package, "--target-dir", str(cargo_target)]
    _run(command, cwd=BENCHES)
    prefix, suffix = LIBRARY
    folder.mkdir(parents=True, exist_ok=True)
    library = cargo_target / "release" / f"{prefix}{package.replace('-', '_')}{suffix}"
    # What the peers' own command lines do: an addon is a library with another name.
    shutil.copyfile(library, folder / "index.node")


def _versions() -> dict[str, str]:
    lock = tomllib.loads((BENCHES / "Cargo.lock").read_text())
    return {package["name"]: package["version"] for package in lock["package"]}


def _install() -> None:
    """The runtimes of package-lock.json, when they are not there yet."""
    lock, stamp = HERE / "package-lock.json", HERE / "node_modules" / ".ponton-lock"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return
    _say("npm install in benches/node: Node.js, Bun, Deno")
    # Not `npm ci`: it insists on the runtimes of every other machine too, where a registry may not have them.
    _run(["npm", "install", "--no-save", "--no-audit", "--no-fund", "--silent"], cwd=HERE)
    stamp.write_bytes(lock.read_bytes())


def _run(command: list[str], **options: object) -> None:
    subprocess.run(command, check=True, stdout=sys.stderr, **options)


def _say(text: str) -> None:
    print(f"• {text}", file=sys.stderr)


if __name__ == "__main__":
    target = ROOT / "target" / "bench"
    print(json.dumps({"missing": build(target / "packages", target / "cargo"), "runtimes": runtimes()}, indent=2))
