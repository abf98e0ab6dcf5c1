"""Python's coroutines, awaited by Rust."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from contestants import PYO3_ASYNC_RUNTIMES, UNIFFI, Contestants
from harness import Case, Clock, Subject, Took, check


async def answer() -> int:
    return 1


def called(name: str, call_host: Callable[[Any, int], Any], host: Any) -> Subject:
    """One call into Rust, which makes and awaits n coroutines."""

    async def sample(n: int) -> Took:
        clock = Clock()
        total = await call_host(host, n)
        took = clock.stop()
        check(name, total, n)
        return took

    return Subject(name, sample)


async def in_eager_tasks(function: Callable[[], Coroutine[Any, Any, int]], count: int) -> int:
    """The same in Python: each coroutine in a Task of its own, which starts at once."""
    loop = asyncio.get_running_loop()
    total = 0
    for _ in range(count):
        # From 3.12 on.
        total += await asyncio.Task(function(), loop=loop, eager_start=True)  # type: ignore[call-arg]
    return total


def callback_cases(contestants: Contestants) -> list[Case]:
    subjects = []
    if sys.version_info >= (3, 12):
        subjects.append(called("eager Task", in_eager_tasks, answer))
    if ponton := contestants.ponton:
        subjects.append(called("ponton", ponton.call_host, answer))
    if peer := contestants.modules.get(PYO3_ASYNC_RUNTIMES):
        subjects.append(called(PYO3_ASYNC_RUNTIMES.name, peer.call_host, answer))
    if peer := contestants.modules.get(UNIFFI):

        class HostCode(peer.HostCode):  # type: ignore[name-defined, misc]
            async def answer(self) -> int:
                return 1

        subjects.append(called(UNIFFI.name, peer.call_host, HostCode()))
    return [Case("callback_ready", subjects)]
