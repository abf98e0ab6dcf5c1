"""Many loops: in turn, in threads, closed while calls are pending, without `add_reader`."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fixture
import pytest

ENDLESS = 2**32 - 1


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether `condition` holds at last; the limit only ends a test that fails."""
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def test_loops_in_turn_leave_no_descriptor(run: Any) -> None:
    run(fixture.nap(0.001))
    before = descriptors()
    for value in range(20):
        assert run(fixture.nap(0.001, value)) == value
    # The worker that rang last may still hold a loop's descriptor for a moment.
    assert eventually(lambda: descriptors() <= before)


def test_loops_in_threads(new_loop: Any) -> None:
    def work(value: int) -> list[int]:
        loop = new_loop()
        try:
            return [loop.run_until_complete(fixture.nap(0.001, value + i)) for i in range(20)]
        finally:
            loop.close()

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(8)))
    assert results == [[value + i for i in range(20)] for value in range(8)]


def test_two_loops_and_one_lock(new_loop: Any) -> None:
    """A poll keeps Python's lock and may wait for one of Rust's: who has that needs no Python to let go of it."""
    sums: list[int] = []

    def work() -> None:
        loop = new_loop()
        try:
            sums.extend(loop.run_until_complete(main()))
        finally:
            loop.close()

    async def main() -> list[int]:
        return await asyncio.gather(*(fixture.add_locked() for _ in range(50)))

    threads = [threading.Thread(target=work, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "a deadlock"
    assert len(set(sums)) == 100


def test_a_completion_waits_its_turn(run: Any) -> None:
    """A drain settles; the loop resumes, behind what was scheduled before, as it does for a native future."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        future = fixture.nap(0.05).start()
        order = []

        def turn() -> None:
            if future.done():
                order.append("scheduled before")
            else:
                loop.call_soon(turn)

        async def wait() -> None:
            await future
            order.append("resumed")

        waiting = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        turn()
        await waiting
        assert order == ["scheduled before", "resumed"]

    run(main())


def test_completions_resume_in_their_order(run: Any) -> None:
    async def main() -> None:
        order = []

        async def wait(value: int) -> None:
            order.append(await fixture.pinned(value))

        await asyncio.gather(*(wait(value) for value in range(20)))
        assert order == list(range(20))

    run(main())


def test_driven_from_a_second_loop(new_loop: Any) -> None:
    first, second = new_loop(), new_loop()
    call = fixture.wait_forever()

    async def begin() -> asyncio.Task[None]:
        task = asyncio.ensure_future(call)
        await asyncio.sleep(0)
        return task

    async def drive() -> None:
        with pytest.raises(RuntimeError, match="'fixture.wait_forever' is bound to a different event loop"):
            call.send(None)

    task = first.run_until_complete(begin())
    second.run_until_complete(drive())
    assert fixture.dropped() == 0, "the one who awaits it is not disturbed"
    task.cancel()
    first.run_until_complete(asyncio.gather(task, return_exceptions=True))
    first.close()
    second.close()


def test_a_future_of_another_loop(new_loop: Any) -> None:
    first, second = new_loop(), new_loop()

    async def start() -> Any:
        return fixture.wait_forever().start()

    async def wait(future: Any) -> None:
        with pytest.raises(RuntimeError, match="attached to a different loop"):
            await future

    future = first.run_until_complete(start())
    second.run_until_complete(wait(future))
    future.cancel()
    first.close()
    second.close()


def test_a_local_call_stays_on_its_thread(run: Any) -> None:
    call = fixture.pinned(1)

    def drive() -> None:
        with pytest.raises(RuntimeError, match=r"'fixture\.pinned' is #\[local\]: it can only be awaited on"):
            call.send(None)

    thread = ThreadPoolExecutor(1)
    thread.submit(drive).result()
    thread.shutdown()

    async def main() -> None:
        assert await fixture.pinned(7) == 7
        assert await asyncio.gather(*[fixture.pinned(i) for i in range(50)]) == list(range(50))

    run(main())


def test_a_local_call_dropped_on_another_thread(run: Any) -> None:
    """It is dropped where it may be: on its loop's thread."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        box = [fixture.pinned(1).start()]
        await loop.run_in_executor(None, box.clear)
        for _ in range(100):
            await asyncio.sleep(0.001)
            if fixture.created() == fixture.dropped():
                break
        assert fixture.created() == fixture.dropped() == 1
        await loop.shutdown_default_executor()

    run(main())


@pytest.mark.parametrize("call", ["wait_forever", "work", "pinned", "heavy", "nap"])
def test_closed_while_pending(new_loop: Any, call: str, capfd: Any) -> None:
    arguments: dict[str, tuple[Any, ...]] = {"heavy": (1,), "pinned": (1,), "nap": (60,), "work": (ENDLESS,)}
    loop = new_loop()

    async def start() -> Any:
        return getattr(fixture, call)(*arguments.get(call, ())).start()

    future = loop.run_until_complete(start())
    loop.close()
    deadline = threading.Event()
    for _ in range(2000):  # a poll on a worker that is under way ends first
        if fixture.created() == fixture.dropped():
            break
        deadline.wait(0.001)
    assert fixture.created() == fixture.dropped()
    if not future.cancelled() and future.exception() is not None:
        assert isinstance(future.exception(), fixture.AbortedError)
    del future
    gc.collect()
    assert capfd.readouterr() == ("", "")


def test_closed_while_a_task_waits(new_loop: Any) -> None:
    loop = new_loop()
    loop.set_exception_handler(lambda *_: None)  # "Task was destroyed but it is pending!" is asyncio's own

    async def begin() -> None:
        asyncio.ensure_future(fixture.wait_forever())
        await asyncio.sleep(0)

    loop.run_until_complete(begin())
    assert (fixture.created(), fixture.dropped()) == (1, 0)
    loop.close()
    assert fixture.dropped() == 1
    gc.collect()


def test_a_loop_that_nobody_closes_is_collected() -> None:
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)

    async def begin() -> None:
        asyncio.ensure_future(fixture.wait_forever())
        await asyncio.sleep(0)

    loop.run_until_complete(begin())
    gone = weakref.ref(loop)
    with pytest.warns(ResourceWarning):  # noqa: PT031 - the warning comes from either
        del loop
        gc.collect()
    assert gone() is None
    assert fixture.dropped() == 1


def test_started_on_a_closed_loop(new_loop: Any) -> None:
    loop = new_loop()
    loop.close()
    call = fixture.nap(0.001)
    with pytest.raises(RuntimeError, match="(?i)closed"):
        loop.run_until_complete(call)
    call.close()


def test_an_interrupt_while_callbacks_are_scheduled() -> None:
    """As Ctrl-C does in the loop's own Python code: it is told, and the other callbacks are scheduled."""
    called: list[Any] = []

    class Loop(asyncio.SelectorEventLoop):
        def call_soon(self, callback: Any, *args: Any, **kwargs: Any) -> Any:
            if callback == interrupted:
                raise KeyboardInterrupt("mine")
            return super().call_soon(callback, *args, **kwargs)

    def interrupted(_: Any) -> None:
        raise AssertionError("it cannot be scheduled")

    async def main(call: Any) -> None:
        future = call.start()
        future.add_done_callback(interrupted)
        future.add_done_callback(called.append)
        if call.__name__ == "wait_forever":
            future.cancel()
        while not fixture.is_standing():
            await asyncio.sleep(0)
        fixture.open_gate()
        await asyncio.sleep(60)

    loop = Loop()
    loop.set_exception_handler(lambda *_: None)
    for count, call in enumerate((fixture.stand(1), fixture.wait_forever()), 1):
        with pytest.raises(KeyboardInterrupt, match="mine"):
            loop.run_until_complete(main(call))
        loop.run_until_complete(asyncio.sleep(0))
        assert len(called) == count
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def test_a_loop_that_goes_on_in_another_thread(new_loop: Any) -> None:
    """A `#[local]` call cannot follow it: the loop tells so, and the call can be cancelled."""
    loop = new_loop()
    told: list[Any] = []
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))

    async def begin() -> asyncio.Task[Any]:
        task = asyncio.ensure_future(fixture.work_pinned(ENDLESS))
        await asyncio.sleep(0)
        return task

    async def go_on(task: asyncio.Task[Any]) -> None:
        while not told:
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    task = loop.run_until_complete(begin())
    with ThreadPoolExecutor(1) as pool:
        pool.submit(loop.run_until_complete, go_on(task)).result()
    assert task.cancelled()
    assert [str(error) for error in told] == ["a #[local] call cannot go on: its event loop runs on another thread now"]
    loop.close()


