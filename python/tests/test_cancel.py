"""Cancellation: the Rust future is dropped first, then the awaiter hears of it."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import Any

import fixture
import pytest

ENDLESS = 2**32 - 1


def balanced() -> bool:
    return bool(fixture.created() == fixture.dropped())


def test_cancelled_before_it_started(run: Any) -> None:
    async def main() -> None:
        task = asyncio.create_task(fixture.wait_forever())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert fixture.created() == 0

    run(main())


def test_cancelled_at_its_suspension_point(run: Any) -> None:
    async def main() -> None:
        task = asyncio.create_task(fixture.wait_forever())
        await asyncio.sleep(0)
        assert (fixture.created(), fixture.dropped()) == (1, 0)
        assert task.cancel("enough") is True
        assert fixture.dropped() == 1, "a future that nobody polls is dropped at once"
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()

    run(main())


@pytest.mark.parametrize("turns", range(6))
def test_the_drop_is_done_when_the_error_arrives(run: Any, turns: int) -> None:
    """Workers poll `work` all the time: most of these cancels meet a poll under way."""

    async def main() -> None:
        for _ in range(50):
            fixture.reset_counters()
            task = asyncio.create_task(fixture.work(ENDLESS))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                assert balanced()
            else:
                raise AssertionError("it cannot have ended")

    run(main())


def test_a_lock_around_it_is_safe(run: Any) -> None:
    async def main() -> None:
        lock = asyncio.Lock()
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

        tasks = [asyncio.create_task(locked()) for _ in range(20)]
        for task in tasks:
            await asyncio.sleep(0)
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)
        assert balanced() and inside >= 1

    run(main())


@pytest.mark.parametrize("call", ["heavy", "pinned", "nap", "work", "wait_forever"])
def test_every_placement(run: Any, call: str) -> None:
    arguments: dict[str, tuple[Any, ...]] = {"heavy": (1,), "pinned": (1,), "nap": (60,), "work": (ENDLESS,)}

    async def main() -> None:
        for turns in (0, 1, 2):
            task = asyncio.create_task(getattr(fixture, call)(*arguments.get(call, ())))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert balanced()

    run(main())


def test_wait_for(run: Any) -> None:
    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(fixture.wait_forever(), 0.001)
        assert (fixture.created(), fixture.dropped()) == (1, 1)

    run(main())


@pytest.mark.skipif(sys.version_info < (3, 11), reason="new in 3.11")
def test_timeout_and_task_group(run: Any) -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await fixture.work(ENDLESS)
        assert balanced()

        with pytest.raises(BaseException) as caught:
            async with asyncio.TaskGroup() as group:
                group.create_task(fixture.wait_forever())
                group.create_task(fixture.work(ENDLESS))
                group.create_task(fixture.fail_later("closed"))
        (error,) = caught.value.exceptions  # type: ignore[attr-defined]
        assert isinstance(error, fixture.Failure.Closed)
        assert balanced()

    run(main())


def test_shield(run: Any) -> None:
    async def main() -> None:
        future = fixture.nap(0.01, 7).start()
        task = asyncio.ensure_future(asyncio.shield(future))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert fixture.dropped() == 0
        assert await future == 7

    run(main())


def test_a_completion_that_came_first_wins(run: Any) -> None:
    async def main() -> None:
        for start in (lambda call: call.start(), asyncio.create_task):
            fixture.reset_counters()
            waiting = start(fixture.stand(1))
            await standing()
            fixture.open_gate()
            while fixture.dropped() == 0:
                pass  # the loop stands still: the outcome is on its way, and nobody has drained it
            assert waiting.cancel() is True
            assert await waiting == 1
            assert not waiting.cancelled()

    run(main())


@pytest.mark.parametrize("value", [1, None])
def test_a_cancel_during_a_poll(run: Any, value: int | None) -> None:
    """A poll that ends with a result beats the cancel that came while it ran."""

    async def main() -> None:
        future = fixture.stand(value).start()
        await standing()
        assert future.cancel() is True
        assert not future.done() and fixture.dropped() == 0, "a worker polls it"
        fixture.open_gate()
        if value is None:
            with pytest.raises(asyncio.CancelledError):
                await future
        else:
            assert await future == value
        assert balanced()

    run(main())


async def standing() -> None:
    while not fixture.is_standing():
        await asyncio.sleep(0)


def test_a_local_call_cancelled_from_another_thread(run: Any) -> None:
    async def main() -> None:
        future = fixture.work_pinned(ENDLESS).start()
        thread = threading.Thread(target=future.cancel)
        thread.start()
        thread.join()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(future), 60)
        assert future.cancelled() and balanced()

    run(main())


def test_caught_and_gone_on(run: Any) -> None:
    counter = fixture.Counter()

    async def main() -> int:
        async def stubborn() -> int:
            try:
                await counter.wait()
            except asyncio.CancelledError:
                return int(await counter.add_later(5))
            raise AssertionError("it cannot have ended")

        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0)
        task.cancel()
        return await task

    assert run(main()) == 5
    assert balanced()


def test_an_object_is_usable_after_a_cancel(run: Any) -> None:
    counter = fixture.Counter()

    async def main() -> None:
        for _ in range(3):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(counter.wait(), 0.001)
        assert await counter.add_later(1) == 1

    run(main())
    assert (fixture.created(), fixture.dropped()) == (3, 3)


def test_an_error_thrown_while_a_worker_polls(run: Any) -> None:
    """The awaitable yields until the drop is done, then raises what was thrown."""

    async def main() -> None:
        call = fixture.stand(None)
        future = call.send(None)
        await standing()
        assert call.throw(KeyError("mine")) is future
        assert call.send(None) is future, "a worker polls it still"
        assert call.throw(ValueError("later")) is future, "the first error stays"
        assert not future.done() and fixture.dropped() == 0
        fixture.open_gate()
        while not future.done():
            await asyncio.sleep(0)
        assert balanced()
        with pytest.raises(KeyError, match="mine"):
            call.send(None)

    run(main())
