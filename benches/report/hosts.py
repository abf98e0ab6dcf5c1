"""The hosts: what builds their contestants, and the commands that run their runners."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from report.model import Missing
from report.runner import Runner

BENCHES = Path(__file__).parents[1]
ROOT = BENCHES.parent
BUILT = Path("target") / "bench"
PACKAGES = BUILT / "packages"

# Older Pythons resume what they await in another way, so the ready cases are measured there too.
OLDER = "3.11"
READY = ("ready_none", "ready_int", "ready_row")


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    quick: bool
    only: tuple[str, ...]

    def flags(self, cases: tuple[str, ...] = ()) -> list[str]:
        """For a runner; `cases` are those it can be asked for."""
        wanted = tuple(case for case in self.only if case in cases) if cases and self.only else self.only or cases
        quick = ["--quick"] if self.quick else []
        return ["--packages", str(PACKAGES), *quick, *(["--only", ",".join(wanted)] if wanted else [])]


def pythons() -> dict[str, Path]:
    """The CPythons of this machine, oldest first. The benchmarks' own stands for its version: it has uvloop."""
    listed = subprocess.run(
        [ROOT / "tests" / "tools" / "pythons.sh"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    found = {version: Path(path) for version, path in (line.split(" ", 1) for line in listed)}
    return {**found, "{}.{}".format(*sys.version_info): Path(sys.executable)}


def build(host: str, options: Options) -> list[Missing]:
    """Builds the contestants of a host, release always; gives what could not be built."""
    module = _module(host)
    where = (ROOT / PACKAGES, ROOT / BUILT / "cargo", options.quick)
    if host != "python":
        return [Missing(host, None, subject, None, why) for subject, why in module.build(*where).items()]
    missing = []
    for version, python in _measured(options).items():
        for subject, why in module.build(python, *where).items():
            missing.append(Missing(host, f"CPython {version}", subject, None, why))
    return missing


def runners(host: str, options: Options) -> tuple[list[Runner], list[Missing]]:
    """The commands to run, and the runtimes that are not there."""
    return {"python": _python, "node": _node, "web": _web}[host](options)


def _measured(options: Options) -> dict[str, Path]:
    """The newest, which is that of the benchmarks; and the older one, if any case is for it."""
    there = pythons()
    newest = "{}.{}".format(*sys.version_info)
    older = OLDER in there and (not options.only or set(options.only) & set(READY))
    return {newest: there[newest], **({OLDER: there[OLDER]} if older else {})}


def _python(options: Options) -> tuple[list[Runner], list[Missing]]:
    there = _measured(options)
    newest = next(iter(there))
    script = str(Path("benches") / "python" / "run.py")
    found, missing = [], []
    for version, loop in ((newest, "asyncio"), (newest, "uvloop"), (OLDER, "asyncio")):
        name = f"CPython {version} {loop}"
        if version in there:
            flags = options.flags(() if version == newest else READY)
            found.append(Runner("python", name, [str(there[version]), script, "--loop", loop, *flags]))
        elif not options.only:
            missing.append(Missing("python", name, None, None, f"there is no CPython {version} on this machine"))
    return found, missing


def _node(options: Options) -> tuple[list[Runner], list[Missing]]:
    there, missing = _module("node").runtimes(options.quick)
    found = [Runner("node", one["name"], [*map(str, one["command"]), *options.flags()]) for one in there]
    return found, [Missing("node", name, None, None, why) for name, why in missing.items()]


def _web(options: Options) -> tuple[list[Runner], list[Missing]]:
    node = shutil.which("node")
    if node is None:
        return [], [Missing("web", None, None, None, "node is not installed, which drives the browser")]
    return [Runner("web", "Chromium", [node, str(Path("benches") / "web" / "run.mjs"), *options.flags()])], []


def _module(host: str) -> ModuleType | Any:
    """`benches/<host>/build.py`. By its path: the folders are no packages, and `python` would be an odd name for one."""
    path = BENCHES / host / "build.py"
    spec = importlib.util.spec_from_file_location(f"build_{host}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
