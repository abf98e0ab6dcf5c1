"""Runs one part of a scenario and collects its trace."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from importlib import resources
from types import ModuleType
from typing import Any, TypeVar

from .tracer import AnyTracer, BridgeTracer, Record, Tracer, warnings_recorded

T = TypeVar("T")
Scenario = dict[str, Any]


class Unavailable(Exception):
    """Raised by a part that this Python cannot run; says why."""


@dataclass(frozen=True)
class Lab:
    """What a part's code gets."""

    tracer: AnyTracer
    native: ModuleType | None = None

    def mark(self, task: str, note: str) -> None:
        """Record a note."""
        self.tracer.mark(task, note)

    def observe(self, name: str, coroutine: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """Record the life of a coroutine."""
        return self.tracer.observe(name, coroutine)

    @property
    def ponton(self) -> Any:
        """The package's API; only in parts through the bridge."""
        return self.native


Body = Callable[[Lab], Awaitable[None]]


def catalog() -> list[Scenario]:
    """Every scenario, in order."""
    text = resources.files(__package__).joinpath("scenarios.json").read_text(encoding="utf-8")
    scenarios: list[Scenario] = json.loads(text)["scenarios"]
    return scenarios


def body_of(scenario: str, part: str) -> Body:
    """Return the code of a part."""
    name = scenario.replace("-", "_")
    parts: dict[str, Body] = importlib.import_module(f"{__package__}.scenarios.{name}").PARTS
    return parts[part]


def native() -> ModuleType | None:
    """Return Rust's side, or None where it is not built."""
    try:
        return importlib.import_module("ponton._native")
    except ModuleNotFoundError as error:
        if error.name != "ponton._native":
            raise
        return None


def run_part(scenario: Scenario, part: dict[str, Any]) -> list[Record]:
    """Run one part; answer its trace, or one line that says why there is none."""
    keys = {"scenario": scenario["name"], "part": part["name"]}
    try:
        records = _record(scenario, part)
    except Unavailable as why:
        return [{"v": 1, "host": "python", "unavailable": str(why), **keys}]
    return [{**record, **keys} for record in records]


def _record(scenario: Scenario, part: dict[str, Any]) -> list[Record]:
    if "python" in part.get("unavailable", {}):
        raise Unavailable(part["unavailable"]["python"])
    body = body_of(scenario["name"], part["name"])
    tracer: Tracer | BridgeTracer
    if part.get("bridge"):
        module = native()
        if module is None:
            raise Unavailable("not built: ponton's native part is missing")
        tracer = BridgeTracer(module)
        lab = Lab(tracer, module)
    else:
        tracer = Tracer()
        lab = Lab(tracer)

    async def main() -> None:
        await body(lab)

    try:
        with warnings_recorded(tracer):
            asyncio.run(main())
    finally:
        records = tracer.stop()
    return records
