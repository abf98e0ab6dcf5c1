"""Messages for whoever handles them: half of it on Ponton, half of it still on pyo3-async-runtimes."""

from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_loader
from typing import Any

from . import _native
from ._native import (
    AbortedError,
    ForkedError,
    InboxError,
    PanicError,
    deliver,
    deliver_elsewhere,
    deliver_here,
    deliver_later,
    worker_name,
)

__all__ = [
    "AbortedError",
    "ForkedError",
    "InboxError",
    "PanicError",
    "deliver",
    "deliver_elsewhere",
    "deliver_here",
    "deliver_later",
    "legacy",
    "worker_name",
]


def _second_module(name: str) -> Any:
    """One library may hold several extension modules: each has a `PyInit_` of its own."""
    assert _native.__file__ is not None
    loader = ExtensionFileLoader(f"{__name__}.{name}", _native.__file__)
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


legacy = _second_module("_legacy")
