"""The contestants, as modules; those that cannot be imported, with the reason."""

from __future__ import annotations

import importlib
import sys
import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Peer:
    """A contestant other than Ponton."""

    name: str
    folder: str
    module: str
    # What its crate is called in Cargo.lock.
    crate: str
    # A millisecond, as its `sleep` takes it.
    millisecond: Any = 0.001
    # What it gives where Rust gives nothing.
    nothing: Any = None


PONTON = Peer("ponton", "ponton", "bench_ponton", "ponton")
PYO3_ASYNC_RUNTIMES = Peer(
    "pyo3-async-runtimes", "pyo3-async-runtimes", "bench_pyo3_async_runtimes", "pyo3-async-runtimes", nothing=()
)
EXPERIMENTAL_ASYNC = Peer("pyo3 experimental-async", "pyo3-experimental-async", "bench_pyo3_experimental_async", "pyo3")
UNIFFI = Peer("uniffi", "uniffi", "bench_uniffi", "uniffi", timedelta(milliseconds=1))
ALL = [PONTON, PYO3_ASYNC_RUNTIMES, EXPERIMENTAL_ASYNC, UNIFFI]


@dataclass
class Contestants:
    """Who could be imported, and why not who could not."""

    modules: dict[Peer, ModuleType] = field(default_factory=dict)
    missing: dict[Peer, str] = field(default_factory=dict)

    @classmethod
    def load(cls, packages: Path) -> Contestants:
        found = cls()
        for one in ALL:
            sys.path.insert(0, str(packages.absolute() / one.folder))
            try:
                found.modules[one] = importlib.import_module(one.module)
            except ImportError as error:
                found.missing[one] = f"{error}".splitlines()[0]
            finally:
                del sys.path[0]
        return found

    @property
    def ponton(self) -> ModuleType | None:
        return self.modules.get(PONTON)

    def peers(self) -> list[tuple[Peer, ModuleType]]:
        return [(peer, module) for peer, module in self.modules.items() if peer is not PONTON]


def versions(lock: Path) -> dict[str, str]:
    """The versions of the crates, out of Cargo.lock."""
    packages = tomllib.loads(lock.read_text())["package"]
    wanted = {one.crate for one in ALL} | {"pyo3", "tokio"}
    return {package["name"]: package["version"] for package in packages if package["name"] in wanted}
