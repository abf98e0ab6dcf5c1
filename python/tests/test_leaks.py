"""Many calls of every kind leave nothing behind."""

from __future__ import annotations

import asyncio
import gc
import sys
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any

import fixture
import pytest

COUNT = 100_000


async def refused() -> None:
    try:
        fixture.echo_u8("x")
    except TypeError:
        pass


async def failed() -> None:
    try:
        await fixture.fail("not found")
    except fixture.Failure:
        pass


async def cancelled() -> None:
    future = fixture.wait_forever().start()
    future.cancel()


async def closed() -> None:
    fixture.nap(1).close()


ROW = fixture.Row(id=1, body=b"b", from_=None, created_by="x", size=2)
BIG = bytes(4096)
CALLS: dict[str, tuple[int, Any]] = {
    "ready": (COUNT, fixture.ready),
    "value": (COUNT, lambda: fixture.echo_u64(2**40)),
    "record": (COUNT // 10, lambda: fixture.echo_row(ROW)),
    "bytes": (COUNT // 10, lambda: fixture.echo_bytes(BIG)),
    "started": (COUNT // 10, lambda: fixture.ready().start()),
    "refused": (COUNT // 10, refused),
    "failed": (COUNT // 10, failed),
    "closed": (COUNT // 10, closed),
    "cancelled": (COUNT // 10, cancelled),
    "pending": (COUNT // 100, lambda: fixture.work(1)),
    "local": (COUNT // 100, lambda: fixture.pinned(1)),
    "spawned": (COUNT // 100, lambda: fixture.heavy(1)),
    "object": (COUNT // 100, lambda: fixture.Counter().add_later(1)),
}


def assert_flat(call: Callable[[], Awaitable[Any]], count: int) -> None:
    """Memory does not grow over so many calls, once they are warm."""

    async def main() -> tuple[int, int]:
        async def some(count: int) -> None:
            for _ in range(count):
                await call()

        await some(200)
        gc.collect()
        tracemalloc.start()
        before, blocks = tracemalloc.get_traced_memory()[0], sys.getallocatedblocks()
        await some(count)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        more = sys.getallocatedblocks() - blocks
        tracemalloc.stop()
        return grown, more

    grown, blocks = asyncio.run(main())
    assert grown < 20_000, f"{grown} bytes after {count} calls"
    assert blocks < 500, f"{blocks} blocks after {count} calls"


@pytest.mark.parametrize("name", CALLS)
def test_flat(name: str) -> None:
    count, call = CALLS[name]

    assert_flat(call, count)
    assert fixture.created() == fixture.dropped()


def test_the_references_of_arguments_are_given_back() -> None:
    async def main() -> None:
        before = sys.getrefcount(BIG)
        for _ in range(100):
            await fixture.echo_bytes(BIG)
            await fixture.echo_vec_u8(BIG)
            fixture.echo_bytes(BIG).close()
        await fixture.nap(0.001)
        assert sys.getrefcount(BIG) == before
        row = sys.getrefcount(ROW)
        for _ in range(100):
            await fixture.echo_row(ROW)
        assert sys.getrefcount(ROW) == row

    asyncio.run(main())
