"""trio: the same awaitables; scopes, nurseries and the end of a run. What anyio has words for is in test_anyio.py, which runs
under trio as well."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import fixture
import pytest
import trio
import trio.testing
from test_exit import run as exits

ENDLESS = 2**32 - 1


def balanced() -> bool:
    return bool(fixture.created() == fixture.dropped())


async def standing() -> None:
    while not fixture.is_standing():
        await trio.lowlevel.checkpoint()


def test_lazy_as_a_coroutine_is() -> None:
    async def main() -> None:
        call = fixture.nap(0.001, 7)
        assert fixture.created() == 0
        assert await call == 7
        with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
            await call
        assert await fixture.ready() is None

    trio.run(main)


def test_a_run_of_one_call() -> None:
    assert trio.run(fixture.nap, 0.001, 7) == 7
    assert trio.run(fixture.echo_u64, 7) == 7


def test_in_a_nursery() -> None:
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(fixture.nap, 0.001)
            for _ in range(10):
                nursery.start_soon(fixture.work, 10)
        assert fixture.created() == fixture.dropped() == 110

    trio.run(main)


def test_a_second_await_while_the_first_waits() -> None:
    async def main() -> None:
        call = fixture.wait_forever()

        async def first() -> None:
            await call

        async with trio.open_nursery() as nursery:
            nursery.start_soon(first)
            await trio.testing.wait_all_tasks_blocked()
            with pytest.raises(RuntimeError, match="coroutine is being awaited already"):
                await call
            nursery.cancel_scope.cancel()
        assert fixture.created() == fixture.dropped() == 1

    trio.run(main)


def test_deadlines() -> None:
    async def main() -> None:
        with trio.move_on_after(0.001) as scope:
            await fixture.wait_forever()
        assert scope.cancelled_caught
        assert (fixture.created(), fixture.dropped()) == (1, 1)
        with pytest.raises(trio.TooSlowError), trio.fail_after(0.001):
            await fixture.work(ENDLESS)
        assert balanced()
        with trio.move_on_after(60) as scope:
            assert await fixture.nap(0.001, 7) == 7
        assert not scope.cancel_called

    trio.run(main)


def test_in_a_scope_that_is_cancelled_already() -> None:
    async def main() -> None:
        with trio.CancelScope() as scope:
            scope.cancel()
            assert await fixture.echo_u64(7) == 7, "what is ready is no checkpoint"
            await fixture.wait_forever()
        assert scope.cancelled_caught
        assert (fixture.created(), fixture.dropped()) == (1, 1)

    trio.run(main)


def test_a_failing_nursery() -> None:
    async def main() -> None:
        with pytest.raises(BaseException) as caught:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(fixture.wait_forever)
                nursery.start_soon(fixture.work, ENDLESS)
                nursery.start_soon(fixture.fail_later, "closed")
        (error,) = caught.value.exceptions  # type: ignore[attr-defined]
        assert isinstance(error, fixture.Failure.Closed)
        assert fixture.created() == fixture.dropped() == 2

    trio.run(main)


@pytest.mark.parametrize("turns", range(6))
def test_the_drop_is_done_when_the_error_arrives(turns: int) -> None:
    """Workers poll `work` all the time: most of these cancels meet a poll under way."""

    async def main() -> None:
        async def watch(ended: list[bool]) -> None:
            try:
                await fixture.work(ENDLESS)
            except trio.Cancelled:
                ended.append(balanced())
                raise

        for _ in range(50):
            fixture.reset_counters()
            ended: list[bool] = []
            async with trio.open_nursery() as nursery:
                nursery.start_soon(watch, ended)
                for _ in range(turns):
                    await trio.lowlevel.checkpoint()
                nursery.cancel_scope.cancel()
            assert ended == [True]

    trio.run(main)


def test_a_lock_around_it_is_safe() -> None:
    async def main() -> None:
        lock = trio.Lock()
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

        for _ in range(20):
            async with trio.open_nursery() as nursery:
                for _ in range(3):
                    nursery.start_soon(locked)
                await trio.testing.wait_all_tasks_blocked()
                nursery.cancel_scope.cancel()
        assert balanced() and inside >= 20

    trio.run(main)


def test_a_completion_that_came_first_wins() -> None:
    async def main() -> None:
        got: list[Any] = []

        async def stand() -> None:
            got.append(await fixture.stand(1))

        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(stand)
                await standing()
                fixture.open_gate()
                while fixture.dropped() == 0:
                    pass  # the run stands still: the outcome is on its way, and nobody has drained it
                scope.cancel()
        assert got == [1]

    trio.run(main)


@pytest.mark.parametrize("how", ["panic_later", "fail_later"])
def test_errors(how: str) -> None:
    async def main() -> None:
        expected = fixture.PanicError if how == "panic_later" else fixture.Failure.Closed
        with pytest.raises(expected, match="closed") as caught:
            await getattr(fixture, how)("closed")
        assert "test_trio" in str(caught.traceback[0].path)

    trio.run(main)


# ── the started form ────────────────────────────────────────────────


def test_started() -> None:
    async def main() -> None:
        started = fixture.stand(7).start()
        await standing()
        assert not started.done()
        fixture.open_gate()
        assert [await started, await started, started.result()] == [7, 7, 7]
        assert await fixture.echo_u64(7).start() == 7
        failing = fixture.fail_later("closed").start()
        for _ in range(2):
            with pytest.raises(fixture.Failure.Closed):
                await failing
        done: list[Any] = []
        started = fixture.nap(0.001).start()
        started.add_done_callback(done.append)
        await started
        await trio.testing.wait_all_tasks_blocked(0.001)
        assert done == [started]

    trio.run(main)


def test_a_cancel_of_the_last_who_awaits_a_started_call_drops_it() -> None:
    async def main() -> None:
        started = fixture.work(ENDLESS).start()
        ended: list[str] = []

        async def wait(name: str, task_status: trio.TaskStatus[trio.CancelScope] = trio.TASK_STATUS_IGNORED) -> None:
            with trio.CancelScope() as scope:
                task_status.started(scope)
                try:
                    await started
                finally:
                    ended.append(f"{name} {started.cancelled()}")

        async with trio.open_nursery() as nursery:
            first, second = [await nursery.start(wait, name) for name in ("first", "second")]
            await trio.testing.wait_all_tasks_blocked()
            first.cancel()
            await trio.testing.wait_all_tasks_blocked()
            assert ended == ["first False"] and not started.done()
            second.cancel()
        assert ended == ["first False", "second True"]
        assert balanced()
        with pytest.raises(asyncio.CancelledError):
            await started

    trio.run(main)


def test_two_who_await_a_started_call_are_cancelled_at_once() -> None:
    async def main() -> None:
        ended: list[bool] = []

        async def wait(started: Any) -> None:
            try:
                await started
            finally:
                ended.append(started.cancelled())

        for _ in range(50):
            async with trio.open_nursery() as nursery:
                started = fixture.work(ENDLESS).start()
                nursery.start_soon(wait, started)
                nursery.start_soon(wait, started)
                await trio.testing.wait_all_tasks_blocked()
                nursery.cancel_scope.cancel()
            assert balanced()
        assert len(ended) == 100

    trio.run(main)


def test_cancelled_by_hand() -> None:
    async def main() -> None:
        started = fixture.wait_forever().start()

        async def wait() -> None:
            with pytest.raises(asyncio.CancelledError, match="enough"):
                await started

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            assert started.cancel("enough") is True
            assert fixture.dropped() == 1

    trio.run(main)


def test_dropping_a_started_call_cancels_it() -> None:
    async def main() -> None:
        started = fixture.wait_forever().start()
        assert (fixture.created(), fixture.dropped()) == (1, 0)
        del started
        assert fixture.dropped() == 1

    trio.run(main)


def test_an_error_that_nobody_retrieves(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        started = fixture.fail("closed").start()
        assert started.done()

    with caplog.at_level(logging.ERROR, "ponton"):
        trio.run(main)
        gc.collect()
    (record,) = caplog.records
    assert record.getMessage() == "Future exception was never retrieved: fixture.fail"
    assert record.exc_info is not None and isinstance(record.exc_info[1], fixture.Failure.Closed)


# ── closing, throwing, collecting ───────────────────────────────────


def test_closed_while_it_waits() -> None:
    async def main() -> None:
        call = fixture.wait_forever()
        call.send(None)
        assert (fixture.created(), fixture.dropped()) == (1, 0)
        call.close()
        assert fixture.dropped() == 1
        call = fixture.wait_forever()
        call.send(None)
        with pytest.raises(KeyError, match="mine"):
            call.throw(KeyError("mine"))
        assert fixture.dropped() == 2
        call = fixture.wait_forever()
        call.send(None)
        del call
        gc.collect()
        assert fixture.dropped() == 3

    trio.run(main)


# ── the run ─────────────────────────────────────────────────────────


def test_several_runs_one_after_another() -> None:
    for _ in range(5):
        assert trio.run(fixture.nap, 0.001, 7) == 7


def test_runs_in_two_threads_at_once() -> None:
    got: list[Any] = []

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(fixture.work, 5)
        with trio.move_on_after(0.001):
            await fixture.work(ENDLESS)
        got.append(trio.lowlevel.current_trio_token())

    threads = [threading.Thread(target=trio.run, args=(main,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 2
    assert balanced()


@pytest.mark.parametrize("call", ["wait_forever", "work", "pinned", "heavy", "nap"])
def test_a_run_that_ends_with_calls_pending(call: str, capfd: Any) -> None:
    arguments: dict[str, tuple[Any, ...]] = {"heavy": (1,), "pinned": (1,), "nap": (60,), "work": (ENDLESS,)}

    async def main() -> Any:
        return getattr(fixture, call)(*arguments.get(call, ())).start()

    future = trio.run(main)
    for _ in range(2000):  # a poll on a worker that is under way ends first
        if balanced():
            break
        time.sleep(0.001)
    assert balanced()
    if not future.cancelled() and future.exception() is not None:
        assert isinstance(future.exception(), fixture.AbortedError)
    del future
    gc.collect()
    assert capfd.readouterr() == ("", "")


def test_system_tasks_wait_on_while_the_run_ends() -> None:
    """Those that the end cancels hear of the drop; those behind a shield get their results."""
    ended: list[Any] = []

    async def cancelled() -> None:
        try:
            await fixture.stand(None)
        finally:
            ended.append(balanced())

    async def shielded(over: trio.Event) -> None:
        with trio.CancelScope(shield=True):
            await over.wait()
            await trio.lowlevel.checkpoint()
            assert (ended, fixture.dropped()) == ([], 0), "a worker polls it"
            fixture.open_gate()
            while not ended:
                await trio.lowlevel.checkpoint()
            ended.append(await fixture.nap(0.001, 7))
            with trio.move_on_after(0.001):
                await fixture.wait_forever()

    async def main() -> None:
        over = trio.Event()
        trio.lowlevel.spawn_system_task(cancelled)
        trio.lowlevel.spawn_system_task(shielded, over)
        await standing()
        over.set()

    trio.run(main)
    assert ended == [True, 7]
    assert balanced()


def test_what_a_run_left_is_no_part_of_the_next() -> None:
    async def start() -> Any:
        return fixture.nap(0.001).start()

    async def wait(future: Any) -> None:
        with pytest.raises(fixture.AbortedError, match="the event loop was closed"):
            await future

    trio.run(wait, trio.run(start))


def test_a_started_call_belongs_to_its_run() -> None:
    """Whoever awaits it elsewhere is told so."""
    begun: list[Any] = []
    over = threading.Event()

    async def start() -> None:
        begun.append(fixture.wait_forever().start())
        await trio.to_thread.run_sync(over.wait)

    async def wait() -> None:
        with pytest.raises(RuntimeError, match="attached to a different loop: <trio run"):
            await begun[0]

    async def start_in_asyncio() -> None:
        begun[0] = fixture.wait_forever().start()
        with ThreadPoolExecutor(1) as pool:
            await asyncio.get_running_loop().run_in_executor(pool, trio.run, wait_in_trio)
        begun[0].cancel()

    async def wait_in_trio() -> None:
        with pytest.raises(TypeError, match="trio.run received unrecognized yield message"):
            await begun[0]

    thread = threading.Thread(target=trio.run, args=(start,))
    thread.start()
    while not begun:
        time.sleep(0.001)
    trio.run(wait)
    asyncio.run(wait())
    over.set()
    thread.join()
    asyncio.run(start_in_asyncio())
    begun.clear()
    assert fixture.created() == fixture.dropped() == 2


def test_without_wait_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where no descriptor rings: the waker thread goes through `TrioToken.run_sync_soon`."""
    monkeypatch.delattr(trio.lowlevel, "wait_readable")

    async def main() -> None:
        assert await fixture.nap(0.001, 7) == 7
        assert await fixture.pinned(7) == 7
        async with trio.open_nursery() as nursery:
            for _ in range(200):
                nursery.start_soon(fixture.nap, 0.001)
        with trio.move_on_after(0.001):
            await fixture.work(ENDLESS)
        assert balanced()
        keep.append(fixture.wait_forever().start())

    keep: list[Any] = []
    trio.run(main)
    # Nothing tells of the end of such a run; the next one notices it.
    created = fixture.created()
    monkeypatch.undo()
    trio.run(fixture.work, 1)
    assert fixture.created() == fixture.dropped() == created + 1


