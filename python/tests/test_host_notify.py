"""Notifications: in order, before the call settles, bounded; what they raise ends the call."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import fixture
import pytest


class Auth:
    def __init__(self) -> None:
        self.lines: list[str] = []

    async def token(self, scope: str) -> str:
        return scope

    async def pick(self, n: int) -> int:
        return n

    def note(self, line: str) -> None:
        self.lines.append(line)


def test_in_order_and_before_the_end(anywhere: Any) -> None:
    async def main() -> None:
        for _ in range(20):
            auth = Auth()
            assert await fixture.narrate(auth, 50) == 50
            assert auth.lines == [f"line {n}" for n in range(50)]

            seen: list[int] = []
            await fixture.count_to(1000, seen.append)
            assert seen == list(range(1, 1001))

            seen.clear()
            await fixture.count_blocking(100, seen.append)
            assert seen == list(range(1, 101))

    anywhere(main())


def test_on_the_loops_thread(anywhere: Any) -> None:
    async def main() -> None:
        threads = set()
        await fixture.count_blocking(10, lambda _: threads.add(threading.get_ident()))
        await fixture.count_to(10, lambda _: threads.add(threading.get_ident()))
        assert threads == {threading.get_ident()}

    anywhere(main())


def test_calls_side_by_side(run: Any) -> None:
    async def main() -> None:
        async def count(n: int) -> None:
            seen: list[int] = []
            await fixture.count_to(n, seen.append)
            assert seen == list(range(1, n + 1))

        await asyncio.gather(*[count(n) for n in range(1, 100)])

    run(main())


def test_one_function_for_many_calls(run: Any) -> None:
    async def main() -> None:
        auth = Auth()
        keepers = [fixture.narrate(auth, 20) for _ in range(20)]
        await asyncio.gather(*keepers)
        assert len(auth.lines) == 400

    run(main())


def test_overflow(anywhere: Any) -> None:
    async def main() -> None:
        seen: list[int] = []
        await fixture.count_coalesced(5000, seen.append)
        assert seen == sorted(set(seen)) and seen[-1] == 5000

        seen.clear()
        await fixture.count_lossy(5000, seen.append)
        assert seen == sorted(set(seen)) and seen[-4:] == [4997, 4998, 4999, 5000]

        seen.clear()
        await fixture.count_narrow(500, seen.append)
        assert seen == list(range(1, 501))

    anywhere(main())


def test_more_than_the_queue_holds(anywhere: Any) -> None:
    async def main() -> None:
        seen: list[int] = []
        await fixture.count_blocking(5000, seen.append)
        assert seen == list(range(1, 5001))

    anywhere(main())


@pytest.mark.parametrize("at", [1, 2, 50])
@pytest.mark.parametrize("name", ["count_to", "count_blocking", "count_narrow"])
def test_what_it_raises_ends_the_call(anywhere: Any, name: str, at: int) -> None:
    async def main() -> None:
        error = ValueError("enough")
        seen = []

        def progress(n: int) -> None:
            seen.append(n)
            if n >= at:
                raise error

        with pytest.raises(ValueError, match="enough") as caught:
            await getattr(fixture, name)(100, progress)
        assert caught.value is error
        assert seen[:at] == list(range(1, at + 1))

    anywhere(main())


def test_the_first_of_several_errors_wins(anywhere: Any) -> None:
    async def main() -> None:
        def progress(n: int) -> None:
            raise ValueError(n)

        with pytest.raises(ValueError, match="^1$"):
            await fixture.count_blocking(10, progress)

    anywhere(main())


def test_a_result_does_not_matter(anywhere: Any) -> None:
    async def main() -> None:
        assert await fixture.count_to(3, lambda n: n) == 3
        assert await fixture.count_to(3, lambda n: object()) == 3

    anywhere(main())


def test_nothing_comes_after_a_cancel(run: Any) -> None:
    async def main() -> None:
        auth = Auth()
        task = asyncio.ensure_future(fixture.narrate(auth, 10**6))
        while not auth.lines:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        count = len(auth.lines)
        await asyncio.sleep(0.02)
        assert len(auth.lines) == count

    run(main())


def test_kept_by_an_object(anywhere: Any) -> None:
    async def main() -> None:
        seen: list[int] = []
        ticker = fixture.Ticker(seen.append)
        await ticker.tick(1)
        await ticker.tick(2)
        assert seen == [1, 2]

        broken = fixture.Ticker(lambda n: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            await broken.tick(1)

    anywhere(main())


def test_kept_by_an_object_for_several_loops(new_loop: Any) -> None:
    seen: list[int] = []
    ticker = fixture.Ticker(seen.append)

    async def tick(n: int) -> None:
        await ticker.tick(n)

    for n in range(3):
        loop = new_loop()
        loop.run_until_complete(tick(n))
        loop.close()
    assert seen == [0, 1, 2]


def test_from_another_thread_of_pythons(run: Any) -> None:
    """Such a thread holds the interpreter's lock: were it to wait for room, the loop could never make any."""
    auth = Auth()

    async def main() -> None:
        keeper = fixture.Keeper(auth)
        await asyncio.to_thread(keeper.tell, 5000)
        while len(auth.lines) < 5000:
            await asyncio.sleep(0)
        assert auth.lines == [f"line {n}" for n in range(5000)]

    run(main())
