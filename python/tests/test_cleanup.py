"""What a cancelled call still does: `ponton::cleanup` is waited for, `ponton::shield` goes on."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import fixture
import pytest

MINUTE = timedelta(minutes=1)
PAUSE = timedelta(milliseconds=20)


async def until(condition: Any) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def test_a_cancel_is_told_when_it_is_clean(run: Any) -> None:
    async def main() -> None:
        journal = fixture.Journal()
        lock = asyncio.Lock()

        async def locked() -> None:
            async with lock:
                await journal.wait(PAUSE, MINUTE)

        task = asyncio.create_task(locked())
        await until(lambda: journal.notes())
        task.cancel("enough")
        async with lock:
            journal.add("locked again")
        with pytest.raises(asyncio.CancelledError):
            await task
        assert journal.notes() == ["began", "cleaning", "clean", "locked again"]
        assert fixture.in_flight() == []

    run(main())


def test_a_timeout_waits_for_it(run: Any) -> None:
    async def main() -> None:
        journal = fixture.Journal()
        with pytest.raises((TimeoutError, asyncio.TimeoutError)):
            await asyncio.wait_for(journal.wait(PAUSE, MINUTE), 0.01)
        assert journal.notes() == ["began", "cleaning", "clean"]

    run(main())


def test_it_is_bounded(run: Any) -> None:
    async def main() -> None:
        journal = fixture.Journal()
        task = asyncio.create_task(journal.wait(MINUTE, PAUSE))
        await until(lambda: journal.notes())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert journal.notes() == ["began", "cleaning"], "its time was up"

    run(main())


def test_further_cancels_do_not_stop_it(run: Any) -> None:
    async def main() -> None:
        journal = fixture.Journal()
        call = journal.wait(PAUSE, MINUTE).start()
        for _ in range(3):
            assert call.cancel()
            await asyncio.sleep(0)
            assert fixture.in_flight() == ["Journal.wait cleaning_up"]
        with pytest.raises(asyncio.CancelledError):
            await call
        assert journal.notes() == ["began", "cleaning", "clean"]

    run(main())


@pytest.mark.parametrize("method", ["give", "give_locally", "give_after"])
@pytest.mark.parametrize("pause", [timedelta(0), PAUSE])
def test_a_result_comes_when_it_is_clean(run: Any, method: str, pause: timedelta) -> None:
    async def main() -> None:
        journal = fixture.Journal()
        assert await getattr(journal, method)(7, pause) == 7
        assert journal.notes()[:2] == ["cleaning", "clean"]

    run(main())


def test_a_cancel_while_it_is_cleaned_up_is_no_result(run: Any) -> None:
    """As in a coroutine with a `finally` that awaits. `asyncio.timeout` must not be outlived by a loop of such calls."""

    async def main() -> None:
        journal = fixture.Journal()
        call = journal.give(7, PAUSE).start()
        assert call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert journal.notes() == ["cleaning", "clean"]

    run(main())


def test_disarmed(run: Any) -> None:
    async def main() -> None:
        journal = fixture.Journal()
        assert await journal.disarm(7) == 7
        assert journal.notes() == []

    run(main())


def test_a_panic_while_cleaning_up(run: Any) -> None:
    async def main() -> None:
        call = fixture.Journal().wait_badly().start()
        call.cancel()
        with pytest.raises(fixture.PanicError, match="the cleanup went wrong"):
            await call

    run(main())


def test_it_may_ask_its_host(run: Any) -> None:
    async def main() -> None:
        journal = fixture.Journal()

        async def undo(what: str) -> str:
            journal.add("undoing " + what)
            await asyncio.sleep(0.01)
            return "undone"

        task = asyncio.create_task(journal.wait_and_undo(undo))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert journal.notes() == ["undoing row", "undone"], "a coroutine is awaited to its end"

    run(main())


def test_a_shielded_future_goes_on(run: Any) -> None:
    async def main() -> None:
        journal = fixture.Journal()
        assert await journal.write(timedelta(0)) == 7
        task = asyncio.create_task(journal.write(PAUSE))
        await until(lambda: len(journal.notes()) == 3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(journal.notes()) == 3, "nobody waits for it"
        await until(lambda: len(journal.notes()) == 4)
        assert journal.notes()[2:] == ["began", "written"]

    run(main())


CALLS: dict[str, Callable[[Any], Any]] = {
    "it waits": lambda journal: journal.wait(PAUSE, MINUTE),
    "it has given its value": lambda journal: journal.give(7, PAUSE),
    "it is polled on this thread only": lambda journal: journal.give_locally(7, PAUSE),
}


@pytest.mark.parametrize("case", CALLS)
def test_it_goes_on_when_the_loop_is_closed(case: str) -> None:
    journal = fixture.Journal()

    async def main() -> None:
        CALLS[case](journal).start()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    loop.close()

    async def wait() -> None:
        await until(lambda: journal.notes()[-2:] == ["cleaning", "clean"] and not fixture.in_flight())

    asyncio.run(wait())


def test_it_goes_on_without_a_loop() -> None:
    journal = fixture.Journal()
    with pytest.raises(RuntimeError, match="no running event loop"):
        journal.give(7, PAUSE).send(None)

    async def wait() -> None:
        await until(lambda: journal.notes() == ["cleaning", "clean"] and not fixture.in_flight())

    asyncio.run(wait())


@pytest.mark.parametrize("case", [*CALLS, "no loop"])
def test_it_goes_on_at_exit(case: str) -> None:
    calls = {
        "it waits": "asyncio.run(started(journal.wait, 0.05, 60))",
        "it has given its value": "asyncio.run(started(journal.give, 7, 0.05))",
        "it is polled on this thread only": "asyncio.run(started(journal.give_locally, 7, 0.05))",
        "no loop": "journal.give(7, 0.05).send(None)",
    }
    script = f"""
        import asyncio, atexit, contextlib, fixture
        journal = fixture.Journal()
        async def started(function, *args):
            function(*args).start()
        with contextlib.suppress(RuntimeError):
            {calls[case]}
        journal.tell_when_clean()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "clean\n", "")


def test_in_flight(run: Any) -> None:
    async def main() -> None:
        assert fixture.in_flight() == []
        journal = fixture.Journal()
        lazy = journal.wait(PAUSE, MINUTE)
        assert fixture.in_flight() == [], "it has not begun"
        tasks = [asyncio.create_task(lazy), asyncio.create_task(fixture.wait_forever())]
        await asyncio.sleep(0)
        assert fixture.in_flight() == ["Journal.wait waiting", "wait_forever waiting"]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert fixture.in_flight() == []

    run(main())


def test_live(run: Any) -> None:
    async def main() -> None:
        assert fixture.live() == []
        journal = fixture.Journal()
        calls = [journal.wait(PAUSE, MINUTE).start(), fixture.wait_forever().start()]
        await asyncio.sleep(0.001)
        waiting, forever = fixture.live()
        assert (waiting.name, waiting.state) == ("Journal.wait", "waiting")
        assert (forever.name, forever.state) == ("wait_forever", "waiting")
        assert waiting.age >= forever.age > timedelta(0)
        for call in calls:
            call.cancel()
        assert [(call.name, call.state) for call in fixture.live()] == [("Journal.wait", "cleaning_up")]
        await asyncio.gather(*calls, return_exceptions=True)
        assert fixture.live() == []

    run(main())