def test_from_and_to_threads() -> None:
    async def main() -> None:
        def in_a_thread() -> int:
            call = fixture.nap(0.001)
            with pytest.raises(RuntimeError, match="no running event loop"):
                call.start()
            call.close()
            return int(trio.from_thread.run(fixture.nap, 0.001, 7))

        assert await trio.to_thread.run_sync(in_a_thread) == 7

    trio.run(main)


def test_a_keyboard_interrupt() -> None:
    async def main() -> None:
        def interrupt() -> None:
            while fixture.created() == 0:
                time.sleep(0.001)
            time.sleep(0.01)
            signal.raise_signal(signal.SIGINT)

        threading.Thread(target=interrupt).start()
        await fixture.wait_forever()

    with pytest.raises(KeyboardInterrupt):
        trio.run(main)
    assert (fixture.created(), fixture.dropped()) == (1, 1)


def test_a_keyboard_interrupt_during_a_poll() -> None:
    dropped: list[bool] = []

    async def main() -> None:
        def interrupt() -> None:
            while not fixture.is_standing():
                time.sleep(0.001)
            signal.raise_signal(signal.SIGINT)
            threading.Timer(0.05, fixture.open_gate).start()

        threading.Thread(target=interrupt).start()
        try:
            await fixture.stand(None)
        finally:
            dropped.append(balanced())

    with pytest.raises(KeyboardInterrupt):
        trio.run(main)
    assert dropped == [True]


