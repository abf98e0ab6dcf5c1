"""Who polls a call that was woken on the loop's thread: the loop while polls are short, else the workers."""

from __future__ import annotations

import asyncio
from typing import Any

import fixture

WORKER = "ponton-worker"
#: Enough short polls to make up for any that a busy machine made long.
TRIES = 200_000


async def learn() -> None:
    """Calls `hops` until the loop's thread polls it again."""
    for _ in range(TRIES):
        if await fixture.hops(1, 0) != [WORKER]:
            return
    raise AssertionError("short polls never stayed on the loop's thread")


def test_of_a_new_function_nothing_is_known() -> None:
    assert asyncio.run(fixture.first_hop()) == WORKER


def test_short_polls_stay(run: Any) -> None:
    run(learn())


def test_long_polls_go(run: Any) -> None:
    async def main() -> list[list[str]]:
        await learn()
        return [await fixture.hops(1, 0.002) for _ in range(20)]

    # The first may cost the loop one long poll; it pays for thousands of short ones.
    assert run(main())[1:] == [[WORKER]] * 19


def test_what_goes_on_and_on_goes(run: Any) -> None:
    async def main() -> list[str]:
        await learn()
        return await fixture.hops(1_000, 0)

    assert run(main())[-1] == WORKER


def test_a_loop_that_is_blocked_does_not_hold_calls_up(run: Any) -> None:
    async def passed_on() -> list[str]:
        gate = fixture.Gate()
        call = gate.wait().start()
        gate.open()
        await call
        return gate.block_for(1, 0)

    async def main() -> list[str]:
        while await passed_on() == [WORKER]:
            pass
        gate = fixture.Gate()
        calls = [gate.wait().start() for _ in range(20)]
        gate.open()
        # The loop's thread is to poll them, but it is busy: nobody else runs there until they have passed.
        passed = gate.block_for(20, 30)
        await asyncio.gather(*calls)
        return passed

    assert run(main()) == [WORKER] * 20


def test_host_code_of_a_poll_that_stayed_may_block_on_a_future(run: Any) -> None:
    async def ask() -> int:
        return fixture.block_on(7)

    async def main() -> None:
        for _ in range(TRIES):
            thread, answer = await fixture.ask_after_hops(ask)
            assert answer == 7
            if thread != WORKER:
                return
        raise AssertionError("short polls never stayed on the loop's thread")

    run(main())
