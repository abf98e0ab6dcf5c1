"""Scenario 3: a Task starts at the loop's next turn, or inline with the eager factory."""

from __future__ import annotations

import asyncio
import sys

from ..run import Body, Lab, Unavailable


# lab:begin spawn other-rule never-awaited
async def job(lab: Lab) -> None:
    lab.mark("job", "inside the body")
    await asyncio.sleep(0.005)
    lab.mark("job", "end of the body")
    # lab:end


# lab:begin spawn
async def spawn(lab: Lab) -> None:
    task = asyncio.create_task(lab.observe("job", job(lab)))
    lab.mark("main", "after spawn")
    await task
    lab.mark("main", "joined")
    # lab:end


async def other_rule(lab: Lab) -> None:
    if sys.version_info < (3, 12):
        raise Unavailable(
            f"eager tasks came with Python 3.12; this is {sys.version_info.major}.{sys.version_info.minor}"
        )
    # lab:begin other-rule
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    task = asyncio.create_task(lab.observe("job", job(lab)))
    lab.mark("main", "after spawn")
    await task
    lab.mark("main", "joined")
    # lab:end


# lab:begin never-awaited
async def never_awaited(lab: Lab) -> None:
    # The loop holds Tasks weakly: without a name for it, this one could vanish.
    task = asyncio.create_task(lab.observe("job", job(lab)))
    lab.mark("main", "the handle is not awaited")
    while not task.done():
        await asyncio.sleep(0.005)
    lab.mark("main", "main ends")
    # lab:end


# lab:begin bridge-spawn
async def bridge_spawn(lab: Lab) -> None:
    task = asyncio.create_task(lab.ponton.work(1))
    lab.mark("main", "after spawn")
    await task
    lab.mark("main", "joined")
    # lab:end


PARTS: dict[str, Body] = {
    "spawn": spawn,
    "other-rule": other_rule,
    "never-awaited": never_awaited,
    "bridge-spawn": bridge_spawn,
}
