"""Bytes: what is copied and what is not, and who keeps what for how long."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from typing import Any

import fixture
import pytest

# From here on the object is found again.
LARGE = 16 * 1024


@pytest.mark.parametrize("size", [LARGE, 1 << 20])
def test_the_same_object_comes_back(anywhere: Any, size: int) -> None:
    data = os.urandom(size)

    async def main() -> None:
        assert await fixture.echo_bytes(data) is data
        fixture.keep_bytes(data)
        fixture.keep_bytes(data)
        assert await fixture.kept_bytes() is data
        row = fixture.Row(id=1, body=data, from_=None, created_by="", size=1)
        assert (await fixture.echo_row(row)).body is data

    anywhere(main())


def test_what_is_not_the_whole_object_is_a_copy(anywhere: Any) -> None:
    class Special(bytes):
        pass

    async def main() -> None:
        data = os.urandom(2 * LARGE)
        fixture.keep_bytes(data)
        part = await fixture.kept_bytes(1)
        assert part == data[1:]
        for other in (Special(data), bytearray(data), memoryview(data)):
            back = await fixture.echo_bytes(other)
            assert back == data
            assert type(back) is bytes
            assert back is not data
        # A vector is memory of its own.
        assert await fixture.echo_vec_u8(data) is not data

    anywhere(main())


def test_an_object_that_takes_the_place_of_another_is_itself(anywhere: Any) -> None:
    async def main() -> None:
        for size in (LARGE, LARGE + 1) * 100:
            data = os.urandom(size)
            assert await fixture.echo_bytes(data) is data
            fixture.keep_bytes(data)
            assert await fixture.kept_bytes() is data
            await fixture.forget_bytes()

    anywhere(main())


@pytest.mark.parametrize("size", [2000, 1 << 20])
def test_what_a_worker_drops_is_released(anywhere: Any, size: int) -> None:
    data = os.urandom(size)

    async def main() -> None:
        before = sys.getrefcount(data)
        fixture.keep_bytes(data)
        assert sys.getrefcount(data) == before + 1
        await fixture.forget_bytes()
        # By whoever returns to Python next. The test's time limit ends a leak.
        while sys.getrefcount(data) > before:
            await fixture.nap(0.001)

    anywhere(main())


def test_a_mutable_buffer_is_let_go_of_at_the_call() -> None:
    data = bytearray(os.urandom(1 << 20))
    before = bytes(data)
    fixture.keep_bytes(data)
    data.clear()  # refused while anybody has the buffer
    assert asyncio.run(fixture.kept_bytes()) == before


def test_several_threads_hold_one_object() -> None:
    data = os.urandom(1 << 16)

    async def main() -> None:
        for _ in range(300):
            assert await fixture.echo_bytes(data) is data

    threads = [threading.Thread(target=lambda: asyncio.run(main())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_is_flat() -> None:
    def resident() -> int:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    async def main(count: int) -> None:
        for _ in range(count):
            assert len(await fixture.echo_bytes(os.urandom(1 << 20))) == 1 << 20
            assert len(await fixture.echo_bytes(bytearray(1 << 20))) == 1 << 20
            assert len(await fixture.make_bytes(1 << 20)) == 1 << 20

    asyncio.run(main(20))
    before = resident()
    asyncio.run(main(200))
    assert resident() - before < 50 << 20