class WithoutReader(asyncio.SelectorEventLoop):
    """As Windows' proactor loop."""

    def add_reader(self, *_: Any) -> None:
        raise NotImplementedError

    remove_reader = add_reader


def test_without_add_reader() -> None:
    assert sys.platform != "win32"

    class Loop(WithoutReader):
        ready = False

        def add_reader(self, *args: Any) -> None:
            if self.ready:
                raise NotImplementedError
            asyncio.SelectorEventLoop.add_reader(self, *args)

    loop = Loop()
    loop.ready = True

    async def main() -> None:
        assert await fixture.nap(0.001, 7) == 7
        assert await fixture.pinned(7) == 7
        futures = [fixture.nap(0.001, i).start() for i in range(200)]
        assert await asyncio.gather(*futures) == list(range(200))
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(fixture.work(ENDLESS), 0.001)
        assert fixture.created() == fixture.dropped()

    async def leave() -> None:
        asyncio.ensure_future(fixture.wait_forever())
        await asyncio.sleep(0)

    try:
        loop.run_until_complete(main())
        loop.set_exception_handler(lambda *_: None)
        loop.run_until_complete(leave())
    finally:
        loop.ready = False
        loop.close()
    # Nothing tells of the end of such a loop; the next one notices it.
    created = fixture.created()
    asyncio.run(fixture.work(1))
    assert created == fixture.created() - 1
    assert fixture.created() == fixture.dropped()


