"""The operations of a round under trio: the same calls, with trio's ways to stop them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import TYPE_CHECKING, Any

import fixture
import trio
from world import HostError, World, check

if TYPE_CHECKING:
    from rounds import Plan

Operation = Callable[[World, Random], Awaitable[str]]
OPERATIONS: dict[str, Operation] = {}


def operation(body: Operation) -> Operation:
    OPERATIONS[body.__name__] = body
    return body


def answering(r: Random) -> Callable[[int], Any]:
    kind, turns = r.randrange(3), r.randrange(3)

    async def waiting(n: int) -> int:
        for _ in range(turns):
            await trio.lowlevel.checkpoint()
        return n + 1

    async def calling(n: int) -> int:
        check(await fixture.hop(turns, n) == n, "a call from host code gives its value")
        return n + 1

    return [lambda n: n + 1, waiting, calling][kind]


def a_call(w: World, r: Random) -> tuple[str, Any, Any]:
    """One call that ends by itself, and its value."""
    n, value, f = r.choice([0, 0, 1, 2, 5, 30]), r.randrange(2**32), fixture
    sum_ = n * (n + 1) // 2
    calls: dict[str, tuple[Callable[[], Any], Any]] = {
        "now": (lambda: f.now(value), value),
        "pause": (lambda: f.pause(r.random() * 0.004, value), value),
        "hop": (lambda: f.hop(n, value), value),
        "hop_spawned": (lambda: f.hop_spawned(n, value), value),
        "hop_local": (lambda: f.hop_local(n, value), value),
        "hop_joined": (lambda: f.hop_joined(n, value), value),
        "hop_detached": (lambda: f.hop_detached(n, value), value),
        "block_thread": (lambda: f.block_thread(r.random() * 0.002, value), value),
        "Item.add_after": (lambda: f.Item(value).add_after(n, 1), value + 1),
        "ask_sum": (lambda: f.ask_sum(n, answering(r)), sum_),
        "ask_sum_spawned": (lambda: f.ask_sum_spawned(n, answering(r)), sum_),
        "ask_in_tasks": (lambda: f.ask_in_tasks(n, answering(r)), sum_),
        "tell_narrow": (lambda: f.tell_narrow(n * 10, lambda _: None), n * 10),
        "tell_blocking": (lambda: f.tell_blocking(n * 10, lambda _: None), n * 10),
    }
    name = r.choice(list(calls))
    make, expected = calls[name]
    return name, make(), expected


def an_endless_call(r: Random) -> Any:
    async def never(_: int) -> int:
        await trio.sleep_forever()

    kinds: list[Callable[[], Any]] = [
        fixture.stall,
        lambda: fixture.Item(1).stall(),
        lambda: fixture.Pipe().take(),
        lambda: fixture.hop(2**32 - 1, 0),
        lambda: fixture.hop_local(2**32 - 1, 0),
        lambda: fixture.ask_sum(2, never),
        lambda: fixture.ask_sum_spawned(2, never),
        lambda: fixture.tell_narrow(10**9, lambda _: None),
    ]
    return r.choice(kinds)()


async def some_time(r: Random) -> None:
    how = r.randrange(4)
    if how == 0:
        await trio.sleep(r.random() * 0.003)
    for _ in range(how * r.randrange(4)):
        await trio.lowlevel.checkpoint()


@operation
async def awaited(w: World, r: Random) -> str:
    name, call, value = a_call(w, r)
    got = await call
    check(got == value, "a call gives its value", (name, got))
    return name


@operation
async def in_a_nursery(w: World, r: Random) -> str:
    """Side by side; some are endless, and go with the scope."""
    seen = []

    async def one(call: Any, value: Any) -> None:
        check(await call == value, "a call gives its value")
        seen.append(value)

    async with trio.open_nursery() as endless:
        for _ in range(r.randrange(4)):
            endless.start_soon(_wait, an_endless_call(r))
        calls = [a_call(w, r) for _ in range(r.randrange(1, 10))]
        async with trio.open_nursery() as nursery:
            for _, call, value in calls:
                nursery.start_soon(one, call, value)
        endless.cancel_scope.cancel()
    check(len(seen) == len(calls), "each call ends once", (len(seen), len(calls)))
    return "ok"


async def _wait(call: Any) -> Any:
    return await call


@operation
async def cancelled(w: World, r: Random) -> str:
    ends = []

    async def one(call: Any) -> None:
        try:
            ends.append(await call)
        except trio.Cancelled:
            ends.append("cancelled")
            raise

    endless = r.random() < 0.5
    call, value = (an_endless_call(r), None) if endless else a_call(w, r)[1:]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(one, call)
        await trio.lowlevel.checkpoint()
        await some_time(r)
        nursery.cancel_scope.cancel()
    check(ends == ["cancelled"] or (not endless and ends == [value]), "a cancelled call ends once", ends)
    return "cancelled" if ends == ["cancelled"] else "value"


@operation
async def timed_out(w: World, r: Random) -> str:
    with trio.move_on_after(r.random() * 0.004) as scope:
        await (an_endless_call(r) if r.random() < 0.5 else a_call(w, r)[1])
    return "timeout" if scope.cancelled_caught else "value"


@operation
async def raced(w: World, r: Random) -> str:
    """A value and a cancel at once: one of the two, and no value is lost."""
    pipe, value, got = fixture.Pipe(), r.randrange(2**32), []

    async def take() -> None:
        got.append(await pipe.take())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take)
        await some_time(r)
        if r.random() < 0.5:
            await trio.to_thread.run_sync(pipe.send, value)
        else:
            pipe.send(value)
        for _ in range(r.randrange(3)):
            await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()
    check((got, pipe.left()) in [([value], 0), ([], 1)], "never both and never neither", (got, pipe.left()))
    return "value" if got else "cancelled"


@operation
async def failed(w: World, r: Random) -> str:
    n, error = r.randrange(4), HostError("mine")

    async def raises(_: int) -> int:
        raise error

    try:
        await (fixture.fail_after(n) if r.random() < 0.5 else fixture.ask_bare(1, raises))
    except fixture.Trouble.Told as told:
        check(told.hops == n, "an error has its fields")
        return "failed"
    except HostError as told:
        check(told is error, "an exception comes out as the same object")
        return "raised"
    raise AssertionError("it cannot have succeeded")


@operation
async def panicked(w: World, r: Random) -> str:
    try:
        await fixture.panic_after(r.randrange(4))
    except fixture.PanicError:
        return "panicked"
    raise AssertionError("it cannot have succeeded")


@operation
async def given_up_by_rust(w: World, r: Random) -> str:
    began, ends = [], []

    async def slow(_: int) -> int:
        began.append(True)
        try:
            await trio.sleep_forever()
        finally:
            ends.append("cancelled")

    answer = await fixture.ask_briefly(r.random() * 0.002, slow)
    for _ in range(10_000):
        if ends or not began:
            break
        await trio.sleep(0.001)
    check(answer is None and len(ends) == len(began), "host code that Rust drops is cancelled", (answer, ends))
    return "ok"


def run(w: World, plan: Plan) -> None:
    """The round in this thread."""

    async def actor(name: str) -> None:
        for index in range(plan.operations):
            r = w.random(name, index)
            kind = r.choice(list(OPERATIONS))
            w.current[name] = f"{index}: {kind} (trio)"
            w.done(f"trio: {kind}", await OPERATIONS[kind](w, r))
        w.current.pop(name, None)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for i in range(plan.actors):
                nursery.start_soon(actor, f"actor {i}")
            if plan.end != "calm":
                await trio.sleep(w.random("cut").random() * 0.1)
                nursery.cancel_scope.cancel()

    trio.run(main)
