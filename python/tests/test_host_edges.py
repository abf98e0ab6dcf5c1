"""Where Python's own rules are easily broken: StopIteration, deep recursion, contexts, cancelled futures, threads."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
import time
from typing import Any

import fixture
import pytest

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="nothing")


@pytest.mark.parametrize("call", [fixture.apply, lambda n, f: fixture.map_elsewhere([n], f)], ids=["here", "worker"])
@pytest.mark.parametrize("started", [False, True], ids=["lazy", "started"])
def test_a_stop_iteration_is_no_return_value(run: Any, call: Any, started: bool) -> None:
    def empty(n: int) -> int:
        return next(iter(()))

    async def main() -> None:
        for wrap in (lambda awaitable: awaitable, asyncio.ensure_future):
            awaitable = call(1, empty)
            with pytest.raises(RuntimeError, match="coroutine raised StopIteration") as caught:
                await wrap(awaitable.start() if started else awaitable)
            assert isinstance(caught.value.__cause__, StopIteration)

    run(main())


def test_a_plain_call_raises_it_as_it_is() -> None:
    with pytest.raises(StopIteration):
        fixture.filter_now([1], lambda n: next(iter(())))


def test_endless_recursion_ends(anywhere: Any) -> None:
    def started(n: int) -> Any:
        return fixture.map_each([n], started).start()

    async def main() -> None:
        with pytest.raises(RecursionError):
            await fixture.map_each([1], started)

    anywhere(main())


def test_a_thousand_coroutines_deep(anywhere: Any) -> None:
    async def down(n: int) -> int:
        return n and (await fixture.map_each([n - 1], down))[0]  # type: ignore[no-any-return]

    async def main() -> None:
        assert await down(1000) == 0

    anywhere(main())


def test_a_started_call_keeps_its_context(run: Any) -> None:
    seen: list[str] = []

    def see(n: int) -> int:
        seen.append(VARIABLE.get())
        VARIABLE.set("leaked")
        return n

    async def main() -> None:
        VARIABLE.set("start")
        future = fixture.map_elsewhere([1], see).start()

        async def awaiter() -> str:
            VARIABLE.set("awaiter")
            await future
            return VARIABLE.get()

        assert await asyncio.create_task(awaiter()) == "awaiter"
        assert seen == ["start"]

    run(main())


def test_a_callback_that_is_cancelled_cancels_a_started_call(run: Any) -> None:
    async def give_up(n: int) -> int:
        raise asyncio.CancelledError("mine")

    async def main() -> None:
        future = fixture.apply(1, give_up).start()
        with pytest.raises(asyncio.CancelledError):
            await future
        assert future.cancelled()
        with pytest.raises(asyncio.CancelledError):
            future.exception()

    run(main())


def test_objects_go_on_their_own_loops_thread(new_loop: Any) -> None:
    wrong: list[int] = []

    class Bound:
        def __init__(self) -> None:
            self.thread = threading.get_ident()

        async def __call__(self, n: int) -> int:
            return n

        def __del__(self) -> None:
            time.sleep(0)
            if threading.get_ident() != self.thread:
                wrong.append(1)

    async def main() -> None:
        for n in range(200):
            await fixture.map_each([n], Bound())
            await fixture.map_elsewhere([n], Bound())

    def one_loop() -> None:
        loop = new_loop()
        loop.run_until_complete(main())
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    threads = [threading.Thread(target=one_loop) for _ in range(3)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong
