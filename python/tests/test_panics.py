"""Panics wherever they come: that call fails with the message, those beside it and later ones go on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import fixture
import pytest


async def at_once() -> None: ...


async def later() -> None:
    await asyncio.sleep(0)


WHERE: dict[str, Callable[[str], Awaitable[Any]]] = {
    "the first poll": lambda message: fixture.panic_now(message),
    "a later poll": lambda message: fixture.panic_later(message),
    "a blocking job": lambda message: fixture.panic_blocking(message),
    "a destructor, when the call has its value": lambda message: fixture.late_bomb(message),
    "after host code": lambda message: fixture.panic_when_answered(message, at_once),
    "after host code that waited": lambda message: fixture.panic_when_answered(message, later),
    "a started call": lambda message: fixture.panic_later(message).start(),
}


async def beside(calls: list[Awaitable[Any]]) -> list[Any]:
    """What the calls end with. The calls around them, and one after them, go on."""
    around = [asyncio.ensure_future(fixture.work(steps % 5)) for steps in range(20)]
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert await asyncio.gather(*around) == [steps % 5 for steps in range(20)]
    assert await fixture.spawned(1) == 2
    return list(ends)


@pytest.mark.parametrize("where", WHERE)
def test_a_panic_in(run: Any, where: str) -> None:
    async def main() -> None:
        ends = await beside([WHERE[where](f"on purpose {index}") for index in range(5)])
        assert [type(end) for end in ends] == [fixture.PanicError] * 5
        assert [str(end) for end in ends] == [f"on purpose {index}" for index in range(5)]
        assert fixture.created() == fixture.dropped()

    run(main())


def test_a_panic_in_a_destructor_that_a_cancel_runs(run: Any) -> None:
    async def main() -> None:
        calls = [asyncio.create_task(fixture.bomb(f"on purpose {index}")) for index in range(5)]
        await asyncio.sleep(0)
        for call in calls:
            call.cancel()
        ends = await beside(list(calls))
        # As an exception in a `finally` of Python's comes instead of the `CancelledError`.
        assert [type(end) for end in ends] == [fixture.PanicError] * 5
        assert [str(end) for end in ends] == [f"on purpose {index}" for index in range(5)]
        assert fixture.created() == fixture.dropped()

    run(main())


def test_a_panic_in_a_call_that_host_code_makes(run: Any) -> None:
    async def fails() -> None:
        await fixture.panic_later("inner")

    async def main() -> None:
        with pytest.raises(fixture.PanicError, match="^inner$"):
            await fixture.panic_when_answered("outer", fails)
        assert await fixture.spawned(1) == 2

    run(main())


def test_ten_thousand_panics(run: Any, capfd: Any) -> None:
    async def main() -> None:
        for _ in range(100):
            ends = await asyncio.gather(*(fixture.panic_later("x") for _ in range(100)), return_exceptions=True)
            assert {type(end) for end in ends} == {fixture.PanicError}
        assert await fixture.spawned(1) == 2

    run(main())
