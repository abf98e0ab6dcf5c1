"""Calls under anyio's interface, wherever that runs: its scopes, groups and threads."""

from __future__ import annotations

import sys
from typing import Any

import anyio
import anyio.from_thread
import anyio.lowlevel
import anyio.to_thread
import fixture
import pytest

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup

ENDLESS = 2**32 - 1


def balanced() -> bool:
    return bool(fixture.created() == fixture.dropped())


async def standing() -> None:
    while not fixture.is_standing():
        await anyio.lowlevel.checkpoint()


def test_lazy_and_started(anywhere: Any) -> None:
    async def main() -> None:
        call = fixture.nap(0.001, 7)
        assert fixture.created() == 0
        assert await call == 7
        with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
            await call
        started = fixture.nap(0.05, 7).start()
        assert fixture.created() == 2
        assert [await started, await started] == [7, 7]

    anywhere(main())


def test_deadlines(anywhere: Any) -> None:
    async def main() -> None:
        with anyio.move_on_after(0.001) as scope:
            await fixture.wait_forever()
        assert scope.cancelled_caught
        with pytest.raises(TimeoutError), anyio.fail_after(0.001):
            await fixture.work(ENDLESS)
        assert fixture.created() == fixture.dropped() == 2
        with anyio.move_on_after(60) as scope:
            assert await fixture.nap(0.001, 7) == 7
        assert not scope.cancel_called
        await anyio.lowlevel.checkpoint()  # nothing is left of the cancels

    anywhere(main())


@pytest.mark.parametrize("call", ["heavy", "pinned", "nap", "work", "wait_forever"])
def test_every_placement(anywhere: Any, call: str) -> None:
    arguments: dict[str, tuple[Any, ...]] = {"heavy": (1,), "pinned": (1,), "nap": (60,), "work": (ENDLESS,)}

    async def main() -> None:
        for turns in (0, 1, 2):
            async with anyio.create_task_group() as group:
                group.start_soon(getattr(fixture, call), *arguments.get(call, ()))
                for _ in range(turns):
                    await anyio.lowlevel.checkpoint()
                group.cancel_scope.cancel()
            assert balanced()

    anywhere(main())


def test_a_shield(anywhere: Any) -> None:
    async def main() -> None:
        seen = []
        with anyio.CancelScope() as outer:
            outer.cancel()
            with anyio.CancelScope(shield=True):
                seen.append(await fixture.nap(0.001, 7))
            with anyio.move_on_after(0.001, shield=True) as inner:
                await fixture.wait_forever()
            seen.append(inner.cancelled_caught)
        assert seen == [7, True]

    anywhere(main())


def test_a_failing_group(anywhere: Any) -> None:
    async def main() -> None:
        with pytest.raises(BaseExceptionGroup) as caught:
            async with anyio.create_task_group() as group:
                group.start_soon(fixture.wait_forever)
                group.start_soon(fixture.work, ENDLESS)
                group.start_soon(fixture.fail_later, "closed")
        (error,) = caught.value.exceptions
        assert isinstance(error, fixture.Failure.Closed)
        assert fixture.created() == fixture.dropped() == 2

    anywhere(main())


def test_a_lock_around_it_is_safe(anywhere: Any) -> None:
    async def main() -> None:
        lock = anyio.Lock()
        inside = 0

        async def locked() -> None:
            nonlocal inside
            async with lock:
                try:
                    await fixture.work(ENDLESS)
                finally:
                    # The lock is still held: nothing of the call may be left when it is released.
                    assert balanced()
                    inside += 1

        for turn in range(30):
            async with anyio.create_task_group() as group:
                for _ in range(3):
                    group.start_soon(locked)
                for _ in range(2 + turn % 3):
                    await anyio.lowlevel.checkpoint()
                group.cancel_scope.cancel()
        assert balanced() and inside >= 30

    anywhere(main())


@pytest.mark.parametrize("value", [1, None])
def test_a_cancel_during_a_poll(anywhere: Any, value: int | None) -> None:
    """The cancel waits for the poll, however often anyio repeats it; a poll that ends with a result beats it."""

    async def main() -> None:
        got: list[Any] = []

        async def stand() -> None:
            got.append(await fixture.stand(value))

        async with anyio.create_task_group() as group:
            group.start_soon(stand)
            await standing()
            group.cancel_scope.cancel()
            with anyio.CancelScope(shield=True):
                for _ in range(5):
                    await anyio.lowlevel.checkpoint()
                assert (got, fixture.dropped()) == ([], 0), "a worker polls it"
                fixture.open_gate()
        assert got == ([] if value is None else [value])
        assert balanced()

    anywhere(main())


def test_a_completion_that_came_first_wins(anywhere: Any) -> None:
    async def main() -> None:
        got: list[Any] = []

        async def stand() -> None:
            got.append(await fixture.stand(1))

        async with anyio.create_task_group() as group:
            group.start_soon(stand)
            await standing()
            fixture.open_gate()
            while fixture.dropped() == 0:
                pass  # the loop stands still: the outcome is on its way, and nobody has drained it
            group.cancel_scope.cancel()
        assert got == [1]

    anywhere(main())


def test_threads(anywhere: Any) -> None:
    async def main() -> None:
        def in_a_thread() -> int:
            return int(anyio.from_thread.run(fixture.nap, 0.001, 7))

        assert await anyio.to_thread.run_sync(in_a_thread) == 7

    anywhere(main())


def test_an_object_after_a_cancel(anywhere: Any) -> None:
    counter = fixture.Counter()

    async def main() -> None:
        for _ in range(3):
            with anyio.move_on_after(0.001):
                await counter.wait()
        assert await counter.add_later(1) == 1
        async with counter:
            pass

    anywhere(main())
    assert (fixture.created(), fixture.dropped()) == (3, 3)


def test_many_at_once(anywhere: Any) -> None:
    async def main() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(500):
                group.start_soon(fixture.nap, 0.001)
                group.start_soon(fixture.work, 3)
                group.start_soon(fixture.pinned, 3)

    anywhere(main())
    assert fixture.created() == fixture.dropped() == 1500
