"""Many calls of every kind leave nothing behind. ``PONTON_LEAKS=1000000`` makes so many of the cheapest (`make leaks`)."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import fixture
import pytest

COUNT = int(os.environ.get("PONTON_LEAKS", "100000"))
BATCH = 100


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


async def raised() -> None:
    async def f(_: int) -> int:
        raise KeyError

    try:
        await fixture.ask_sum(1, f)
    except fixture.Trouble:
        pass


async def asked(n: int) -> int:
    return n


async def asked_later(n: int) -> int:
    await asyncio.sleep(0)
    return n


async def batch(call: Callable[[], Any]) -> None:
    await asyncio.gather(*[call() for _ in range(BATCH)])


async def cancelled_batch() -> None:
    tasks = [asyncio.ensure_future(fixture.stall()) for _ in range(BATCH)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def panicked() -> None:
    try:
        await fixture.panic_after(0)
    except fixture.PanicError:
        pass


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
    "batches": (COUNT // 10 // BATCH, lambda: batch(lambda: fixture.hop(1, 1))),
    "batches that are started": (COUNT // 10 // BATCH, lambda: batch(lambda: fixture.pause(0.001, 1).start())),
    "batches that are cancelled": (COUNT // 10 // BATCH, cancelled_batch),
    "callback": (COUNT // 10, lambda: fixture.ask_sum(1, asked)),
    "callback that waits": (COUNT // 100, lambda: fixture.ask_sum(1, asked_later)),
    "callback from a worker": (COUNT // 100, lambda: fixture.ask_sum_spawned(1, asked)),
    "callback that raises": (COUNT // 100, raised),
    "notifications": (COUNT // 100, lambda: fixture.tell(10, id)),
    "awaitable": (COUNT // 100, lambda: fixture.await_host(asked(1))),
    "method": (COUNT // 10, lambda: ITEM.add_after(0, 1)),
    "panicked": (COUNT // 100, panicked),
}
ITEM = fixture.Item()


def resident() -> int:
    """Memory that the process has, where the system tells: what Rust allocates is in it."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0


def assert_flat(call: Callable[[], Awaitable[Any]], count: int, room: int = 20_000) -> None:
    """Memory does not grow over so many calls, once they are warm."""

    async def main() -> tuple[int, int, int]:
        async def some(count: int) -> None:
            for _ in range(count):
                await call()

        await some(min(200, count))
        gc.collect()
        resident_before = resident()
        tracemalloc.start()
        before, blocks = tracemalloc.get_traced_memory()[0], sys.getallocatedblocks()
        await some(count)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        more = sys.getallocatedblocks() - blocks
        tracemalloc.stop()
        return grown, more, resident() - resident_before

    grown, blocks, memory = asyncio.run(main())
    assert grown < room, f"{grown} bytes after {count} calls"
    assert blocks < room // 40, f"{blocks} blocks after {count} calls"
    assert memory < 24 << 20, f"{memory} bytes of memory after {count} calls"


@pytest.mark.parametrize("name", CALLS)
def test_flat(name: str) -> None:
    count, call = CALLS[name]

    # What asyncio keeps of the last batch is as much after the first.
    assert_flat(call, count, 100_000 if name.startswith("batches") else 20_000)
    assert fixture.created() == fixture.dropped()
    counts = fixture.counts()
    assert counts.created == counts.dropped


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
