"""Scenario 2: the await that was forgotten."""

from __future__ import annotations

import asyncio

from ..run import Body, Lab


# lab:begin no-await
async def no_await(lab: Lab) -> None:
    lab.mark("main", "hello")
    lab.observe("sleep", asyncio.sleep(0.005))  # type: ignore[unused-coroutine]
    lab.mark("main", "world")
    # lab:end


# lab:begin with-await
async def with_await(lab: Lab) -> None:
    lab.mark("main", "hello")
    await lab.observe("sleep", asyncio.sleep(0.005))
    lab.mark("main", "world")
    # lab:end


# lab:begin bridge-no-await
async def bridge_no_await(lab: Lab) -> None:
    lab.mark("main", "hello")
    lab.ponton.sleep(0.005)
    lab.mark("main", "world")
    # lab:end


PARTS: dict[str, Body] = {
    "no-await": no_await,
    "with-await": with_await,
    "bridge-no-await": bridge_no_await,
}
