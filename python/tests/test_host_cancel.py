"""Both directions of a cancel: Rust first, then the host code that it waited for; each once."""

from __future__ import annotations

import asyncio
import gc
import sys
from typing import Any

import fixture
import pytest


class Hangs:
    """A function that hangs, and counts what happens to it."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.cancelled = 0
        self.messages: list[Any] = []
        self.task: asyncio.Task[Any] | None = None

    async def __call__(self, *_: Any) -> int:
        self.task = asyncio.current_task()
        self.started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            fixture.event("host cancelled")
            raise
        return 0


async def cancelled(call: Any, hangs: Hangs) -> None:
    task = asyncio.ensure_future(call)
    await hangs.started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert hangs.task is not None
    await asyncio.wait([hangs.task])


@pytest.mark.parametrize("call", ["guarded", "apply"])
def test_the_caller_cancels(run: Any, call: str) -> None:
    async def main() -> None:
        fixture.take_events()
        hangs = Hangs()
        await cancelled(fixture.guarded(hangs) if call == "guarded" else fixture.apply(1, hangs), hangs)
        assert hangs.cancelled == 1
        assert fixture.take_events() == ["rust dropped", "host cancelled"]

    run(main())


def test_the_caller_cancels_what_a_worker_waits_for(run: Any) -> None:
    async def main() -> None:
        for _ in range(50):
            hangs = Hangs()
            await cancelled(fixture.map_elsewhere([1], hangs), hangs)
            assert hangs.cancelled == 1

    run(main())


def test_a_started_future_is_cancelled(run: Any) -> None:
    async def main() -> None:
        hangs = Hangs()
        future = fixture.map_each([1], hangs).start()
        await hangs.started.wait()
        assert future.cancel()
        with pytest.raises(asyncio.CancelledError):
            await future
        assert hangs.task is not None
        await asyncio.wait([hangs.task])
        assert hangs.cancelled == 1

    run(main())


def test_a_started_future_is_dropped(run: Any) -> None:
    async def main() -> None:
        hangs = Hangs()
        future = fixture.map_each([1], hangs).start()
        await hangs.started.wait()
        del future
        gc.collect()
        assert hangs.task is not None
        await asyncio.wait([hangs.task])
        assert hangs.cancelled == 1

    run(main())


def test_closed_while_it_waits(run: Any) -> None:
    async def main() -> None:
        hangs = Hangs()
        call = fixture.map_each([1], hangs)
        call.send(None)
        await hangs.started.wait()
        call.close()
        assert hangs.task is not None
        await asyncio.wait([hangs.task])
        assert hangs.cancelled == 1

    run(main())


def test_host_code_that_refuses_to_be_cancelled(run: Any) -> None:
    """The call is over at once; what the host code does then is its own affair."""

    async def main() -> None:
        inside, out = asyncio.Event(), asyncio.Event()
        left = []

        async def stubborn(_: int) -> int:
            inside.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await out.wait()
                left.append("cleaned up")
            return 1

        task = asyncio.ensure_future(fixture.map_each([1], stubborn))
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert left == []
        out.set()
        for _ in range(3):
            await asyncio.sleep(0)
        assert left == ["cleaned up"]

    run(main())


def test_an_error_during_a_cancel_is_reported(run: Any) -> None:
    """Nobody waits any more, so it is asyncio that tells of it."""
    reported: list[Any] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
        inside = asyncio.Event()

        async def fails(_: int) -> int:
            inside.set()
            try:
                await asyncio.Event().wait()
            finally:
                raise ValueError("while it was cancelled")

        task = asyncio.ensure_future(fixture.map_each([1], fails))
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        for _ in range(3):
            await asyncio.sleep(0)
        gc.collect()

    run(main())
    assert [str(each["exception"]) for each in reported] == ["while it was cancelled"]


def test_host_code_cancels_itself(run: Any) -> None:
    async def main() -> None:
        async def cancels(_: int) -> int:
            task = asyncio.current_task()
            assert task is not None
            task.cancel("by itself")
            await asyncio.sleep(0)
            return 0

        with pytest.raises(asyncio.CancelledError):
            await fixture.map_each([1], cancels)
        name, text, _ = await fixture.inspect(lambda: cancels(0))
        assert (name, text) == ("asyncio.exceptions.CancelledError", "by itself" if sys.version_info >= (3, 11) else "")

    run(main())


def test_host_code_cancels_its_caller(run: Any) -> None:
    async def main() -> None:
        outer = asyncio.current_task()
        assert outer is not None

        async def call() -> None:
            outer = asyncio.current_task()
            assert outer is not None
            seen = []

            async def cancels(_: int) -> int:
                assert outer is not None
                outer.cancel()
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError:
                    seen.append("cancelled")
                    raise
                return 0

            try:
                await fixture.map_each([1], cancels)
            finally:
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                assert seen == ["cancelled"]

        with pytest.raises(asyncio.CancelledError):
            await asyncio.ensure_future(call())

    run(main())


def test_rust_drops_what_it_never_polled(run: Any) -> None:
    called = []

    async def main() -> None:
        await fixture.never_call(lambda: called.append(1))

    run(main())
    assert called == []


def test_wait_for_around_host_code(run: Any) -> None:
    async def main() -> None:
        hangs = Hangs()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(fixture.map_each([1], hangs), 0.01)
        assert hangs.task is not None
        await asyncio.wait([hangs.task])
        assert hangs.cancelled == 1

    run(main())


def test_awaitables_that_rust_drops(run: Any) -> None:
    async def main() -> None:
        task = asyncio.ensure_future(asyncio.sleep(3600, 1))
        await fixture.drop_future(task, True)
        await asyncio.wait([task])
        assert task.cancelled()

        future = asyncio.get_running_loop().create_future()
        await fixture.drop_future(future, True)
        assert future.cancelled()

        untouched = asyncio.get_running_loop().create_future()
        await fixture.drop_future(untouched, False)
        assert not untouched.done()

        async def never() -> int:
            return 1

        with pytest.warns(RuntimeWarning, match="never' was never awaited"):
            await fixture.drop_future(never(), False)

    run(main())


def test_many_cancels_while_requests_are_served(run: Any) -> None:
    async def main() -> None:
        running = 0

        async def f(n: int) -> int:
            nonlocal running
            running += 1
            try:
                await asyncio.sleep(0)
                return n
            finally:
                running -= 1

        for turns in range(8):
            tasks = [asyncio.ensure_future(fixture.map_elsewhere(list(range(50)), f)) for _ in range(20)]
            for _ in range(turns):
                await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(result, asyncio.CancelledError) for result in results)
        for _ in range(100):
            if running == 0:
                break
            await asyncio.sleep(0.01)
        assert running == 0

    run(main())
