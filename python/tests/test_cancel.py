"""Cancellation: the Rust future is dropped first, then the awaiter hears of it."""

from __future__ import annotations

import asyncio
import functools
import gc
import sys
import threading
from typing import Any

import fixture
import pytest

ENDLESS = 2**32 - 1


@pytest.fixture(params=[False, True], ids=["plain", "debug"])
def run(run: Any, request: pytest.FixtureRequest) -> Any:
    """In asyncio's debug mode a call yields another future, and all of this holds."""
    return functools.partial(run, debug=request.param)


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
        future = fixture.stand(7).start()
        task = asyncio.ensure_future(asyncio.shield(future))
        await standing()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert fixture.dropped() == 0
        fixture.open_gate()
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
        assert asyncio.isfuture(call.send(None))
        future = call.cr_await
        await standing()
        assert asyncio.isfuture(call.throw(KeyError("mine")))
        assert asyncio.isfuture(call.send(None)), "a worker polls it still"
        assert asyncio.isfuture(call.throw(ValueError("later"))), "the first error stays"
        assert call.cr_await is future
        assert not future.done() and fixture.dropped() == 0
        fixture.open_gate()
        while not future.done():
            await asyncio.sleep(0)
        assert balanced()
        with pytest.raises(KeyError, match="mine"):
            call.send(None)

    run(main())


@pytest.mark.parametrize("started", [False, True], ids=["lazy", "started"])
def test_gather_is_cancelled(run: Any, started: bool) -> None:
    async def main() -> None:
        calls = [fixture.wait_forever() for _ in range(10)] + [fixture.work(ENDLESS) for _ in range(10)]
        children = [call.start() if started else asyncio.ensure_future(call) for call in calls]
        both = asyncio.gather(*children)
        await asyncio.sleep(0)
        assert fixture.created() == 20
        both.cancel()
        with pytest.raises(asyncio.CancelledError):
            await both
        # It does not wait for the other children when one has ended.
        await asyncio.wait(children)
        assert all(child.cancelled() for child in children)
        assert fixture.created() == fixture.dropped() == 20

    run(main())


def test_one_of_gather_fails(run: Any) -> None:
    """The others go on, as asyncio has it; whoever cancels them drops them."""

    async def main() -> None:
        others = [asyncio.ensure_future(fixture.work(ENDLESS)) for _ in range(5)]
        with pytest.raises(fixture.Failure.Closed):
            await asyncio.gather(*others, fixture.fail_later("closed"))
        assert (fixture.created(), fixture.dropped()) == (5, 0)
        for other in others:
            other.cancel()
        assert all(
            isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*others, return_exceptions=True)
        )
        assert fixture.created() == fixture.dropped() == 5

    run(main())


def test_from_another_thread(run: Any) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        for _ in range(50):
            task = asyncio.ensure_future(fixture.work(ENDLESS))
            thread = threading.Thread(target=loop.call_soon_threadsafe, args=(task.cancel,))
            thread.start()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert balanced()
            thread.join()

    run(main())


@pytest.mark.parametrize("call", ["wait_forever", "stand"])
def test_twice(run: Any, call: str) -> None:
    async def main() -> None:
        task = asyncio.ensure_future(fixture.wait_forever() if call == "wait_forever" else fixture.stand(None))
        await (asyncio.sleep(0) if call == "wait_forever" else standing())
        assert task.cancel("first") is True
        assert task.cancel("second") is True
        await asyncio.sleep(0)
        if call == "stand":
            assert task.cancel("third") is True
            assert not task.done() and fixture.dropped() == 0, "a worker polls it"
            fixture.open_gate()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancel() is False
        assert fixture.created() == fixture.dropped() == 1

    run(main())


def test_during_the_first_poll(run: Any) -> None:
    """By host code that this poll asks for: the Task sees it when the call suspends."""

    async def main() -> None:
        fixture.take_events()
        waited: list[asyncio.Future[Any]] = []

        def cancel_the_caller(_: int) -> Any:
            task.cancel()
            waited.append(asyncio.get_running_loop().create_future())
            return waited[0]

        task = asyncio.ensure_future(fixture.apply(1, cancel_the_caller))
        with pytest.raises(asyncio.CancelledError):
            await task
        assert fixture.take_events() == ["rust dropped"]
        assert waited[0].cancelled()

    run(main())


