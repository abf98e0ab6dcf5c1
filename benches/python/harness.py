"""How the cases are measured: round by round, every contestant in each, the order rotated."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

Sample = Callable[[int], Awaitable["Took"]]


class WrongAnswer(Exception):
    """A contestant gave something else than it should: nothing it measured counts."""


@dataclass(frozen=True)
class Took:
    """What operations took: as many as were asked for, or `n` where a sample makes as many as fit in a time."""

    wall: int
    cpu: int
    n: int | None = None


class Clock:
    """Times what runs between its making and `stop`."""

    def __init__(self) -> None:
        self.cpu = time.process_time_ns()
        self.wall = time.perf_counter_ns()

    def stop(self) -> Took:
        wall = time.perf_counter_ns()
        return Took(wall - self.wall, time.process_time_ns() - self.cpu)


@dataclass(frozen=True)
class Subject:
    """A contestant in one case."""

    name: str
    # Makes n operations, checks what they gave, and says how long they took.
    sample: Sample
    # The number of operations; found by the warm-up when there is none.
    n: int | None = None
    # The most that the warm-up may choose.
    most: int = 50_000


@dataclass(frozen=True)
class Case:
    """What is measured, and who takes part."""

    name: str
    subjects: Sequence[Subject]
    # Whether the CPU time says something about the contestant.
    cpu: bool = True


@dataclass(frozen=True)
class Effort:
    """How long to measure."""

    rounds: int
    # What one sample should take at least, where the number of operations is free.
    sample_ns: int


FULL = Effort(rounds=7, sample_ns=20_000_000)
QUICK = Effort(rounds=3, sample_ns=8_000_000)


def emit(**line: Any) -> None:
    """One line of the protocol."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def check(subject: str, got: Any, expected: Any) -> None:
    if got != expected:
        raise WrongAnswer(f"{subject} gave {got!r:.200} instead of {expected!r:.200}")


async def settle() -> None:
    """Collects garbage and waits until the process is quiet: some leave work to threads that outlives their answers."""
    gc.collect()
    for _ in range(50):
        before = time.process_time_ns()
        await asyncio.sleep(0.002)
        if time.process_time_ns() - before < 500_000:
            return


async def sample(subject: Subject, n: int) -> Took:
    await settle()
    gc.disable()
    try:
        return await subject.sample(n)
    finally:
        gc.enable()


async def warm_up(subject: Subject, sample_ns: int) -> int:
    """Gives the number of operations for a sample, after one unmeasured sample of so many at least."""
    n = subject.n or 1
    took = await sample(subject, n)
    while subject.n is None and n < subject.most:
        if took.wall >= sample_ns:
            # Once more: it may have been a stall.
            took = min(took, await sample(subject, n), key=lambda one: one.wall)
            if took.wall >= sample_ns / 2:
                break
        # At most tenfold: the first operations are slower than what follows.
        n = min(n * 10, subject.most, max(n + 1, int(1.2 * n * sample_ns / max(took.wall, 1))))
        took = await sample(subject, n)
    return n


async def measure(case: Case, effort: Effort) -> None:
    """Prints the samples of every contestant of a case."""
    counts = [await warm_up(subject, effort.sample_ns) for subject in case.subjects]
    took: list[list[Took]] = [[] for _ in case.subjects]
    for round_ in range(effort.rounds):
        emit(type="progress", case=case.name, round=round_ + 1, rounds=effort.rounds)
        for turn in range(len(case.subjects)):
            which = (turn + round_) % len(case.subjects)
            took[which].append(await sample(case.subjects[which], counts[which]))
    for subject, n, samples in zip(case.subjects, counts, took, strict=True):
        made = [one.n or n for one in samples]
        line: dict[str, Any] = {"case": case.name, "subject": subject.name, "n": int(median(made)), "unit": "ns"}
        line["wall"] = [round(one.wall / count, 1) for one, count in zip(samples, made, strict=True)]
        if case.cpu:
            line["cpu"] = [round(one.cpu / count, 1) for one, count in zip(samples, made, strict=True)]
        emit(type="samples", **line)