def test_ten_thousand_at_once(run: Any) -> None:
    async def main() -> None:
        count = 10_000
        naps = [fixture.nap(0.001, i) for i in range(count)]
        assert await asyncio.gather(*naps) == list(range(count))
        futures = [fixture.nap(0.001, i).start() for i in range(count)]
        assert await asyncio.gather(*futures) == list(range(count))

    run(main())
    assert fixture.created() == fixture.dropped() == 20_000
    assert len(os.listdir("/proc/self/task")) < 100


def test_a_flood_does_not_starve_the_loop(run: Any) -> None:
    """One drain is bounded: callbacks of the loop get their turn between two of them."""

    async def main() -> None:
        count = 5_000
        futures = [fixture.work(1).start() for _ in range(count)]
        while fixture.dropped() < count:
            pass
        done = []

        def look() -> None:
            finished = sum(future.done() for future in futures)
            done.append(finished)
            if finished < count:
                asyncio.get_running_loop().call_soon(look)

        look()
        await asyncio.gather(*futures)
        steps = [later - earlier for earlier, later in itertools.pairwise(done)]
        assert max(steps) <= 2048

    run(main())


def loops_known() -> int:
    """How many loops the fixture keeps state for."""
    return sum(type(each).__name__ == "LoopQueue" for each in gc.get_objects())


def test_hundreds_of_loops_leave_nothing(new_loop: Any) -> None:
    async def main() -> None:
        await fixture.nap(0.0001)
        left.append(fixture.wait_forever().start())

    def turn() -> None:
        loop = new_loop()
        loop.run_until_complete(main())
        loop.close()

    left: list[Any] = []
    turn()
    gc.collect()
    known = loops_known()
    opened = descriptors()
    for _ in range(300):
        turn()
    gc.collect()
    # The last one is let go of when the next one comes, where a loop keeps its readers when it is closed.
    assert loops_known() <= max(known, 1)
    assert eventually(lambda: descriptors() <= opened)
    assert fixture.created() == fixture.dropped() == 2 * len(left)
    assert all(isinstance(future.exception(), fixture.AbortedError) for future in left)


