"""The lazy form: what a call gives, before and while it is awaited."""

from __future__ import annotations

import asyncio
import collections.abc
import gc
import inspect
import sys
import types
import warnings
import weakref
from typing import Any

import fixture
import pytest


def test_nothing_runs_before_the_first_step(anywhere: Any) -> None:
    async def main() -> None:
        call = fixture.nap(0)
        assert fixture.created() == 0
        await call
        assert fixture.created() == 1

    anywhere(main())


def test_is_a_coroutine() -> None:
    call = fixture.ready()
    assert isinstance(call, collections.abc.Coroutine)
    assert isinstance(call, collections.abc.Awaitable)
    assert asyncio.iscoroutine(call)
    assert inspect.isawaitable(call)
    assert not asyncio.isfuture(call)
    call.close()


def test_names() -> None:
    call = fixture.Counter().add_later(1)
    assert (call.__name__, call.__qualname__) == ("add_later", "Counter.add_later")
    assert repr(call).startswith("<coroutine fixture.Counter.add_later at 0x")
    assert (call.cr_await, call.cr_running, call.cr_suspended) == (None, False, False)
    call.close()


TUPLE = (1, "a", True)


@pytest.mark.parametrize("value", [None, 7, TUPLE])
def test_a_ready_result_takes_no_turn(value: Any) -> None:
    calls = {None: fixture.ready, 7: lambda: fixture.echo_u64(7), TUPLE: lambda: fixture.echo_tuple(TUPLE)}
    with pytest.raises(StopIteration) as stopped:
        calls[value]().send(None)
    assert stopped.value.value == value
    assert stopped.value.args == (() if value is None else (value,))


def test_each_stop_iteration_keeps_its_own_value() -> None:
    """One exception is used again where nobody has kept it."""
    kept = []
    for value in range(3):
        call = fixture.echo_u64(value)
        try:
            call.__next__()
        except StopIteration as stop:
            kept.append(stop)
    assert [stop.value for stop in kept] == [0, 1, 2]


def test_a_stop_iteration_that_was_caught_keeps_its_value(anywhere: Any) -> None:
    async def main() -> None:
        with pytest.raises(StopIteration) as caught:
            next(fixture.echo_list([1]).__await__())
        assert await fixture.echo_list([2]) == [2]
        assert caught.value.value == [1]

    anywhere(main())


def test_what_carries_a_value_lets_go_of_it(run: Any) -> None:
    """One exception is used again: it must not keep what it carried last."""

    async def main() -> None:
        native = [1]
        value = await fixture.echo_list([1])
        assert sys.getrefcount(value) == sys.getrefcount(native)
        call = fixture.echo_list([2])
        value = await call
        assert sys.getrefcount(value) == sys.getrefcount(native), "while the awaitable is still there"
        gone = weakref.ref(await fixture.Counter.connect("a"))
        await asyncio.sleep(0)  # the loop lets go of the future that it was woken by
        assert gone() is None, "after a suspension"

    run(main())


def test_await_of_a_ready_result_takes_no_turn(run: Any) -> None:
    async def main() -> list[str]:
        order = []
        asyncio.get_running_loop().call_soon(order.append, "turn")
        for _ in range(3):
            await fixture.ready()
        order.append("awaited")
        await asyncio.sleep(0)
        return order

    assert run(main()) == ["awaited", "turn"]


def test_a_tuple_result_comes_whole(anywhere: Any) -> None:
    async def main() -> Any:
        return await fixture.echo_tuple((1, "a", True)), await fixture.echo_tuple((1, "a", True)).start()

    assert anywhere(main()) == ((1, "a", True), (1, "a", True))


@pytest.mark.parametrize("name", ["run", "create_task", "wait_for", "gather", "shield", "timeout", "task_group"])
def test_every_way_to_await(run: Any, name: str) -> None:
    if name in ("timeout", "task_group") and sys.version_info < (3, 11):
        pytest.skip("new in 3.11")

    async def main() -> Any:
        if name == "run":
            return await fixture.nap(0.001, 7)
        if name == "create_task":
            return await asyncio.create_task(fixture.nap(0.001, 7))
        if name == "wait_for":
            return await asyncio.wait_for(fixture.nap(0.001, 7), 60)
        if name == "gather":
            return (await asyncio.gather(fixture.nap(0.001, 7), fixture.ready()))[0]
        if name == "shield":
            return await asyncio.shield(fixture.nap(0.001, 7))
        if name == "timeout":
            async with asyncio.timeout(60):
                return await fixture.nap(0.001, 7)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(fixture.nap(0.001, 7))
        return task.result()

    assert run(main()) == 7


def test_asyncio_run_takes_it() -> None:
    assert asyncio.run(fixture.nap(0.001, 7)) == 7


@pytest.mark.skipif(sys.version_info < (3, 12), reason="new in 3.12")
def test_eager_tasks_start_it_at_once(run: Any) -> None:
    async def main() -> Any:
        loop = asyncio.get_running_loop()
        done = asyncio.Task(fixture.echo_u64(7), loop=loop, eager_start=True)
        assert done.done()
        return await asyncio.Task(fixture.nap(0.001, 7), loop=loop, eager_start=True)

    assert run(main()) == 7


def test_types_coroutine_delegates_to_it(anywhere: Any) -> None:
    @types.coroutine
    def generator() -> Any:
        return (yield from fixture.nap(0.001, 7))

    async def main() -> Any:
        return await generator()

    assert anywhere(main()) == 7


# ── never awaited ────────────────────────────────────────────────────


