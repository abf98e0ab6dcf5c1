"""Scenario 1: a coroutine does nothing until it is awaited."""

from __future__ import annotations

import asyncio

from ..run import Body, Lab


# lab:begin call call-then-await
async def fetch(lab: Lab) -> int:
    lab.mark("fetch", "inside the body")
    await asyncio.sleep(0.005)
    return 7
    # lab:end


# lab:begin call
async def call(lab: Lab) -> None:
    coroutine = lab.observe("fetch", fetch(lab))
    lab.mark("main", "the call returned")
    del coroutine
    lab.mark("main", "main ends")
    # lab:end


# lab:begin call-then-await
async def call_then_await(lab: Lab) -> None:
    coroutine = lab.observe("fetch", fetch(lab))
    lab.mark("main", "the call returned")
    value = await coroutine
    lab.mark("main", f"got {value}")
    # lab:end


# lab:begin bridge-call
async def bridge_call(lab: Lab) -> None:
    awaitable = lab.ponton.work(1)
    lab.mark("main", "the call returned")
    del awaitable
    lab.mark("main", "main ends")
    # lab:end


# lab:begin bridge-other-mode
async def bridge_other_mode(lab: Lab) -> None:
    future = lab.ponton.work(1).start()
    lab.mark("main", "the call returned")
    value = await future
    lab.mark("main", f"got {value}")
    # lab:end


PARTS: dict[str, Body] = {
    "call": call,
    "call-then-await": call_then_await,
    "bridge-call": bridge_call,
    "bridge-other-mode": bridge_other_mode,
}