def test_loops_in_threads_that_end_with_calls_pending(new_loop: Any) -> None:
    """A `#[local]` future stays on its thread: who closes the loop there drops it."""

    async def main() -> None:
        left.extend((fixture.wait_forever().start(), fixture.work_pinned(ENDLESS).start()))
        await fixture.nap(0.0001)

    def work() -> None:
        loop = new_loop()
        loop.run_until_complete(main())
        loop.close()

    left: list[Any] = []
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(40)]:
            done.result()
    assert eventually(lambda: fixture.created() == fixture.dropped() == 3 * 40)
    assert all(future.done() for future in left)


async def collected(make: Callable[[], Any]) -> None:
    """`make` makes a circle that nobody else holds once the loop has turned, and gives what goes with it."""
    gone = weakref.ref(make())
    await asyncio.sleep(0)
    gc.collect()
    assert gone() is None, gc.get_referrers(gone())
    assert fixture.created() == fixture.dropped()


class Held:
    """Something that can be part of a circle, and referred to weakly."""

    def __init__(self) -> None:
        self.parts: list[Any] = []


def test_circles_are_collected(run: Any) -> None:
    async def main() -> None:
        def callback_of_a_call_that_has_not_begun() -> Held:
            held = Held()
            held.parts.append(fixture.apply(1, lambda value, held=held: value))
            return held

        def callback_of_a_future() -> Held:
            held = Held()
            future = fixture.wait_forever().start()
            held.parts.append(future)
            future.add_done_callback(lambda _, held=held: None)
            future.cancel()
            return held

        def suspended() -> Held:
            held = Held()
            call = fixture.wait_forever()
            call.send(None)
            held.parts += [call, held]
            return held

        def subclass() -> Held:
            class Own(fixture.Counter):
                pass

            held = Held()
            own = Own()
            own.held = held  # type: ignore[attr-defined]
            held.parts.append(own)
            return held

        for make in (callback_of_a_future, suspended, subclass):
            await collected(make)
        with pytest.warns(RuntimeWarning, match="never awaited"):
            await collected(callback_of_a_call_that_has_not_begun)

    before = fixture.live_counters()
    run(main())
    assert fixture.live_counters() == before


def test_a_circle_through_a_task_goes_with_its_loop() -> None:
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)

    async def begin() -> weakref.ref[Held]:
        held = Held()

        async def wait() -> None:
            held.parts.append(asyncio.current_task())
            await fixture.wait_forever()

        task = asyncio.ensure_future(wait())
        held.parts += [task, asyncio.get_running_loop()]
        await asyncio.sleep(0)
        return weakref.ref(held)

    gone = loop.run_until_complete(begin())
    assert gone() is not None, "the loop holds what waits in it, as with asyncio's own futures"
    loop.close()
    del loop
    gc.collect()
    assert gone() is None
    assert fixture.created() == fixture.dropped() == 1


def test_a_call_that_awaits_itself(run: Any) -> None:
    """As a Task that awaits itself."""

    async def main() -> None:
        box: list[Any] = []
        box.append(fixture.map_elsewhere([1], lambda _: box[0]).start())
        with pytest.raises(RuntimeError, match="a call cannot await itself"):
            await box[0]

    run(main())


def test_what_a_thread_kept_is_released_after_its_end() -> None:
    """Rust's own thread-locals go after Python has left the thread."""
    gone: list[weakref.ref[Any]] = []
    loops = []

    def work() -> None:
        class Tick:
            def __call__(self, value: int) -> None:
                raise AssertionError(value)

        async def main() -> None:
            tick = Tick()
            gone.append(weakref.ref(tick))
            fixture.keep_in_thread(tick)
            await fixture.nap(0.0001)

        loop = asyncio.new_event_loop()
        loops.append(loop)  # it is open when its thread ends
        loop.run_until_complete(main())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert eventually(lambda: fixture.created() >= 0 and gone[0]() is None)
    loops[0].close()
