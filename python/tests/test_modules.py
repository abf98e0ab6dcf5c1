"""Two modules of Ponton in one process: each with a runtime and classes of its own, on one loop."""

from __future__ import annotations

import asyncio
from typing import Any

import fixture
import pytest

import ponton


def test_both_on_one_loop(run: Any) -> None:
    async def main() -> list[Any]:
        calls = [call for i in range(100) for call in (fixture.nap(0.001, i), ponton.work(1, 0.001))]
        started = [fixture.nap(0.001, 1).start(), ponton.work(1, 0.001).start()]
        return [*await asyncio.gather(*calls), *await asyncio.gather(*started)]

    results = run(main())
    assert results == [value for i in range(100) for value in (i, 1)] + [1, 1]


def test_cancelling_one_leaves_the_other(run: Any) -> None:
    async def main() -> Any:
        other = asyncio.ensure_future(ponton.work(3, 0.001))
        mine = asyncio.ensure_future(fixture.wait_forever())
        await asyncio.sleep(0)
        mine.cancel()
        with pytest.raises(asyncio.CancelledError):
            await mine
        return await other

    assert run(main()) == 3
    assert fixture.dropped() == 1


def test_classes_are_their_own() -> None:
    assert fixture.PanicError is not ponton.PanicError
    with pytest.raises(fixture.PanicError):
        asyncio.run(fixture.panic_now("mine"))
