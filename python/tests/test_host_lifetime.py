"""Who keeps the objects that were handed over, how long, and what becomes of host code whose loop goes away."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import weakref
from typing import Any

import fixture
import pytest
from test_leaks import assert_flat
from test_loops import eventually


class Callback:
    """Can be referred to weakly, and counted."""

    def __init__(self, turns: int = 0) -> None:
        self.turns = turns
        self.threads: set[int] = set()
        self.call: Any = None

    async def __call__(self, n: int = 0) -> int:
        for _ in range(self.turns):
            await asyncio.sleep(0)
        return n

    async def token(self, scope: str) -> str:
        return scope

    async def pick(self, n: int) -> int:
        return n

    def note(self, line: str) -> None: ...


@pytest.mark.parametrize("turns", [0, 1])
@pytest.mark.parametrize("name", ["map_each", "map_elsewhere"])
def test_released_when_rust_drops_it(run: Any, name: str, turns: int) -> None:
    async def main() -> None:
        callback = Callback(turns)
        alive = weakref.ref(callback)
        assert await getattr(fixture, name)([1], callback) == [1]
        del callback
        for _ in range(1000):
            if alive() is None:
                break
            await asyncio.sleep(0.001)
        assert alive() is None

    run(main())


def test_released_on_a_thread_of_pythons(run: Any) -> None:
    threads = []

    class Noted:
        async def __call__(self, n: int) -> int:
            await asyncio.sleep(0)
            return n

        def __del__(self) -> None:
            threads.append(threading.get_ident())

    async def main() -> None:
        for _ in range(20):
            await fixture.map_elsewhere([1], Noted())
        for _ in range(1000):
            if len(threads) == 20:
                break
            await asyncio.sleep(0.001)

    run(main())
    assert threads == [threading.get_ident()] * 20


def test_a_call_that_never_starts_releases_it() -> None:
    callback = Callback()
    alive = weakref.ref(callback)
    call = fixture.map_each([1], callback)
    del callback
    assert alive() is not None
    call.close()
    assert alive() is None
    calls = [fixture.map_each([1], Callback())]
    with pytest.warns(RuntimeWarning, match="never awaited"):
        calls.clear()


def test_a_refused_call_releases_it() -> None:
    callback = Callback()
    before = sys.getrefcount(callback)
    for _ in range(10):
        with pytest.raises(TypeError):
            fixture.map_each("x", callback)
        with pytest.raises(TypeError):
            fixture.ask(callback, 3)
    assert sys.getrefcount(callback) == before


@pytest.mark.parametrize("method", [False, True])
def test_a_cycle_through_an_awaitable_that_has_not_started(method: bool) -> None:
    gc.disable()
    try:
        callback = Callback()
        callback.call = fixture.ask(callback, "x") if method else fixture.map_each([1], callback)
        alive = weakref.ref(callback)
        del callback
        assert alive() is not None
        with pytest.warns(RuntimeWarning, match="never awaited"):
            gc.collect()
    finally:
        gc.enable()
    assert alive() is None


def test_the_collector_spares_what_is_in_use(run: Any) -> None:
    async def main() -> None:
        callback = Callback(1)
        callback.call = fixture.map_each([1, 2], callback)
        alive = weakref.ref(callback)
        call = callback.call
        del callback
        gc.collect()
        assert alive() is not None
        task = asyncio.ensure_future(call)
        await asyncio.sleep(0)
        gc.collect()
        assert await task == [1, 2]

    run(main())


def test_the_collector_sees_an_awaitables_objects() -> None:
    callback = Callback()
    call = fixture.map_each([1], callback)
    assert gc.is_tracked(call)
    assert gc.get_referents(call).count(callback) == 1
    plain = fixture.ready()
    assert not gc.is_tracked(plain)
    plain.close()
    call.close()
    assert callback not in gc.get_referents(call)


def test_kept_by_an_object_until_it_closes(anywhere: Any) -> None:
    async def main() -> None:
        auth = Callback()
        alive = weakref.ref(auth)
        keeper = fixture.Keeper(auth)
        del auth
        assert await keeper.ask("x") == "x"
        assert alive() is not None
        keeper.close()
        assert alive() is None

    anywhere(main())


def test_kept_by_an_object_without_a_loop() -> None:
    auth = Callback()
    alive = weakref.ref(auth)
    keeper = fixture.Keeper(auth)
    del auth
    assert asyncio.run(as_coroutine(keeper.ask("x"))) == "x"
    assert asyncio.run(as_coroutine(keeper.ask("y"))) == "y"
    del keeper
    gc.collect()
    assert alive() is None


async def as_coroutine(awaitable: Any) -> Any:
    return await awaitable


def test_a_loop_that_closes_while_host_code_runs(new_loop: Any, caplog: Any) -> None:
    loop = new_loop()

    async def begin() -> Any:
        async def hang(_: int) -> int:
            await asyncio.Event().wait()
            return 0

        future = fixture.map_each([1], hang).start()
        elsewhere = fixture.map_elsewhere([1], hang).start()
        await asyncio.sleep(0.01)
        return future, elsewhere

    futures = loop.run_until_complete(begin())
    loop.close()
    if not all(future.done() for future in futures):
        # A loop that keeps its readers is noticed by the next one.
        asyncio.run(as_coroutine(fixture.nap(0.001)))
    for future in futures:
        with pytest.raises(fixture.AbortedError):
            future.result()
    caplog.clear()


def test_a_coroutine_that_goes_with_its_closed_loop(new_loop: Any) -> None:
    """Nothing can be cancelled there any more, and nobody hears of it."""
    loop = new_loop()
    loop.set_exception_handler(lambda *_: None)  # "Task was destroyed but it is pending!" is asyncio's own

    async def begin() -> Any:
        async def hang(_: int) -> int:
            await asyncio.Event().wait()
            return 0

        async def wait() -> None:
            await fixture.map_each([1], hang)

        coroutine = wait()
        coroutine.send(None)
        await asyncio.sleep(0.01)
        return coroutine

    # What is scheduled goes when the loop is closed already, but still has its readers.
    loop.call_soon(id, loop.run_until_complete(begin()))
    loop.close()
    gc.collect()


def test_no_loop_for_host_code() -> None:
    call = fixture.map_each([1], lambda n: n)
    with pytest.raises(RuntimeError, match="no event loop is known"):
        call.send(None)


@pytest.mark.parametrize("name", ["map_each", "map_elsewhere", "filter", "count_to", "errors", "awaitable"])
def test_flat(name: str) -> None:
    async def f(n: int) -> int:
        return n

    async def fails(n: int) -> int:
        raise ValueError

    async def call() -> None:
        if name == "filter":
            await fixture.filter([1, 2], lambda n: True)
        elif name == "count_to":
            await fixture.count_to(2, lambda n: None)
        elif name == "errors":
            try:
                await fixture.map_each([1], fails)
            except ValueError:
                pass
        elif name == "awaitable":
            await fixture.join_all([f(1), f(2)])
        else:
            await getattr(fixture, name)([1, 2], f)

    assert_flat(call, 2000)


def test_rust_drops_it_after_the_loop_is_gone() -> None:
    async def keep() -> tuple[Any, weakref.ref[Callback]]:
        callback = Callback()
        return fixture.Keeper(callback), weakref.ref(callback)

    keeper, alive = asyncio.run(keep())
    assert alive() is not None
    keeper.close()
    assert eventually(lambda: fixture.created() >= 0 and alive() is None)
