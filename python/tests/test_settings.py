"""Settings of the runtime, each observed at work, in processes of their own: they hold from the first call on."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")

# Threads that the first call starts, and those that it takes until no more calls may block at a time.
THREADS = """
    import asyncio, os, fixture

    def threads():
        return len(os.listdir("/proc/self/task"))

    async def main():
        before = threads()
        await fixture.ready()
        workers = threads() - before
        await asyncio.gather(*[fixture.block(0.1) for _ in range(8)])
        print(workers, threads() - before - workers)
"""

# How many of 500 calls that have all ended are settled in one turn of the loop, at most.
TURNS = """
    import asyncio, collections, time, fixture

    async def main():
        loop, turn, settled = asyncio.get_running_loop(), 0, collections.Counter()

        def count():
            nonlocal turn
            turn += 1
            loop.call_soon(count)

        def done(_):
            settled[turn] += 1

        calls = [fixture.nap(0.001).start() for _ in range(500)]
        for call in calls:
            call.add_done_callback(done)
        while fixture.dropped() < len(calls):
            time.sleep(0.01)
        time.sleep(0.1)
        count()
        await asyncio.gather(*calls)
        print(max(settled.values()))
"""


def run(source: str, before: str = "", **environment: str) -> tuple[str, str]:
    code = textwrap.dedent(source) + textwrap.dedent(before) + "\nasyncio.run(main())\n"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PONTON_")}
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=clean | environment, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip(), ended.stderr


@LINUX
def test_threads() -> None:
    usual = str(len(os.sched_getaffinity(0)))
    assert run(THREADS) == (f"{usual} 8", "")
    assert run(THREADS, PONTON_WORKER_THREADS=" 3 ", PONTON_MAX_BLOCKING_THREADS="2") == ("3 2", "")
    assert run(THREADS, "fixture.set_threads(3, 2)") == ("3 2", "")
    # The program wins.
    assert run(THREADS, "fixture.set_threads(1)", PONTON_WORKER_THREADS="5") == ("1 8", "")


def test_drain_budget() -> None:
    most, _ = run(TURNS, PONTON_DRAIN_MICROS="60000000")
    assert int(most) > 400
    assert run(TURNS, PONTON_DRAIN_ITEMS="7") == ("7", "")
    assert run(TURNS, "fixture.set_drain_budget(7, 60)") == ("7", "")
    # The clock is looked at before every 32nd item, and callbacks of two drains may meet in a turn.
    most, _ = run(TURNS, PONTON_DRAIN_MICROS="1")
    assert int(most) <= 64


@LINUX
@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", ""])
def test_a_wrong_value_in_the_environment_is_told_once(value: str) -> None:
    usual = str(len(os.sched_getaffinity(0)))
    message = f"ponton: PONTON_WORKER_THREADS={value} is not a positive number; the default is used\n"
    assert run(THREADS, PONTON_WORKER_THREADS=value) == (f"{usual} 8", message)


@pytest.mark.parametrize("name", ["PONTON_DRAIN_ITEMS", "PONTON_DRAIN_MICROS"])
def test_a_wrong_budget_is_told_once(name: str) -> None:
    most, told = run(TURNS, **{name: "many"})
    assert int(most) > 31
    assert told == f"ponton: {name}=many is not a positive number; the default is used\n"


def test_refused() -> None:
    source = """
        import asyncio, fixture

        def refused(call):
            try:
                call()
            except fixture.Refused as error:
                print(error)

        async def main():
            refused(lambda: fixture.set_threads(0))
            refused(lambda: fixture.set_drain_budget(0, 1))
            refused(lambda: fixture.set_drain_budget(1, 0.0000001))
            fixture.set_threads(1)
            refused(lambda: fixture.set_threads(2))
            fixture.created()
            refused(lambda: fixture.set_drain_budget(1, 1))
    """
    zero, started = (
        "this cannot be zero",
        "the runtime has started: set this before, in a #[setup] function that is called first",
    )
    assert run(source)[0].splitlines() == [zero, zero, zero, "this was set before", started]