def test_ten_thousand_at_once() -> None:
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(10_000):
                nursery.start_soon(fixture.nap, 0.001)

    trio.run(main)
    assert fixture.created() == fixture.dropped() == 10_000


# ── beside asyncio ──────────────────────────────────────────────────


def guest(
    trio_main: Callable[[], Awaitable[Any]], asyncio_main: Callable[[asyncio.Future[Any]], Awaitable[Any]]
) -> Any:
    """Runs trio as a guest of asyncio: both on this thread."""

    async def main() -> Any:
        loop = asyncio.get_running_loop()
        over = loop.create_future()
        trio.lowlevel.start_guest_run(
            trio_main,
            run_sync_soon_threadsafe=loop.call_soon_threadsafe,
            done_callback=over.set_result,
        )
        return await asyncio_main(over)

    return asyncio.run(main())


def test_guest_mode() -> None:
    """Whoever's task awaits decides."""
    order: list[str] = []

    async def in_trio() -> int:
        with trio.move_on_after(0.01) as scope:
            await fixture.wait_forever()
        assert scope.cancelled_caught
        order.append("trio")

        async def twice(n: int) -> int:
            await trio.sleep(0.001)
            return 2 * n

        assert await fixture.map_each([1], twice) == [2]
        return int(await fixture.nap(0.001, 7))

    async def in_asyncio(over: asyncio.Future[Any]) -> Any:
        async def twice(n: int) -> int:
            await asyncio.sleep(0.001)
            return 2 * n

        while not over.done():
            assert await fixture.nap(0.001, 1) == 1
            assert await asyncio.gather(*[fixture.work(3).start() for _ in range(3)]) == [3, 3, 3]
            assert await fixture.map_each([1], twice) == [2]
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(fixture.wait_forever(), 0.001)
        order.append("asyncio")
        return over.result().unwrap()

    assert guest(in_trio, in_asyncio) == 7
    assert order == ["trio", "asyncio"]
    assert balanced()


