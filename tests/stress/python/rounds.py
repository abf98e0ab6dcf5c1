"""One round: a loop (or one in each of several threads), its actors, an end, and what must hold afterwards.

A round depends on the seed and its number alone, so that it can be run again by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

import fixture
from operations import OPERATIONS, VARIABLE
from world import LOOPS, BrokenError, Noise, World, check

try:
    import trio_rounds
except ImportError:  # a machine without trio
    trio_rounds = None  # type: ignore[assignment]

ENDS = ["calm", "calm", "calm", "cut", "closed", "left"]
PATIENCE = float(os.environ.get("PONTON_STRESS_PATIENCE", "30"))
"""Seconds until something that should have happened counts as never: only a failing round takes so long."""


@dataclass
class Plan:
    """What the seed says of a round."""

    number: int
    loops: list[str]
    end: str
    actors: int
    operations: int
    debug: bool

    @classmethod
    def of(cls, seed: int, number: int) -> Plan:
        r = Random(f"{seed}/{number}")
        loop = r.choice([*LOOPS, *(["trio"] if trio_rounds else [])])
        # The end of a loop without readers is noticed by the next loop, perhaps on a thread where `#[local]` futures cannot
        # be dropped: those loops are alone.
        threads = r.randrange(2, 5) if r.random() < 0.25 and loop != "waker thread" else 1
        end = "calm" if threads > 1 and r.random() < 0.5 else r.choice(ENDS)
        if end == "left" and (loop != "asyncio" or threads > 1):
            # A uvloop is only freed once it is closed; and who collects what threads left is not their thread.
            end = "closed"
        return cls(number, [loop] * threads, end, r.choice([1, 5, 20]), r.choice([3, 10, 30]), r.random() < 0.1)

    def __str__(self) -> str:
        loops = self.loops[0] if len(self.loops) == 1 else f"{len(self.loops)} threads of {self.loops[0]}"
        debug = ", debug" if self.debug else ""
        return f"round {self.number}: {loops}{debug}, {self.actors} actors, {self.operations} operations each, end: {self.end}"


async def actor(w: World, name: str, operations: int) -> None:
    VARIABLE.set(name)
    for index in range(operations):
        r = w.random(name, index)
        kind = r.choice(list(OPERATIONS))
        w.current[name] = f"{index}: {kind}"
        w.done(kind, await OPERATIONS[kind](w, r))
    w.current.pop(name, None)


async def calm(w: World, plan: Plan) -> None:
    tasks = [asyncio.ensure_future(actor(w, f"actor {i}", plan.operations)) for i in range(plan.actors)]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    w.later.clear()
    gc.collect()


async def cut(w: World, plan: Plan) -> None:
    """All actors are cancelled in the middle."""
    r = w.random("cut")
    tasks = [asyncio.ensure_future(actor(w, f"actor {i}", plan.operations)) for i in range(plan.actors)]
    await asyncio.wait(tasks, timeout=r.random() * 0.1)
    for task in tasks:
        task.cancel()
    for end in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(end, Exception):
            raise end
    w.later.clear()


async def leave(w: World, plan: Plan) -> None:
    """Calls that wait when the loop is let go of. None waits for host code: that and Rust would keep each other."""
    calls = [fixture.stall, w.items[0].stall, fixture.Pipe().take, lambda: fixture.hop_local(2**32 - 1, 0)]
    r = w.random("left")
    for _ in range(plan.actors * plan.operations):
        asyncio.ensure_future(r.choice(calls)())
    await asyncio.sleep(r.random() * 0.01)


async def idle(w: World, plan: Plan, loop: Any) -> None:
    """Nothing is pending: nobody rings."""
    await until(lambda: at_rest(fixture.counts()), "created = dropped")
    await asyncio.sleep(0.01)
    before = loop.rings
    await asyncio.sleep(0.02)
    check(loop.rings - before <= 2, "a loop without calls is not woken", loop.rings - before)


async def until(condition: Any, invariant: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        check(time.monotonic() < deadline, invariant, (fixture.alive(), fixture.counts()))
        await asyncio.sleep(0.001)


def at_rest(counts: Any) -> bool:
    return bool(counts.created == counts.dropped + counts.lost)


def one_loop(plan: Plan, w: World, noise: Noise, alone: bool) -> int:
    """Runs the actors on a new loop in this thread. Gives how often it was woken."""
    if plan.loops[0] == "trio":
        trio_rounds.run(w, plan)
        return 0
    loop = LOOPS[plan.loops[0]]()
    loop.set_debug(plan.debug)
    loop.set_exception_handler(noise.of_a_loop)
    asyncio.set_event_loop(loop)
    try:
        if plan.end == "calm":
            loop.run_until_complete(calm(w, plan))
            if alone:
                loop.run_until_complete(idle(w, plan, loop))
        elif plan.end == "cut":
            loop.run_until_complete(cut(w, plan))
        elif plan.end == "left":
            loop.run_until_complete(leave(w, plan))
        else:
            for i in range(plan.actors):
                loop.create_task(actor(w, f"actor {i}", plan.operations))
            loop.call_later(w.random("end").random() * 0.1, loop.stop)
            loop.run_forever()
            failed = [
                task for task in asyncio.all_tasks(loop) if task.done() and not task.cancelled() and task.exception()
            ]
            for task in failed:
                raise task.exception()  # type: ignore[misc]
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        return int(loop.rings)
    finally:
        asyncio.set_event_loop(None)
        if plan.end != "left":
            loop.close()
        if plan.loops[0] == "waker thread":
            asyncio.run(suspend())  # the end of a loop without readers is noticed by the next one of its thread


def run(seed: int, plan: Plan, tally: Counter[tuple[str, str]], noise: Noise, worlds: list[World]) -> None:
    before, rung = fixture.counts(), []
    heard = noise.heard["never awaited"]
    worlds[:] = [World(f"{seed}/{plan.number}/{i}", tally) for i in range(len(plan.loops))]
    errors: list[BaseException] = []

    def in_a_thread(w: World) -> None:
        try:
            rung.append(one_loop(plan, w, noise, alone=False))
        except BaseException as error:  # noqa: BLE001 - told below
            errors.append(error)

    if len(worlds) == 1:
        rung.append(one_loop(plan, worlds[0], noise, alone=True))
    else:
        threads = [threading.Thread(target=in_a_thread, args=(w,)) for w in worlds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
    never = sum(w.never_awaited for w in worlds)
    for w in worlds:
        w.later.clear()
        w.items.clear()
    gc.collect()
    settle(before)

    after = fixture.counts()
    check(after.polls <= after.created + after.wakes, "polls ≤ futures + wakes", after)
    if plan.end == "calm":
        ended = sum(
            getattr(after, name) - getattr(before, name) for name in ("dropped", "polls", "told", "things_dropped")
        )
        check(sum(rung) <= ended + 16, "a loop is woken at most once for what happened", (rung, ended))
        warned = noise.heard["never awaited"] - heard
        check(warned == never, "one warning for each call that nobody awaits", (warned, never))
    check(not noise.unexpected, "nothing unexpected is said", "\n".join(noise.unexpected))


async def suspend() -> None:
    await fixture.hop(1, 0)


def settle(before: Any) -> None:
    """Waits until all that began is dropped: what workers do ends a moment later."""
    deadline = time.monotonic() + PATIENCE
    while True:
        counts = fixture.counts()
        if at_rest(counts) and counts.things == counts.things_dropped:
            return
        if time.monotonic() > deadline:
            raise BrokenError(
                f"created = dropped: {fixture.alive()}, {counts}; before the round: {before}; {suspects()}"
            )
        time.sleep(0.002)
        gc.collect()


def suspects() -> str:
    """What tells a future that nobody wakes from a worker that is blocked, and from a loop whose end nobody noticed."""
    queues = sum(type(each).__name__ == "LoopQueue" for each in gc.get_objects())
    threads: Counter[str] = Counter()
    for task in os.listdir("/proc/self/task"):
        with contextlib.suppress(OSError), open(f"/proc/self/task/{task}/stat") as stat:
            name, state = stat.read().split("(")[1].rsplit(")", 1)
        threads[f"{name} {state.split()[0]}"] += 1
    return f"in flight: {fixture.in_flight()}, loops: {queues}, threads: {dict(threads)}"


class Memory:
    """Flat after a warm-up: resident memory, blocks of Python's allocator, descriptors, threads."""

    WARM_UP = 30

    def __init__(self) -> None:
        self.samples: list[tuple[int, int, int, int]] = []

    def sample(self) -> None:
        with open("/proc/self/statm") as statm:
            resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        numbers = len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))
        self.samples.append((resident, sys.getallocatedblocks(), *numbers))
        if len(self.samples) > 4000:  # so that the samples are no leak themselves
            self.samples[self.WARM_UP :: 2] = []

    def check(self) -> None:
        """Compares the medians of the first and of the last quarter of what came after the warm-up."""
        warm = self.samples[self.WARM_UP :]
        if len(warm) < 40:
            return
        quarter = len(warm) // 4
        names = ("resident memory", "blocks of Python", "descriptors", "threads")
        allowed = (1.25, 32 << 20), (1.05, 16_000), (1.0, 8), (1.0, 16)
        for name, (factor, more), first, last in zip(
            names, allowed, *map(self.medians, (warm[:quarter], warm[-quarter:])), strict=True
        ):
            check(last <= first * factor + more, "memory is flat", f"{name}: {first}, later {last}")

    @staticmethod
    def medians(samples: list[tuple[int, int, int, int]]) -> list[int]:
        return [sorted(column)[len(column) // 2] for column in zip(*samples, strict=True)]
