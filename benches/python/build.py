"""Builds the contestants of the Python benchmarks, each as its users would, into one folder per contestant.

    packages/ponton/bench_ponton/                  a package, made by `ponton build`
    packages/pyo3-async-runtimes/bench_….so        an extension module: the library under the name that Python looks for
    packages/pyo3-experimental-async/bench_….so
    packages/uniffi/                               the library, and the module that uniffi-bindgen wrote

Extension modules carry their Python in their name, so several Pythons share the folders.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCHES = ROOT / "benches"


class Builder:
    """What the builds share: an interpreter, where packages go, where cargo works."""

    def __init__(self, python: Path, packages: Path, cargo_target: Path) -> None:
        self.python = python.absolute()
        self.packages = packages.absolute()
        question = "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'), sysconfig.get_python_version())"
        answer = self.output([self.python, "-I", "-c", question])
        self.suffix, self.version = answer.split()
        # Where cargo works on what is the same for every Python.
        self.common = cargo_target.absolute() / "python"
        # A folder per Python for what is not: pyo3 would be compiled anew at each change.
        self.target = cargo_target.absolute() / f"python{self.version}"
        self.env = os.environ | {
            "CARGO_TARGET_DIR": str(self.target),
            "PYO3_PYTHON": str(self.python),
            "PYO3_BUILD_EXTENSION_MODULE": "1",
        }

    @staticmethod
    def output(command: Sequence[str | Path]) -> str:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def run(self, command: Sequence[str | Path], cwd: Path = BENCHES) -> None:
        """Runs a command; what it says goes to stderr, and is the reason if it fails."""
        done = subprocess.run(
            command, check=False, cwd=cwd, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if done.returncode:
            sys.stderr.write(done.stdout)
            errors = [line for line in done.stdout.splitlines() if line.startswith(("error", "ponton:"))]
            raise BuildError(errors[0] if errors else f"`{command[0]}` ended with {done.returncode}")

    def library(self, crate: str, target: Path) -> Path:
        """Cargo's release build of a contestant."""
        self.run(["cargo", "build", "--release", "--locked", "-p", crate, "--target-dir", target])
        extension = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")
        prefix = "" if sys.platform == "win32" else "lib"
        return target / "release" / f"{prefix}{crate.replace('-', '_')}{extension}"

    def folder(self, contestant: str) -> Path:
        folder = self.packages / contestant
        folder.mkdir(parents=True, exist_ok=True)
        return folder


class BuildError(Exception):
    """A contestant that could not be built, in one line."""


def ponton(builder: Builder) -> None:
    crate = BENCHES / "contestants" / "ponton" / "Cargo.toml"
    # The command itself is built where the repository builds it, not anew for the benchmarks.
    cli: list[str | Path] = [
        "cargo",
        "run",
        "-q",
        "--locked",
        "-p",
        "ponton-cli",
        "--target-dir",
        str(ROOT / "target"),
        "--",
    ]
    build: list[str | Path] = [
        "build",
        "--release",
        "--locked",
        "--quiet",
        "--host",
        "python",
        "--manifest-path",
        crate,
    ]
    build += ["--out-dir", builder.folder("ponton"), "--python", builder.python]
    builder.run([*cli, *build], cwd=ROOT)


def pyo3(contestant: str) -> Callable[[Builder], None]:
    def build(builder: Builder) -> None:
        crate = f"bench-{contestant}"
        module = crate.replace("-", "_") + builder.suffix
        replace(builder.library(crate, builder.target), builder.folder(contestant) / module)

    return build


def uniffi(builder: Builder) -> None:
    library = builder.library("bench-uniffi", builder.common)
    folder = builder.folder("uniffi")
    replace(library, folder / library.name)
    cargo: list[str | Path] = ["cargo", "run", "-q", "--locked", "-p", "bench-uniffi", "--target-dir", builder.common]
    bindgen: list[str | Path] = ["--features", "bindgen", "--bin", "uniffi-bindgen", "--"]
    generate: list[str | Path] = ["generate", library, "--language", "python", "--no-format", "--out-dir", folder]
    builder.run([*cargo, *bindgen, *generate])


def replace(source: Path, target: Path) -> None:
    """Copies to a new file: writing into a library that someone has loaded would crash them."""
    fresh = target.with_name(target.name + ".new")
    shutil.copyfile(source, fresh)
    fresh.replace(target)


CONTESTANTS: dict[str, Callable[[Builder], None]] = {
    "ponton": ponton,
    "pyo3-async-runtimes": pyo3("pyo3-async-runtimes"),
    "pyo3 experimental-async": pyo3("pyo3-experimental-async"),
    "uniffi": uniffi,
}


def build(python: Path, packages: Path, cargo_target: Path, quick: bool = False) -> dict[str, str]:
    """Builds every contestant for `python`, and gives those that failed, by their names in the results, with the reason.

    `quick` changes nothing here: what is measured is always the release build.
    """
    missing: dict[str, str] = {}
    builder = Builder(python, packages, cargo_target)
    for contestant, make in CONTESTANTS.items():
        print(f"building {contestant} for CPython {builder.version}", file=sys.stderr, flush=True)
        try:
            make(builder)
        except (BuildError, OSError) as error:
            print(f"{contestant} is missing: {error}", file=sys.stderr, flush=True)
            missing[contestant] = str(error)
    return missing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", type=Path, default=Path(sys.executable))
    parser.add_argument("--packages", type=Path, default=ROOT / "target" / "bench" / "packages")
    parser.add_argument("--cargo-target", type=Path, default=ROOT / "target" / "bench" / "cargo")
    args = parser.parse_args()
    return 1 if build(args.python, args.packages, args.cargo_target) else 0


if __name__ == "__main__":
    sys.exit(main())