def test_asyncio_inside_a_task_of_trios() -> None:
    async def outer() -> None:
        assert await fixture.nap(0.001, 1) == 1
        assert asyncio.run(inner()) == 2
        assert await fixture.nap(0.001, 3) == 3

    async def inner() -> int:
        return int(await fixture.nap(0.001, 2))

    trio.run(outer)


def test_a_call_of_asyncios_in_trio() -> None:
    """It is bound to the loop that it waits on."""

    async def begin() -> Any:
        call = fixture.wait_forever()
        call.send(None)
        return call

    async def go_on(call: Any) -> None:
        with pytest.raises(RuntimeError, match=r"is bound to a different event loop: .* <trio run"):
            call.send(None)

    loop = asyncio.new_event_loop()
    call = loop.run_until_complete(begin())
    trio.run(go_on, call)
    call.close()
    loop.close()
    assert balanced()


def test_asyncio_needs_no_trio() -> None:
    """Nor does it import it."""
    code = """
import asyncio, sys
import fixture
assert asyncio.run(fixture.nap(0.001, 7)) == 7
assert "trio" not in sys.modules
sys.modules["trio"] = None
assert asyncio.run(fixture.nap(0.001, 7)) == 7
sys.modules["trio"] = type(sys)("trio")  # as while it is being imported
assert asyncio.run(fixture.nap(0.001, 7)) == 7
"""
    subprocess.run([sys.executable, "-c", code], check=True)


