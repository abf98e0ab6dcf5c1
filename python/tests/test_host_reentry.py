"""Host, Rust, host, Rust, deep; on one loop, on two loops in two threads, in many threads at once."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import fixture
import pytest

DEPTH = 100


@pytest.mark.parametrize("turns", [0, 1])
@pytest.mark.parametrize("name", ["apply", "map_elsewhere"])
def test_on_one_loop(run: Any, name: str, turns: int) -> None:
    async def call(n: int, f: Any) -> int:
        if name == "apply":
            return int(await fixture.apply(n, f))
        return int((await fixture.map_elsewhere([n], f))[0])

    async def down(n: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        return 0 if n == 0 else await call(n - 1, down) + 1

    async def main() -> None:
        assert await down(DEPTH) == DEPTH
        assert await asyncio.gather(*[down(20) for _ in range(5)]) == [20] * 5

    run(main())


def test_plain_functions(anywhere: Any) -> None:
    def down(n: int) -> bool:
        return n == 0 or fixture.filter_now([n - 1], down) == [n - 1]

    assert fixture.filter_now([DEPTH], down) == [DEPTH]

    async def main() -> None:
        assert await fixture.filter([DEPTH], down) == [DEPTH]

    anywhere(main())


def test_a_cancel_goes_down_all_the_way(run: Any) -> None:
    async def main() -> None:
        cancelled = 0
        bottom = asyncio.Event()

        async def down(n: int) -> int:
            nonlocal cancelled
            try:
                if n == 0:
                    bottom.set()
                    await asyncio.Event().wait()
                return int(await fixture.apply(n - 1, down))
            except asyncio.CancelledError:
                cancelled += 1
                raise

        task = asyncio.ensure_future(fixture.apply(30, down))
        await bottom.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while cancelled < 31:
            await asyncio.sleep(0)
        assert cancelled == 31

    run(main())


class Loops:
    """Two loops, each in a thread of its own."""

    def __init__(self, new_loop: Any) -> None:
        self.loops = [new_loop(), new_loop()]
        self.threads = [threading.Thread(target=loop.run_forever) for loop in self.loops]
        for thread in self.threads:
            thread.start()

    async def on(self, index: int, coroutine: Any) -> Any:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self.loops[index]))

    def close(self) -> None:
        for loop, thread in zip(self.loops, self.threads, strict=True):
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


def test_across_two_loops(new_loop: Any) -> None:
    loops = Loops(new_loop)
    threads = set()

    async def call(n: int) -> int:
        return int(await fixture.apply(n, down))

    async def down(n: int) -> int:
        threads.add(threading.get_ident())
        assert asyncio.get_running_loop() is loops.loops[n % 2]
        return 0 if n == 0 else await loops.on((n - 1) % 2, call(n - 1)) + 1

    try:
        result = asyncio.run_coroutine_threadsafe(call(DEPTH), loops.loops[DEPTH % 2]).result(60)
    finally:
        loops.close()
    assert result == DEPTH
    assert threads == {thread.ident for thread in loops.threads}


def test_one_object_in_two_threads(new_loop: Any) -> None:
    """Each call runs its host code on its own loop, whichever loop the object came from."""

    class Auth:
        async def token(self, scope: str) -> str:
            await asyncio.sleep(0)
            return f"{scope} {threading.get_ident()}"

        async def pick(self, n: int) -> int:
            return n

        def note(self, line: str) -> None: ...

    keeper = fixture.Keeper(Auth())

    def work(_: int) -> None:
        async def main() -> None:
            for _ in range(50):
                assert await keeper.ask("x") == f"x {threading.get_ident()}"

        loop = new_loop()
        loop.run_until_complete(main())
        loop.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    keeper.close()


def test_many_threads(new_loop: Any) -> None:
    def work(value: int) -> list[int]:
        async def f(n: int) -> int:
            await asyncio.sleep(0)
            return n + value

        async def main() -> list[int]:
            made: list[int] = []
            for _ in range(10):
                made += await fixture.map_elsewhere([1, 2], f)
                made += await fixture.map_each([3], f)
                seen: list[int] = []
                await fixture.count_to(10, seen.append)
                assert seen == list(range(1, 11))
            return made

        loop = new_loop()
        try:
            return list(loop.run_until_complete(main()))
        finally:
            loop.close()

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(8)))
    assert results == [[1 + value, 2 + value, 3 + value] * 10 for value in range(8)]
