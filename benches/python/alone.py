"""Cases that need a process for each contestant, because what they measure stays: memory, threads."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sizes
import sleeps
from calls import Call
from contestants import Contestants
from harness import WrongAnswer, check, emit, settle

Measure = Callable[[], Coroutine[Any, Any, int]]
# How a process ends that got a wrong answer.
WRONG = 3
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Alone:
    """What is measured once in a process; the measure gives a whole number of `unit`."""

    name: str
    unit: str
    n: int
    subjects: Mapping[str, Measure]


def thread_count() -> int:
    return len(os.listdir("/proc/self/task"))


async def threads(who: sleeps.Sleeper, n: int) -> int:
    """The threads of the process while n are in flight: all have started, none that ended is gone yet."""
    flying = [who.sleep(who.millisecond) for _ in range(n)]
    started = thread_count()
    values = await asyncio.gather(*flying)
    ended = thread_count()
    check(who.name, values, [who.nothing] * n)
    return max(started, ended)


def resident() -> int:
    """Bytes of memory that the process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def highest() -> int:
    """Bytes of memory that the process had at most, since `forget_highest`."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def forget_highest() -> None:
    Path("/proc/self/clear_refs").write_text("5")


class Event:
    """What plain Python has instead of the contestants' `Gate`."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    async def wait(self) -> None:
        await self._event.wait()

    def open(self) -> None:
        self._event.set()


async def hold(gate: Any, wait: Callable[[], Awaitable[Any]], n: int) -> int:
    """How much memory n pending awaitables take, those that need a Task with it."""
    pending: list[Any] = [None] * n
    before = resident()
    for index in range(n):
        pending[index] = asyncio.ensure_future(wait())
    await settle()
    grown = resident() - before
    check("done before the gate opened", sum(one.done() for one in pending), 0)
    gate.open()
    await asyncio.gather(*pending)
    return grown


async def memory(make: Callable[[], Any], started: bool, n: int) -> int:
    """Bytes for each pending awaitable."""
    for count in (100, n):
        gate = make()
        wait = (lambda gate=gate: gate.wait().start()) if started else gate.wait
        grown = await hold(gate, wait, count)
    return grown // n


async def peak(call: Call, small: Any, argument: Any, right: Callable[[Any], bool]) -> int:
    """How much more memory one call takes at its worst, its result included."""
    await call(small)
    await settle()
    forget_highest()
    before = resident()
    got = await call(argument)
    # The kernel counts pages in batches, so nothing may look like a little less than nothing.
    grown = max(0, highest() - before)
    check("bytes", right(got), True)
    return grown


def peak_in(call: Call, size: int) -> Coroutine[Any, Any, int]:
    return peak(call, b"\7", sizes.sevens(size), size.__eq__)


def peak_out(call: Call, size: int) -> Coroutine[Any, Any, int]:
    return peak(call, 1, size, partial(sizes.is_sevens, size=size))


def cases(contestants: Contestants, loop: str, quick: bool) -> list[Alone]:
    """A quick run asks only on one loop, and so does what has nothing to do with loops."""
    if quick and loop != "asyncio":
        return []
    many = 10_000
    counted = {who.name: partial(threads, who, many) for who in sleeps.sleepers(contestants)}
    pending = 5_000 if quick else 20_000
    held: dict[str, Measure] = {"asyncio.Event": partial(memory, Event, False, pending)}
    for one, module in contestants.modules.items():
        held[one.name] = partial(memory, module.Gate, False, pending)
    if ponton := contestants.ponton:
        held["ponton started"] = partial(memory, ponton.Gate, True, pending)
    found = [Alone("threads_10k", "threads", many, counted), Alone("memory_pending", "bytes", pending, held)]
    if loop != "asyncio":
        return found
    size = sizes.SIZES["64m"]
    into, out = {}, {}
    for name, (bytes_in, bytes_out) in sizes.who(contestants).items():
        into[name] = partial(peak_in, bytes_in, size)
        out[name] = partial(peak_out, bytes_out, size)
    found += [Alone("peak_in_64m", "bytes", 1, into), Alone("peak_out_64m", "bytes", 1, out)]
    return found


def measure(case: Alone, command: list[str], rounds: int) -> None:
    """Has each contestant measured by `command` in processes of its own, and prints what they gave."""
    values: dict[str, list[int]] = {name: [] for name in case.subjects}
    names = list(case.subjects)
    for round_ in range(rounds):
        emit(type="progress", case=case.name, round=round_ + 1, rounds=rounds)
        for turn in range(len(names)):
            name = names[(turn + round_) % len(names)]
            if name not in values:
                continue
            done = subprocess.run(
                [*command, "--alone", case.name, name], check=False, capture_output=True, text=True, timeout=120
            )
            if done.returncode == WRONG:
                raise WrongAnswer(done.stderr.strip().splitlines()[-1])
            if done.returncode:
                sys.stderr.write(done.stderr)
                del values[name]
                emit(type="missing", subject=name, case=case.name, why=f"its process ended with {done.returncode}")
                continue
            values[name].append(int(done.stdout))
    for name, numbers in values.items():
        emit(type="samples", case=case.name, subject=name, n=case.n, unit=case.unit, wall=numbers)