# ── host code ───────────────────────────────────────────────────────

MAPS = pytest.mark.parametrize("map_", [fixture.map_each, fixture.map_elsewhere], ids=["here", "worker"])
Map = Callable[[list[int], Callable[[int], Awaitable[int]]], Awaitable[list[int]]]


@MAPS
def test_host_code_has_a_task_of_its_own(map_: Map) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="elsewhere")

    async def main() -> None:
        caller = trio.lowlevel.current_task()
        seen: list[trio.lowlevel.Task] = []
        variable.set("mine")

        async def note(n: int) -> int:
            await trio.lowlevel.checkpoint()
            assert variable.get() == "mine"
            variable.set("its own")
            seen.append(trio.lowlevel.current_task())
            return n

        assert await map_([1, 2], note) == [1, 2]
        assert caller not in seen and len(set(seen)) == 2
        assert all(task.name.endswith("note") for task in seen)
        assert variable.get() == "mine"

    trio.run(main)


@MAPS
def test_scopes_in_host_code_end_there(map_: Map) -> None:
    async def main() -> None:
        async def patient(n: int) -> int:
            with trio.move_on_after(0.001) as scope:
                await trio.sleep_forever()
            assert scope.cancelled_caught
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.lowlevel.checkpoint)
            return n + 1

        assert await map_([1, 2], patient) == [2, 3]

    trio.run(main)


@MAPS
def test_exceptions_of_host_code(map_: Map) -> None:
    async def main() -> None:
        for error in (ValueError("boom"), KeyboardInterrupt("mine"), SystemExit(3), BaseException("base")):

            async def fail(_: int, error: BaseException = error) -> int:
                await trio.lowlevel.checkpoint()
                raise error

            with pytest.raises(type(error)) as caught:
                await map_([1], fail)
            assert caught.value is error

    trio.run(main)


def test_a_cancel_reaches_host_code_after_the_drop() -> None:
    async def main() -> None:
        async def endless() -> None:
            fixture.event("started")
            try:
                await trio.sleep_forever()
            finally:
                fixture.event("host cancelled")

        with trio.move_on_after(0.01):
            await fixture.guarded(endless)
        await trio.testing.wait_all_tasks_blocked()
        assert fixture.take_events() == ["started", "rust dropped", "host cancelled"]

    fixture.take_events()
    trio.run(main)


def test_host_code_that_never_began_is_closed() -> None:
    async def main() -> None:
        async def never() -> None:
            raise AssertionError("Rust gave up first")

        assert await fixture.give_up(never) is False
        await trio.testing.wait_all_tasks_blocked()

    trio.run(main)
    gc.collect()


