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


async def gathered(who: Sleeper, n: int) -> Took:
    """Makes n awaitables and gathers them."""
    sleep, millisecond = who.sleep, who.millisecond
    clock = Clock()
    values = await asyncio.gather(*[sleep(millisecond) for _ in range(n)])
    took = clock.stop()
    check(who.name, values, [who.nothing] * n)
    return took


def sleep_cases(contestants: Contestants, quick: bool) -> list[Case]:
    def subject(who: Sleeper) -> Subject:
        return Subject(who.name, partial(gathered, who), n=2_000 if quick and who.peer else 10_000)

    return [Case("sleep_10k", [subject(who) for who in sleepers(contestants)])]
