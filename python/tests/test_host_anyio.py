"""anyio inside host code that Rust awaits: its scopes cancel the callback's own Task, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.lowlevel
import fixture
import pytest

Run = Callable[..., Any]
Map = Callable[[list[int], Callable[[int], Awaitable[int]]], Awaitable[list[int]]]


@pytest.mark.parametrize("map_", [fixture.map_each, fixture.map_elsewhere], ids=["here", "worker"])
def test_a_cancel_scope_ends_the_callback_only(anywhere: Any, map_: Map) -> None:
    async def patient(n: int) -> int:
        with anyio.move_on_after(0) as scope:
            await anyio.sleep_forever()
        assert scope.cancelled_caught
        return n + 1

    async def main() -> None:
        assert await map_([1, 2], patient) == [2, 3]
        await anyio.lowlevel.checkpoint()  # nothing is left of the cancel

    anywhere(main())


def test_a_task_group_inside(anywhere: Any) -> None:
    async def spread(n: int) -> int:
        seen: list[int] = []

        async def note(part: int) -> None:
            await anyio.lowlevel.checkpoint()
            seen.append(part)

        async with anyio.create_task_group() as group:
            for part in range(n):
                group.start_soon(note, part)
        return sum(seen)

    async def main() -> None:
        assert await fixture.map_each([3, 4], spread) == [3, 6]

    anywhere(main())


def test_a_scope_around_the_call_reaches_the_callback(anywhere: Any) -> None:
    ended: list[str] = []

    async def endless() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("callback")

    async def main() -> None:
        with anyio.move_on_after(0.01) as scope:
            await fixture.guarded(endless)
        assert scope.cancelled_caught
        await anyio.lowlevel.checkpoint()
        assert ended == ["callback"]

    anywhere(main())
