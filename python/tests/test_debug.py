"""asyncio's debug mode: what its tools see of a call that waits."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import fixture
import pytest

WAYS = {
    "create_task": lambda: asyncio.create_task(fixture.wait_forever()),
    "awaited": lambda: asyncio.create_task(awaiting(fixture.wait_forever())),
    "started": lambda: asyncio.create_task(awaiting(fixture.wait_forever().start())),
}


def is_asyncios(future: Any) -> bool:
    """Whether it is one in earnest: code in C looks at the type, and believes no `__class__`."""
    return asyncio.Future in type(future).__mro__


async def awaiting(call: Any) -> Any:
    return await call


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("debug", [False, True], ids=["plain", "debug"])
def test_a_task_waits_for_a_future_of_asyncios(run: Any, way: str, debug: bool) -> None:
    async def main() -> None:
        task = WAYS[way]()
        await asyncio.sleep(0)
        waiter = task._fut_waiter
        assert asyncio.isfuture(waiter)
        assert isinstance(waiter, asyncio.Future)
        assert is_asyncios(waiter) is debug
        assert "fixture.wait_forever" in repr(waiter) and "fixture.wait_forever" in repr(task)
        assert len(task.get_stack()) == (way != "create_task"), "frames of Python code"
        task.print_stack(file=Sink())
        assert not waiter.done()
        task.cancel("enough")
        assert fixture.dropped() == 1
        with pytest.raises(asyncio.CancelledError):
            await task
        assert waiter.done()

    run(main(), debug=debug)


class Sink:
    def write(self, _: str) -> None: ...


def test_results_and_errors(run: Any) -> None:
    async def main() -> None:
        started = fixture.nap(0.001, 7).start()
        assert [await started, await started] == [7, 7]
        assert await asyncio.gather(*[fixture.nap(0.001, i) for i in range(20)]) == list(range(20))
        assert await asyncio.gather(*[fixture.nap(0.001, i).start() for i in range(20)]) == list(range(20))
        with pytest.raises(fixture.Failure.Closed):
            await fixture.fail_later("closed")
        failing = fixture.fail_later("closed").start()
        for _ in range(2):
            with pytest.raises(fixture.Failure.Closed):
                await failing
        cancelled = fixture.wait_forever().start()

        async def wait() -> None:
            with pytest.raises(asyncio.CancelledError, match="enough"):
                await cancelled

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        cancelled.cancel("enough")
        await waiting
        with pytest.raises(RuntimeError, match="await wasn't used with future"):
            list(fixture.wait_forever().start())

    run(main(), debug=True)


def test_switched_on_while_the_loop_runs(run: Any) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        for debug in (True, False, True):
            loop.set_debug(debug)
            task = asyncio.create_task(fixture.wait_forever())
            await asyncio.sleep(0)
            assert is_asyncios(task._fut_waiter) is debug
            task.cancel()

    run(main())


@pytest.mark.parametrize("switch", ["-Xdev", "PYTHONASYNCIODEBUG"])
def test_the_switches_of_the_interpreter(switch: str) -> None:
    code = """
import asyncio, fixture
async def main():
    task = asyncio.create_task(fixture.wait_forever())
    await asyncio.sleep(0)
    assert asyncio.Future in type(task._fut_waiter).__mro__
    task.cancel()
asyncio.run(main())
assert fixture.created() == fixture.dropped() == 1
"""
    args, env = ([switch], {}) if switch.startswith("-") else ([], {switch: "1"})
    done = subprocess.run(
        [sys.executable, *args, "-c", code],
        env={"PYTHONPATH": ":".join(path for path in sys.path if path), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
