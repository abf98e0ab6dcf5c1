"""Host code sees the context of the call."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any

import anyio.lowlevel
import fixture
import pytest

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE", default="elsewhere")

Map = Callable[..., Any]


@pytest.mark.parametrize("name", ["map_each", "map_elsewhere"])
@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("started", [False, True])
def test_in_force(run: Any, name: str, plain: bool, started: bool) -> None:
    async def main() -> None:
        seen = []

        def note(n: int) -> int:
            seen.append(VARIABLE.get())
            return n

        async def note_later(n: int) -> int:
            note(n)
            await anyio.lowlevel.checkpoint()
            return note(n)

        async def call(value: str) -> None:
            VARIABLE.set(value)
            awaitable = getattr(fixture, name)([1, 2, 3], note if plain else note_later)
            await (awaitable.start() if started else awaitable)

        for value in ("one", "two"):
            seen.clear()
            await asyncio.gather(call(value))
            assert set(seen) == {value}
        assert VARIABLE.get() == "elsewhere"

    run(main())


@pytest.mark.parametrize("name", ["map_each", "map_elsewhere"])
def test_what_plain_functions_set_is_seen_by_the_caller(run: Any, name: str) -> None:
    """As in a coroutine that calls them itself: they run in the live context, not in a copy."""

    async def main() -> None:
        async def turn(n: int) -> int:
            await anyio.lowlevel.checkpoint()
            return n

        def set_it(n: int) -> Any:
            if n == 2:
                VARIABLE.set("set inside")
                return n
            return turn(n)

        async def call() -> str:
            await getattr(fixture, name)([1, 2], set_it)
            return VARIABLE.get()

        assert await asyncio.ensure_future(call()) == "set inside"
        assert VARIABLE.get() == "elsewhere"

    run(main())


def test_what_coroutines_set_stays_in_their_tasks(anywhere: Any) -> None:
    async def main() -> None:
        async def set_it(n: int) -> int:
            VARIABLE.set("set inside")
            return n

        await fixture.map_each([1], set_it)
        assert VARIABLE.get() == "elsewhere"

    anywhere(main())


def test_calls_side_by_side(run: Any) -> None:
    async def main() -> None:
        async def check(n: int) -> int:
            await anyio.lowlevel.checkpoint()
            assert VARIABLE.get() == str(n)
            return n

        async def call(n: int) -> None:
            VARIABLE.set(str(n))
            function = fixture.map_each if n % 2 else fixture.map_elsewhere
            assert await function([n] * 5, check) == [n] * 5

        await asyncio.gather(*[call(n) for n in range(50)])

    run(main())


def test_in_notifications(anywhere: Any) -> None:
    async def main() -> None:
        seen = []
        VARIABLE.set("here")
        await fixture.count_to(20, lambda _: seen.append(VARIABLE.get()))
        assert seen == ["here"] * 20

    anywhere(main())


def test_in_a_local_call(anywhere: Any) -> None:
    async def main() -> None:
        seen = []
        VARIABLE.set("here")
        await fixture.filter([1, 2], lambda _: not seen.append(VARIABLE.get()))
        assert seen == ["here"] * 2

    anywhere(main())


def test_one_context_for_several_tasks(run: Any) -> None:
    """Host code of one runs while another one's step is under way in the same context."""

    async def main() -> None:
        context = contextvars.copy_context()
        context.run(VARIABLE.set, "shared")
        seen = []

        async def note(n: int) -> int:
            seen.append(VARIABLE.get())
            await anyio.lowlevel.checkpoint()
            return n

        loop = asyncio.get_running_loop()
        tasks = [context.run(loop.create_task, as_coroutine(fixture.map_each([1, 2], note))) for _ in range(5)]
        await asyncio.gather(*tasks)
        assert seen == ["shared"] * 10

    run(main())


async def as_coroutine(awaitable: Any) -> Any:
    return await awaitable
