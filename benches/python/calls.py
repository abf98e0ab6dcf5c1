"""Awaiting one call after another: ready at once, or through the runtime."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from contestants import Contestants
from harness import Case, Clock, Sample, Subject, Took, WrongAnswer, check

Call = Callable[..., Awaitable[Any]]


def sequential(name: str, call: Call, expected: Any) -> Subject:
    """Awaits `call()` n times."""

    async def sample(n: int) -> Took:
        value = None
        clock = Clock()
        for _ in range(n):
            value = await call()
        took = clock.stop()
        check(name, value, expected)
        return took

    return Subject(name, sample)


def sequential_with(name: str, call: Call, argument: Any, verify: Callable[[Any], bool]) -> Subject:
    """Awaits `call(argument)` n times."""

    async def sample(n: int) -> Took:
        value = None
        clock = Clock()
        for _ in range(n):
            value = await call(argument)
        took = clock.stop()
        if not verify(value):
            raise WrongAnswer(f"{name} gave {value!r:.200}")
        return took

    return Subject(name, sample)


@dataclass(frozen=True)
class Row:
    id: int
    name: str


async def ready() -> None:
    pass


async def ready_int(value: int) -> int:
    return value


async def ready_row(name: str) -> Row:
    return Row(7, name)


def is_row(value: Any) -> bool:
    return bool(value.id == 7 and value.name == "name")


def ready_cases(contestants: Contestants) -> list[Case]:
    everyone = [(one.name, module) for one, module in contestants.modules.items()]
    none = [sequential("async def", ready, None)]
    none += [sequential(one.name, module.ready, one.nothing) for one, module in contestants.modules.items()]
    number = [("async def", ready_int), *((name, module.ready_int) for name, module in everyone)]
    row = [("async def", ready_row), *((name, module.ready_row) for name, module in everyone)]
    return [
        Case("ready_none", none),
        # No small integer: those are not allocated.
        Case("ready_int", [sequential_with(name, call, 123_456, lambda it: it == 123_456) for name, call in number]),
        Case("ready_row", [sequential_with(name, call, "name", is_row) for name, call in row]),
    ]


def in_executor() -> Subject:
    """What plain Python does to have something done by another thread."""

    async def hop() -> int:
        return await asyncio.get_running_loop().run_in_executor(None, int, 1)

    return sequential("run_in_executor", hop, 1)


@contextmanager
def echo_thread(there: int, back: int) -> Any:
    """A thread that answers what comes on one eventfd on another."""
    stop = 1 << 32

    def run() -> None:
        while os.eventfd_read(there) < stop:
            os.eventfd_write(back, 1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        os.eventfd_write(there, stop)
        thread.join()


def ping_pong() -> Subject:
    """The least that a hop through another thread can be: two eventfds, the loop's reader and a future."""

    async def sample(n: int) -> Took:
        loop = asyncio.get_running_loop()
        there, back = os.eventfd(0, os.EFD_CLOEXEC), os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        future: asyncio.Future[int] = loop.create_future()

        def answered() -> None:
            future.set_result(os.eventfd_read(back))

        loop.add_reader(back, answered)
        value = 0
        with echo_thread(there, back):
            clock = Clock()
            for _ in range(n):
                future = loop.create_future()
                os.eventfd_write(there, 1)
                value = await future
            took = clock.stop()
        loop.remove_reader(back)
        os.close(there)
        os.close(back)
        check("eventfd ping-pong", value, 1)
        return took

    return Subject("eventfd ping-pong", sample)


def hop_subjects(contestants: Contestants) -> list[Subject]:
    subjects = [ping_pong()] if hasattr(os, "eventfd") else []
    subjects.append(in_executor())
    if contestants.ponton:
        subjects.append(sequential("ponton", contestants.ponton.hop, 1))
        subjects.append(sequential("ponton spawn", contestants.ponton.hop_spawn, 1))
        subjects.append(sequential("ponton local", contestants.ponton.hop_local, 1))
    subjects += [sequential(peer.name, module.hop, 1) for peer, module in contestants.peers()]
    return subjects


def hop_cases(contestants: Contestants, quick: bool) -> list[Case]:
    return [Case("hop", hop_subjects(contestants)), busy_case(contestants, 80 if quick else 200)]


def busy_case(contestants: Contestants, milliseconds: int) -> Case:
    """Hops beside a thread that computes in Python all the time.

    A sample is the mean of its hops, as many as fit: some are quick, others wait for a whole turn of the other thread. A
    median would hide those, and a number of hops that were all quick would end before the other thread had its turn.
    """
    subjects = [
        Subject(one.name, partial(beside_busy_thread, one.sample, milliseconds * 1_000_000), n=20)
        for one in hop_subjects(contestants)
    ]
    return Case("hop_busy", subjects, cpu=False)


async def beside_busy_thread(sample: Sample, least_ns: int, n: int) -> Took:
    stop = False

    def compute() -> None:
        number = 0
        while not stop:
            number += 1

    thread = threading.Thread(target=compute)
    thread.start()
    wall = made = 0
    try:
        while wall < least_ns:
            wall += (await sample(n)).wall
            made += n
    finally:
        stop = True
        thread.join()
    return Took(wall, 0, made)
