"""Scenario 4: cancel() is a request that the body hears as an exception, and may refuse."""

from __future__ import annotations

import asyncio
import threading

from ..run import Body, Lab


# lab:begin drop ask
async def work(lab: Lab) -> None:
    try:
        for step in range(1, 4):
            lab.mark("work", f"step {step}")
            await asyncio.sleep(0.005)
    finally:
        lab.mark("work", "finally runs")
    # lab:end


# lab:begin drop
async def drop(lab: Lab) -> None:
    coroutine = lab.observe("work", work(lab))
    coroutine.send(None)
    lab.mark("main", "stop it")
    del coroutine
    await asyncio.sleep(0.02)
    lab.mark("main", "main ends")
    # lab:end


# lab:begin ask
async def ask(lab: Lab) -> None:
    task = asyncio.create_task(lab.observe("work", work(lab)))
    await asyncio.sleep(0)
    lab.mark("main", "stop it")
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        lab.mark("main", "CancelledError")
    await asyncio.sleep(0.02)
    lab.mark("main", "main ends")
    # lab:end


# lab:begin refused
async def stubborn(lab: Lab) -> None:
    for step in range(1, 4):
        lab.mark("work", f"step {step}")
        try:
            await asyncio.sleep(0.005)
        except asyncio.CancelledError:
            lab.mark("work", "swallows CancelledError")


async def refused(lab: Lab) -> None:
    task = asyncio.create_task(lab.observe("work", stubborn(lab)))
    await asyncio.sleep(0)
    lab.mark("main", "stop it")
    task.cancel()
    await task
    lab.mark("main", "main ends")
    # lab:end


# lab:begin blocking
async def blocking(lab: Lab) -> None:
    started, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        lab.mark("work", "step 1")
        started.set()
        go_on.wait()
        lab.mark("work", "step 2")
        done.set()

    task = asyncio.create_task(asyncio.to_thread(work))
    while not started.is_set():
        await asyncio.sleep(0.001)
    lab.mark("main", "stop it")
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        lab.mark("main", "CancelledError")
    go_on.set()
    done.wait()
    lab.mark("main", "the thread finished anyway")
    # lab:end


# lab:begin bridge-cancel
async def bridge_cancel(lab: Lab) -> None:
    task = asyncio.create_task(lab.ponton.work(3, pause=0.25))
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


PARTS: dict[str, Body] = {
    "drop": drop,
    "ask": ask,
    "refused": refused,
    "blocking": blocking,
    "bridge-cancel": bridge_cancel,
}