@pytest.mark.parametrize("started", [False, True], ids=["lazy", "started"])
def test_while_completions_are_drained(run: Any, started: bool) -> None:
    """By host code that runs between the two halves of one batch: the first is settled, the second is on its way."""

    async def main() -> None:
        calls = [fixture.kept_local(i) for i in range(20)]
        waiting = [call.start() if started else asyncio.ensure_future(call) for call in calls]
        await asyncio.sleep(0)
        answers: list[bool] = []

        def cancel_all(_: int) -> None:
            assert fixture.dropped() == 20
            answers.extend([each.cancel() for each in waiting])

        # One turn polls a half, queues the cancels, polls the other half, and the next one drains what came of that.
        fixture.wake_kept(10)
        fixture.tell_from_a_thread(lambda _: fixture.tell_from_a_thread(cancel_all))
        fixture.wake_kept()
        ends = await asyncio.gather(*waiting, return_exceptions=True)
        if started:
            assert answers == [False] * 10 + [True] * 10
            assert ends == list(range(20))
        else:
            # A Task that is about to go on with a result is cancelled, by asyncio's own rule.
            assert answers == [True] * 20
            assert [type(end) for end in ends[:10]] == [asyncio.CancelledError] * 10
            assert ends[10:] == list(range(10, 20))
        assert fixture.created() == fixture.dropped() == 20

    run(main())


def test_closed_at_each_stage(run: Any) -> None:
    async def main() -> None:
        call = fixture.wait_forever()
        call.close()
        call.close()
        assert fixture.created() == 0
        call = fixture.wait_forever()
        call.send(None)
        assert (fixture.created(), fixture.dropped()) == (1, 0)
        call.close()
        assert fixture.dropped() == 1
        call.close()
        call = fixture.stand(None)
        call.send(None)
        await standing()
        call.close()
        assert fixture.dropped() == 1, "a worker polls it"
        fixture.open_gate()
        await until_balanced()
        call = fixture.stand(None)
        call.send(None)
        await standing()
        call.throw(KeyError("mine"))
        call.close()
        fixture.open_gate()
        await until_balanced()
        for used in (call, fixture.ready()):
            if used is not call:
                await used
            used.close()
            with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
                used.send(None)
        assert fixture.created() == fixture.dropped() == 3

    run(main())


async def until_balanced() -> None:
    while not balanced():
        await asyncio.sleep(0)


@pytest.mark.parametrize("started", [False, True], ids=["lazy", "started"])
@pytest.mark.parametrize("cycle", [False, True], ids=["counted", "collected"])
def test_nobody_refers_to_it_any_more(run: Any, started: bool, cycle: bool) -> None:
    async def main() -> None:
        def begin(call: Any) -> list[Any]:
            if started:
                held = [call.start()]
            else:
                call.send(None)
                held = [call]
            if cycle:
                held.append(held)
            return held

        held = begin(fixture.wait_forever())
        assert (fixture.created(), fixture.dropped()) == (1, 0)
        del held
        gc.collect()
        assert fixture.dropped() == 1
        held = begin(fixture.stand(None))
        await standing()
        del held
        gc.collect()
        assert fixture.dropped() == 1, "a worker polls it"
        fixture.open_gate()
        await until_balanced()
        assert fixture.created() == fixture.dropped() == 2

    run(main())


def test_only_a_cancel_gives_a_cancelled_error(run: Any) -> None:
    """What Rust gives up by itself is an error of another kind, which `wait_for` and groups tell from a cancel."""

    async def main() -> None:
        for call, error in (
            (fixture.impatient(0.001), fixture.Failure.Timeout),
            (fixture.panic_later("closed"), fixture.PanicError),
            (fixture.fail_later("closed"), fixture.Failure.Closed),
        ):
            with pytest.raises(error):
                await asyncio.wait_for(call, 60)
        task = asyncio.ensure_future(fixture.impatient(0.001))
        (end,) = await asyncio.gather(task, return_exceptions=True)
        assert not task.cancelled() and isinstance(end, fixture.Failure.Timeout)

    run(main())