def test_host_code_when_the_run_ends() -> None:
    ended: list[str] = []

    async def endless() -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.append("cancelled")

    async def main() -> Any:
        started = fixture.guarded(endless).start()
        await trio.testing.wait_all_tasks_blocked()
        return started

    trio.run(main)
    gc.collect()
    assert ended == ["cancelled"]


def test_a_shielded_system_task_and_host_code_when_the_run_ends() -> None:
    """The end cancels host code, so Rust hears of it: nobody waits for ever."""
    ended: list[BaseException] = []

    async def shielded() -> None:
        with trio.CancelScope(shield=True):
            try:
                await fixture.guarded(trio.sleep_forever)
            except fixture.AbortedError as error:
                ended.append(error)

    async def main() -> None:
        trio.lowlevel.spawn_system_task(shielded)
        await trio.testing.wait_all_tasks_blocked()

    trio.run(main)
    (error,) = ended
    assert "the run of trio ends" in str(error)


def test_what_host_code_raises_when_nobody_waits(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        ticker = fixture.Ticker(fail)
        await ticker.tick(1)

    def fail(_: int) -> None:
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        trio.run(main)
    assert caplog.records == []


def test_awaitables() -> None:
    class Thenable:
        def __await__(self) -> Any:
            yield from trio.lowlevel.checkpoint().__await__()  # noqa: ASYNC105 - so it is
            return "x"

    async def coroutine() -> str:
        await trio.lowlevel.checkpoint()
        return "x"

    async def main() -> None:
        assert await fixture.wait_for(coroutine()) == "x"
        assert await fixture.wait_for(Thenable()) == "x"
        assert await fixture.wait_elsewhere(fixture.nap(0.001, 7)) == 7
        assert await fixture.wait_elsewhere(fixture.nap(0.001, 7).start()) == 7
        assert await fixture.wait_elsewhere(fixture.echo_u64(7).start()) == 7

    trio.run(main)


# ── what is left ────────────────────────────────────────────────────


def test_a_callback_that_raises(caplog: pytest.LogCaptureFixture) -> None:
    """The run goes on."""

    async def main() -> None:
        def fail(_: Any) -> None:
            raise ValueError("boom")

        started = fixture.nap(0.001, 7).start()
        started.add_done_callback(fail)
        assert await started == 7
        await trio.testing.wait_all_tasks_blocked(0.001)

    trio.run(main)
    (record,) = caplog.records
    assert record.name == "ponton" and record.exc_info is not None and str(record.exc_info[1]) == "boom"


def test_nothing_is_left_of_a_run() -> None:
    async def main() -> None:
        async def later(n: int) -> int:
            await trio.lowlevel.checkpoint()
            return n

        await fixture.work(3)
        await fixture.map_elsewhere([1], later)
        with trio.move_on_after(0):
            await fixture.wait_forever()
        waiting = fixture.wait_forever().start()
        waiting.add_done_callback(print)

    def left() -> tuple[int, list[str]]:
        gc.collect()
        kinds = [type(each).__name__ for each in gc.get_objects()]
        ours = [kind for kind in kinds if kind in {"TrioRun", "Waiter", "HostTask", "LoopQueue"}]
        return len(os.listdir("/proc/self/fd")), ours

    trio.run(main)
    before = left()
    for _ in range(20):
        trio.run(main)
    assert left() == before
    assert balanced()


def test_exit_while_runs_go_on_in_daemon_threads() -> None:
    for _ in range(5):
        exits("""
            import threading, time, fixture, trio
            async def later(n):
                await trio.sleep(0.0001)
                return n
            async def busy():
                while True:
                    await fixture.work(3)
                    await fixture.map_elsewhere([1, 2], later)
                    with trio.move_on_after(0.0001):
                        await fixture.work(2**32 - 1)
            async def main():
                async with trio.open_nursery() as nursery:
                    for _ in range(10):
                        nursery.start_soon(busy)
                    nursery.start_soon(fixture.wait_forever)
            for _ in range(2):
                threading.Thread(target=trio.run, args=(main,), daemon=True).start()
            while fixture.created() < 20:
                time.sleep(0.001)
        """)
