"""Many sleeps in flight at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from contestants import Contestants
from harness import Case, Clock, Subject, Took, check

MILLISECOND = 0.001


@dataclass(frozen=True)
class Sleeper:
    """Someone who can sleep for a millisecond."""

    name: str
    sleep: Callable[[Any], Awaitable[Any]]
    millisecond: Any = MILLISECOND
    nothing: Any = None
    peer: bool = False


def sleepers(contestants: Contestants) -> list[Sleeper]:
    found = [Sleeper("asyncio.sleep", asyncio.sleep)]
    if ponton := contestants.ponton:
        sleep = ponton.sleep
        found.append(Sleeper("ponton", sleep))
        found.append(Sleeper("ponton started", lambda time: sleep(time).start()))
        found.append(Sleeper("ponton local", ponton.sleep_local))
    for peer, module in contestants.peers():
        found.append(Sleeper(peer.name, module.sleep, peer.millisecond, peer.nothing, peer=True))
    return found


async def gathered(who: Sleeper, at_once: int, n: int) -> Took:
    """Makes and gathers `at_once` awaitables, as often as n asks for."""
    sleep, millisecond = who.sleep, who.millisecond
    values: list[Any] = []
    clock = Clock()
    for _ in range(n // at_once):
        values = await asyncio.gather(*[sleep(millisecond) for _ in range(at_once)])
    took = clock.stop()
    check(who.name, values, [who.nothing] * at_once)
    return took


def sleep_cases(contestants: Contestants, quick: bool) -> list[Case]:
    def subject(who: Sleeper) -> Subject:
        n = 2_000 if quick and who.peer else 10_000
        return Subject(who.name, partial(gathered, who, n), n)

    return [Case("sleep_10k", [subject(who) for who in sleepers(contestants)])]


def grow_cases(contestants: Contestants, quick: bool) -> list[Case]:
    """How the cost of one grows with how many there are. Peers take part as far as is affordable.

    The largest come first: `future_into_py` leaves hundreds of threads behind, which live for ten more seconds.
    """
    repeats = {1: 20, 10: 20, 100: 10, 1_000: 3}
    cases = []
    for at_once in (10_000, 100, 1) if quick else (100_000, 10_000, 1_000, 100, 10, 1):
        n = at_once * repeats.get(at_once, 1)
        who = [one for one in sleepers(contestants) if not one.peer or at_once <= (100 if quick else 1_000)]
        cases.append(Case(f"grow_{at_once}", [Subject(one.name, partial(gathered, one, at_once), n) for one in who]))
    return cases
