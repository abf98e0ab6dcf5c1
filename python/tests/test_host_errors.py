"""What host code raises: the same object comes out, with its traceback and its causes."""

from __future__ import annotations

import asyncio
import gc
import sys
import traceback
from typing import Any

import anyio.lowlevel
import fixture
import pytest


def frames(error: BaseException) -> list[str]:
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


async def deep(n: int) -> int:
    await anyio.lowlevel.checkpoint()
    raise KeyError("deep")


def at_once(n: int) -> int:
    raise KeyError("deep")


@pytest.mark.parametrize("function", [deep, at_once])
def test_the_traceback_survives(anywhere: Any, function: Any) -> None:
    async def caller() -> None:
        await fixture.map_each([1], function)

    async def main() -> None:
        with pytest.raises(KeyError) as caught:
            await caller()
        names = frames(caught.value)
        assert names.index("caller") < names.index(function.__name__)
        assert names.count(function.__name__) == 1

    anywhere(main())


def test_a_future_awaited_again_does_not_grow_the_traceback(anywhere: Any) -> None:
    async def main() -> None:
        future = fixture.map_each([1], deep).start()
        lengths = set()
        for _ in range(5):
            with pytest.raises(KeyError) as caught:
                await future
            lengths.add(len(frames(caught.value)))
            assert frames(caught.value)[-1] == "deep"
        assert len(lengths) == 1

    anywhere(main())


def test_cause_and_context_are_kept(anywhere: Any) -> None:
    cause, context = OSError("cause"), LookupError("context")

    async def fails(n: int) -> int:
        await anyio.lowlevel.checkpoint()
        try:
            raise context
        except LookupError:
            raise ValueError("outer") from cause

    async def main() -> None:
        with pytest.raises(ValueError, match="outer") as caught:
            await fixture.map_each([1], fails)
        assert caught.value.__cause__ is cause
        assert caught.value.__context__ is context

    anywhere(main())


def test_the_cause_of_a_variant_has_its_traceback(anywhere: Any) -> None:
    class Auth:
        async def token(self, scope: str) -> str:
            await anyio.lowlevel.checkpoint()
            raise PermissionError(scope)

        async def pick(self, n: int) -> int:
            return n

        def note(self, line: str) -> None: ...

    async def main() -> None:
        with pytest.raises(fixture.AuthError.Host) as caught:
            await fixture.ask(Auth(), "read")
        assert isinstance(caught.value.__cause__, PermissionError)
        assert frames(caught.value.__cause__) == ["token"]

    anywhere(main())


def test_what_rust_sees(run: Any) -> None:
    class Own(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    async def main() -> None:
        async def own() -> None:
            raise Own

        async def cancelled() -> None:
            raise asyncio.CancelledError("enough")

        name, text, traced = await fixture.inspect(own)
        assert (name, text, traced) == (f"{__name__}.{Own.__qualname__}", "<Own>", True)
        name, text, _ = await fixture.inspect(cancelled)
        # Before 3.11 a Task does not keep the message.
        assert (name, text) == ("asyncio.exceptions.CancelledError", "enough" if sys.version_info >= (3, 11) else "")
        assert await fixture.inspect(lambda: None) is None

    run(main())


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("turns", [0, 1])
def test_what_ends_the_program_is_not_swallowed(new_loop: Any, kind: type[BaseException], turns: int) -> None:
    """`inspect` would take any other exception for its result."""

    async def interrupted() -> None:
        for _ in range(turns):
            await anyio.lowlevel.checkpoint()
        raise kind

    loop = new_loop()
    task = loop.create_task(as_coroutine(fixture.inspect(interrupted)))
    with pytest.raises(kind):
        loop.run_until_complete(task)
    # The loop stopped where it was raised. Where that was in a task of the callback's own, the caller hears of it next.
    if not task.done():
        with pytest.raises(kind):
            loop.run_until_complete(task)
    assert isinstance(task.exception(), kind)
    loop.close()


async def as_coroutine(awaitable: Any) -> Any:
    return await awaitable


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_program_from_a_plain_function(kind: type[BaseException]) -> None:
    def interrupted(n: int) -> bool:
        raise kind

    with pytest.raises(kind):
        fixture.filter_now([1], interrupted)


def test_a_result_that_does_not_fit_names_the_function(anywhere: Any) -> None:
    async def main() -> None:
        with pytest.raises(TypeError, match=r"^f\(\) result: expected int, got str$"):
            await fixture.map_each([1], lambda n: "x")
        with pytest.raises(OverflowError, match=r"^f\(\) result: -1 is out of range for u32"):
            await fixture.map_each([1], lambda n: -1)

        class Auth:
            def token(self, scope: str) -> str:
                return scope

            def pick(self, n: int) -> str:
                return "x"

            def note(self, line: str) -> None: ...

        with pytest.raises(TypeError, match=r"^Auth\.pick\(\) result: expected int, got str$"):
            await fixture.pick(Auth(), 1)

        async def text() -> int:
            return 3

        with pytest.raises(TypeError, match=r"^awaitable\(\) result: expected str, got int$"):
            await fixture.wait_for(text())

    anywhere(main())


def test_wrong_arity_is_what_python_says(anywhere: Any) -> None:
    async def main() -> None:
        with pytest.raises(TypeError, match="positional argument"):
            await fixture.map_each([1], lambda: 1)

    anywhere(main())


def test_errors_leave_nothing_behind(anywhere: Any) -> None:
    class Marked(Exception):
        alive = 0

        def __init__(self) -> None:
            Marked.alive += 1

        def __del__(self) -> None:
            Marked.alive -= 1

    async def fails(n: int) -> int:
        await anyio.lowlevel.checkpoint()
        raise Marked

    async def main() -> None:
        for _ in range(100):
            with pytest.raises(Marked):
                await fixture.map_each([1], fails)
            with pytest.raises(Marked):
                await fixture.map_elsewhere([1], fails)

    anywhere(main())
    gc.collect()
    assert Marked.alive == 0


@pytest.mark.skipif(sys.version_info < (3, 11), reason="new in 3.11")
def test_an_exception_group_is_one_exception(run: Any) -> None:
    async def fails(n: int) -> int:
        async with asyncio.TaskGroup() as group:
            group.create_task(deep(n))
        return n

    async def main() -> None:
        with pytest.raises(ExceptionGroup) as caught:  # type: ignore[name-defined]  # noqa: F821
            await fixture.map_each([1], fails)
        assert isinstance(caught.value.exceptions[0], KeyError)

    run(main())