def test_never_awaited() -> None:
    with pytest.warns(RuntimeWarning, match=r"^coroutine 'fixture\.Counter\.close' was never awaited$"):
        fixture.Counter().close()
    with pytest.warns(RuntimeWarning, match="'fixture.nap' was never awaited"):
        fixture.nap(1)
    assert fixture.created() == 0


def test_never_awaited_tells_where_it_was_made() -> None:
    def culprit() -> None:
        fixture.ready()

    before = sys.get_coroutine_origin_tracking_depth()
    sys.set_coroutine_origin_tracking_depth(5)
    try:
        with pytest.warns(RuntimeWarning, match=r"(?s)Coroutine created at.*in culprit\n    fixture\.ready\(\)"):
            culprit()
    finally:
        sys.set_coroutine_origin_tracking_depth(before)


def test_never_awaited_in_debug_mode(run: Any) -> None:
    async def main() -> None:
        fixture.ready()

    with pytest.warns(RuntimeWarning, match="(?s)'fixture.ready' was never awaited\nCoroutine created at"):
        run(main(), debug=True)


def test_never_awaited_keeps_the_error_that_is_being_raised() -> None:
    def both() -> None:
        call = fixture.ready()
        assert call is not None
        raise KeyError("mine")

    with pytest.warns(RuntimeWarning, match="never awaited"), pytest.raises(KeyError, match="mine"):
        both()


def test_closed_or_thrown_into_needs_no_warning() -> None:
    fixture.ready().close()
    with pytest.raises(KeyError):
        fixture.ready().throw(KeyError("mine"))
    gc.collect()


def test_a_refused_argument_leaves_nothing_behind() -> None:
    with pytest.raises(TypeError):
        fixture.nap("soon")


# ── awaited again ────────────────────────────────────────────────────


def test_reuse(anywhere: Any) -> None:
    async def main() -> None:
        call = fixture.ready()
        await call
        with pytest.raises(RuntimeError, match="^cannot reuse already awaited coroutine$"):
            await call
        with pytest.raises(RuntimeError, match="^cannot reuse already awaited coroutine$"):
            call.send(None)
        with pytest.raises(RuntimeError, match="^cannot reuse already awaited coroutine$"):
            call.start()
        call.close()

    anywhere(main())


def test_being_awaited_already(run: Any) -> None:
    async def main() -> None:
        call = fixture.wait_forever()
        first = asyncio.create_task(call)
        await asyncio.sleep(0)
        assert asyncio.isfuture(call.cr_await)
        with pytest.raises(RuntimeError, match="^coroutine is being awaited already$"):
            await call
        with pytest.raises(RuntimeError, match="^coroutine is being awaited already$"):
            call.send(None)
        with pytest.raises(RuntimeError, match="^coroutine is being awaited already$"):
            call.start()
        assert fixture.dropped() == 0
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first

    run(main())


# ── driven by hand ───────────────────────────────────────────────────


def test_the_first_value_sent_is_none() -> None:
    call = fixture.ready()
    with pytest.raises(TypeError, match="can't send non-None value to a just-started coroutine"):
        call.send(1)
    with pytest.raises(StopIteration):
        call.send(None)


def test_no_running_loop() -> None:
    with pytest.raises(RuntimeError, match="^no running event loop: 'fixture.nap' has to wait"):
        fixture.nap(60).send(None)
    assert (fixture.created(), fixture.dropped()) == (1, 1)
    with pytest.raises(RuntimeError, match="^no running event loop"):
        fixture.heavy(1).send(None)
    call = fixture.nap(60)
    with pytest.raises(RuntimeError, match="^no running event loop"):
        call.start()
    call.close()


def test_throw_takes_every_form(anywhere: Any) -> None:
    async def main() -> None:
        forms: list[tuple[Any, ...]] = [(KeyError,), (KeyError("a"),), (KeyError, "a"), (KeyError, KeyError("a"), None)]
        for form in forms:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                with pytest.raises(KeyError):
                    fixture.ready().throw(*form)
        with pytest.raises(TypeError, match="must be classes or instances"):
            fixture.ready().throw(1)

    with pytest.warns(RuntimeWarning, match="never awaited"):
        anywhere(main())


def test_an_exception_thrown_in_drops_the_future_first(anywhere: Any) -> None:
    async def main() -> None:
        call = fixture.wait_forever()
        call.send(None)
        assert (fixture.created(), fixture.dropped()) == (1, 0)
        with pytest.raises(KeyError, match="mine"):
            call.throw(KeyError("mine"))
        assert fixture.dropped() == 1
        with pytest.raises(RuntimeError, match="cannot reuse"):
            call.send(None)

    anywhere(main())


@pytest.mark.parametrize("way", ["close", "del", "cycle"])
def test_the_future_is_dropped_with_the_coroutine(anywhere: Any, way: str) -> None:
    async def main() -> None:
        call = fixture.wait_forever()
        future = call.send(None)
        assert fixture.dropped() == 0
        if way == "close":
            call.close()
            call.close()
        elif way == "del":
            del call
        else:
            ring = [call, future]
            ring.append(ring)
            del call, future, ring
            gc.collect()
        assert (fixture.created(), fixture.dropped()) == (1, 1)

    anywhere(main())


def test_fire_and_forget_is_not_collected(run: Any) -> None:
    """As with ``asyncio.sleep``, the loop keeps what it waits for."""

    async def main() -> None:
        done = asyncio.Event()

        async def child() -> None:
            await fixture.nap(0.02)
            done.set()

        asyncio.create_task(child())
        await asyncio.sleep(0)
        for _ in range(3):
            gc.collect()
        await asyncio.wait_for(done.wait(), 60)

    run(main())
