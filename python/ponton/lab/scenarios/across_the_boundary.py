"""Scenario 16: one Rust future with the semantics of a coroutine."""

from __future__ import annotations

import asyncio

from ..run import Body, Lab


# lab:begin awaited
async def awaited(lab: Lab) -> None:
    value = await lab.ponton.work(2)
    lab.mark("main", f"got {value}")
    # lab:end


# lab:begin leaked
async def leaked(lab: Lab) -> None:
    lab.ponton.work(2)
    lab.mark("main", "nobody awaits it")
    await asyncio.sleep(0.02)  # time enough, had it been running
    # lab:end


# lab:begin awaited-twice
async def awaited_twice(lab: Lab) -> None:
    awaitable = lab.ponton.work(1)
    lab.mark("main", f"got {await awaitable}")
    try:
        await awaitable
    except RuntimeError:
        lab.mark("main", "RuntimeError")
    # lab:end


# lab:begin cancelled
async def cancelled(lab: Lab) -> None:
    task = asyncio.create_task(lab.ponton.work(2, pause=0.25))
    await asyncio.sleep(0)
    lab.mark("main", "stop it")
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        lab.mark("main", "CancelledError")
    await asyncio.sleep(0.4)  # time enough for a second step
    lab.mark("main", f"work_done: {lab.ponton.work_done()}")
    # lab:end


# lab:begin asked
async def asked(lab: Lab) -> None:
    async def host(n: int) -> int:
        lab.mark("host", "starts")
        await asyncio.sleep(0.005)
        return 2 * n

    lab.mark("main", f"got {await lab.ponton.ask(host)}")
    # lab:end


# lab:begin given-up
async def given_up(lab: Lab) -> None:
    async def host(_: int) -> int:
        lab.mark("host", "starts")
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            lab.mark("host", "CancelledError")
            raise
        return 0

    lab.mark("main", f"got {await lab.ponton.ask(host, limit=0.02)}")
    # lab:end


PARTS: dict[str, Body] = {
    "awaited": awaited,
    "leaked": leaked,
    "awaited-twice": awaited_twice,
    "cancelled": cancelled,
    "asked": asked,
    "given-up": given_up,
}
