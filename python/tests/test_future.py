"""The started form: `start()`."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import inspect
from typing import Any

import fixture
import pytest


def test_starts_at_once(run: Any) -> None:
    async def main() -> None:
        future = fixture.wait_forever().start()
        assert fixture.created() == 1
        assert asyncio.isfuture(future)
        assert inspect.isawaitable(future)
        assert not asyncio.iscoroutine(future)
        assert not future.done()
        assert future.get_loop() is asyncio.get_running_loop()
        assert repr(future).startswith("<Future pending fixture.wait_forever at 0x")
        future.cancel()

    run(main())


def test_ready_is_done_at_once(anywhere: Any) -> None:
    async def main() -> None:
        future = fixture.echo_u64(7).start()
        assert future.done()
        assert not future.cancelled()
        assert (future.result(), future.exception()) == (7, None)

    anywhere(main())


def test_gives_the_same_value_again(anywhere: Any) -> None:
    async def main() -> None:
        future = fixture.echo_list([1]).start()
        first = await future
        assert first is await future
        pending = fixture.nap(0.001, 7).start()
        assert [await pending, await pending] == [7, 7]

    anywhere(main())


def test_gather_makes_no_task(run: Any) -> None:
    async def main() -> None:
        before = asyncio.all_tasks()
        futures = [fixture.nap(0.001, i).start() for i in range(100)]
        both = asyncio.gather(*futures)
        assert asyncio.all_tasks() == before
        assert await both == list(range(100))
        assert asyncio.ensure_future(futures[0]) is futures[0]

    run(main())


def test_wait_as_completed_and_wait_for(run: Any) -> None:
    async def main() -> None:
        futures = {fixture.nap(0.001, i).start() for i in range(3)}
        done, pending = await asyncio.wait(futures)
        assert done == futures and not pending
        order = [await each for each in asyncio.as_completed([fixture.nap(0.001, 1).start(), fixture.ready().start()])]
        assert sorted(order, key=str) == [1, None]
        assert await asyncio.wait_for(fixture.nap(0.001, 4).start(), 60) == 4
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(fixture.wait_forever().start(), 0.001)
        assert await asyncio.shield(fixture.nap(0.001, 5).start()) == 5

    run(main())
    assert fixture.created() == fixture.dropped()


def test_run_until_complete(new_loop: Any) -> None:
    loop = new_loop()

    async def start() -> Any:
        return fixture.nap(0.001, 7).start()

    assert loop.run_until_complete(loop.run_until_complete(start())) == 7
    loop.close()


def test_callbacks(run: Any) -> None:
    async def main() -> None:
        variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")
        seen: list[Any] = []
        context = contextvars.copy_context()
        context.run(variable.set, "given")

        def note(future: Any) -> None:
            seen.append((variable.get(), future.cancelled()))

        future = fixture.wait_forever().start()
        removed: list[Any] = []
        future.add_done_callback(removed.append)
        future.add_done_callback(removed.append)
        future.add_done_callback(note, context=context)
        variable.set("current")
        future.add_done_callback(note)
        variable.set("later")
        assert future.remove_done_callback(removed.append) == 2
        assert future.remove_done_callback(removed.append) == 0
        future.cancel()
        assert seen == [], "callbacks never run at once"
        await asyncio.sleep(0)
        assert seen == [("given", True), ("current", True)]
        future.add_done_callback(note)
        assert len(seen) == 2, "callbacks never run at once"
        await asyncio.sleep(0)
        assert seen[2:] == [("later", True)]
        assert removed == []

    run(main())


def test_a_callback_that_compares_badly(run: Any) -> None:
    class Odd:
        def __call__(self, _: Any) -> None: ...

        def __eq__(self, _: object) -> bool:
            raise KeyError("mine")

        __hash__ = object.__hash__

    async def main() -> None:
        future = fixture.wait_forever().start()
        called: list[Any] = []
        future.add_done_callback(called.append)
        future.add_done_callback(Odd())
        with pytest.raises(KeyError, match="mine"):
            future.remove_done_callback(len)
        future.cancel()
        await asyncio.sleep(0)
        assert called == [future], "nothing was removed"

    run(main())


def test_not_done_yet(run: Any) -> None:
    async def main() -> None:
        future = fixture.wait_forever().start()
        with pytest.raises(asyncio.InvalidStateError, match="Result is not set"):
            future.result()
        with pytest.raises(asyncio.InvalidStateError, match="Exception is not set"):
            future.exception()
        with pytest.raises(RuntimeError, match="await wasn't used with future"):
            list(future)
        with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
            future.cancel(colour="red")
        with pytest.raises(TypeError):
            future.add_done_callback()
        for method in (future.done, future.cancelled, future.result, future.exception, future.get_loop):
            with pytest.raises(TypeError, match=r"takes at most 0 positional arguments \(1 given\)"):
                method(1)
        with pytest.raises(TypeError, match=r"takes at most 1 positional arguments \(2 given\)"):
            future.cancel("a", "b")
        future.cancel()

    run(main())


def test_cancel(run: Any) -> None:
    async def main() -> None:
        future = fixture.wait_forever().start()
        seen: list[Any] = []
        future.add_done_callback(seen.append)
        assert future.cancel("enough") is True
        assert fixture.dropped() == 1
        assert future.cancelled() and future.done()
        assert seen == [], "callbacks never run at once"
        assert future.cancel() is False
        with pytest.raises(asyncio.CancelledError, match="enough"):
            await future
        with pytest.raises(asyncio.CancelledError, match="enough"):
            future.exception()
        await asyncio.sleep(0)
        assert seen == [future]

    run(main())


def test_gather_of_a_cancelled_one(run: Any) -> None:
    async def main() -> None:
        future = fixture.wait_forever().start()
        both = asyncio.gather(future, fixture.nap(0.001).start(), return_exceptions=True)
        future.cancel("enough")
        first, second = await both
        assert isinstance(first, asyncio.CancelledError)
        assert second == 0

    run(main())


def test_dropping_it_cancels(anywhere: Any) -> None:
    async def main() -> None:
        future = fixture.wait_forever().start()
        assert (fixture.created(), fixture.dropped()) == (1, 0)
        del future
        assert fixture.dropped() == 1
        ring: list[Any] = [fixture.wait_forever().start()]
        ring.append(ring)
        del ring
        gc.collect()
        assert fixture.dropped() == 2

    anywhere(main())


def test_an_exception_raised_again(anywhere: Any) -> None:
    async def main() -> None:
        future = fixture.fail("closed").start()
        depths = []
        for _ in range(3):
            with pytest.raises(fixture.Failure.Closed) as caught:
                await future
            depth, trace = 0, caught.value.__traceback__
            while trace is not None:
                depth, trace = depth + 1, trace.tb_next
            depths.append(depth)
        assert len(set(depths)) == 1, "each raise starts its traceback anew"

    anywhere(main())


@pytest.mark.parametrize("call", ["fail", "fail_later"])
def test_never_retrieved(run: Any, call: str) -> None:
    told: list[dict[str, Any]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        future = getattr(fixture, call)("closed").start()
        while not future.done():
            await asyncio.sleep(0)
        del future

    run(main())
    (context,) = told
    assert isinstance(context["exception"], fixture.Failure.Closed)
    assert context["message"] == f"Future exception was never retrieved: fixture.{call}"
    assert "future" in context


def test_a_retrieved_exception_is_not_logged(run: Any) -> None:
    told: list[Any] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        with pytest.raises(fixture.Failure):
            await fixture.fail_later("closed").start()
        with pytest.raises(fixture.Failure):
            await fixture.fail_later("closed")
        with pytest.raises(fixture.Failure):
            await asyncio.create_task(fixture.fail_later("closed"))
        future = fixture.fail("closed").start()
        assert isinstance(future.exception(), fixture.Failure)

    run(main())
    gc.collect()
    assert told == []


def test_the_coroutine_is_used_up(anywhere: Any) -> None:
    async def main() -> None:
        call = fixture.nap(0.001, 7)
        future = call.start()
        with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
            await call
        del call
        assert await future == 7, "the future does not depend on the coroutine"

    anywhere(main())
