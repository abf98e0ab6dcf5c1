"""What the actors do: each operation makes calls, and checks that each ends in a way that is allowed for it.

An operation draws from a `Random` of its own, so what is done is a matter of the seed. When it happens is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import gc
import sys
import threading
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import fixture
from world import HostError, World, check

Operation = Callable[[World, Random], Awaitable[str]]
OPERATIONS: dict[str, Operation] = {}
VARIABLE: contextvars.ContextVar[object] = contextvars.ContextVar("variable", default=None)
"""Whose code runs: set by each actor."""


def operation(body: Operation) -> Operation:
    OPERATIONS[body.__name__] = body
    return body


# ── calls ───────────────────────────────────────────────────────────


def answering(w: World, r: Random) -> Callable[[int], Any]:
    """A function of the host's: plain or async, and it may call Rust itself."""
    kind, turns, mark = r.randrange(5), r.randrange(3), VARIABLE.get()

    def plain(n: int) -> int:
        check(VARIABLE.get() is mark, "host code runs in the context of its call")
        return n + 1

    async def waiting(n: int) -> int:
        check(VARIABLE.get() is mark, "host code runs in the context of its call")
        for _ in range(turns):
            await asyncio.sleep(0)
        return n + 1

    async def calling(n: int) -> int:
        check(await fixture.hop(turns, n) == n, "a call from host code gives its value")
        return n + 1

    async def digging(n: int) -> int:
        return int(await fixture.ask_sum(1, lambda _: n + 1))

    def giving(n: int) -> Any:
        return fixture.hop_spawned(turns, n + 1)

    return [plain, waiting, calling, digging, giving][kind]


def a_call(w: World, r: Random) -> tuple[str, Any, Callable[[Any], bool]]:
    """One call that ends by itself: its name, what to await, and what is right as its value."""
    n, value, f = r.choice([0, 0, 1, 2, 5, 30]), r.randrange(2**32), fixture
    name = r.choice(CALLS)
    item = r.choice(w.items)
    asks = (lambda sum_: sum_ == n * (n + 1) // 2) if n else (lambda sum_: sum_ == 0)

    def told(call: Any, rule: Callable[[list[int]], bool]) -> Any:
        seen: list[int] = []
        return call(n * 10, seen.append), lambda end: end == n * 10 and rule(seen)

    rising = lambda seen: seen == sorted(set(seen)) and seen[-1:] == [n * 10 - 1][: len(seen)]
    all_of = lambda seen: seen == list(range(n * 10))
    make: dict[str, Callable[[], tuple[Any, Callable[[Any], bool]]]] = {
        "now": lambda: (f.now(value), value.__eq__),
        "pause": lambda: (f.pause(r.random() * 0.004, value), value.__eq__),
        "hop": lambda: (f.hop(n, value), value.__eq__),
        "hop_spawned": lambda: (f.hop_spawned(n, value), value.__eq__),
        "hop_local": lambda: (f.hop_local(n, value), value.__eq__),
        "hop_joined": lambda: (f.hop_joined(n, value), value.__eq__),
        "hop_detached": lambda: (f.hop_detached(n, value), value.__eq__),
        "hop_aborted": lambda: (f.hop_aborted(n, r.randrange(6)), {"ended", "aborted"}.__contains__),
        "block_thread": lambda: (f.block_thread(r.random() * 0.002, value), value.__eq__),
        "offload": lambda: (f.offload(r.random() * 0.002, value), value.__eq__),
        "Item.make": lambda: (f.Item.make(n), lambda it: it.add(1) == n + 1),
        "Item.add_after": lambda: (item.add_after(n, 1), lambda sum_: sum_ > 0),
        "Item.pass": lambda: (item.pass_(n, f.Item(value)), lambda other: other.add(0) == value),
        "ask_sum": lambda: (f.ask_sum(n, answering(w, r)), asks),
        "ask_sum_spawned": lambda: (f.ask_sum_spawned(n, answering(w, r)), asks),
        "ask_in_tasks": lambda: (f.ask_in_tasks(n, answering(w, r)), asks),
        "count_kept": lambda: (f.count_kept(n, lambda i: i % 2 == 0), ((n + 1) // 2).__eq__),
        "tell": lambda: told(f.tell, all_of),
        "tell_narrow": lambda: told(f.tell_narrow, all_of),
        "tell_lossy": lambda: told(f.tell_lossy, rising),
        "tell_coalesced": lambda: told(f.tell_coalesced, rising),
        "tell_blocking": lambda: told(f.tell_blocking, all_of),
        "await_host": lambda: (f.await_host(asyncio.sleep(r.random() * 0.002, value)), value.__eq__),
        "await_host_spawned": lambda: (f.await_host_spawned(n, asyncio.sleep(0, value)), value.__eq__),
    }
    assert CALLS == list(make)
    call, right = make[name]()
    return name, call, right


CALLS = [
    "now",
    "pause",
    "hop",
    "hop_spawned",
    "hop_local",
    "hop_joined",
    "hop_detached",
    "hop_aborted",
    "block_thread",
    "offload",
    "Item.make",
    "Item.add_after",
    "Item.pass",
    "ask_sum",
    "ask_sum_spawned",
    "ask_in_tasks",
    "count_kept",
    "tell",
    "tell_narrow",
    "tell_lossy",
    "tell_coalesced",
    "tell_blocking",
    "await_host",
    "await_host_spawned",
]


def an_endless_call(w: World, r: Random) -> Any:
    """One that only a cancel ends."""

    async def never(_: int = 0) -> int:
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    kinds: list[Callable[[], Any]] = [
        fixture.stall,
        lambda: r.choice(w.items).stall(),
        lambda: fixture.Pipe().take(),
        lambda: fixture.hop(2**32 - 1, 0),
        lambda: fixture.hop_local(2**32 - 1, 0),
        lambda: fixture.ask_sum(2, never),
        lambda: fixture.ask_sum_spawned(2, never),
        lambda: fixture.ask_bare(1, never),
        lambda: fixture.await_host(never()),
        lambda: fixture.tell_narrow(10**9, lambda _: None),
        lambda: fixture.tell(10**9, lambda _: None),
    ]
    return r.choice(kinds)()


async def some_time(r: Random) -> None:
    """From nothing up to a few milliseconds."""
    how = r.randrange(4)
    if how == 0:
        await asyncio.sleep(r.random() * 0.003)
    else:
        for _ in range(how * r.randrange(4)):
            await asyncio.sleep(0)


async def ended(awaitable: Any) -> tuple[str, Any]:
    """How it ended that somebody cancelled: with its value, or cancelled."""
    try:
        return "value", await awaitable
    except asyncio.CancelledError:
        own = asyncio.current_task()
        if sys.version_info >= (3, 11) and own is not None and own.cancelling():
            raise
        if not awaitable.cancelled():
            raise  # this Task was cancelled, not what it waits for; 3.10 has no other way to tell
        return "cancelled", None


# ── operations ──────────────────────────────────────────────────────


@operation
async def awaited(w: World, r: Random) -> str:
    name, call, right = a_call(w, r)
    value = await call
    check(right(value), "a call gives its value", (name, value))
    return name


@operation
async def started(w: World, r: Random) -> str:
    name, call, right = a_call(w, r)
    future, calls = call.start(), [0]

    def count(_: Any) -> None:
        calls[0] += 1

    future.add_done_callback(count)
    first, second = await asyncio.gather(asyncio.ensure_future(_wait(future)), future)
    check(first is second and right(first), "a future gives one value", (name, first, second))
    await asyncio.sleep(0)
    check(calls == [1], "a future's callback is called once", (name, calls))
    return name


async def _wait(future: Any) -> Any:
    return await future


@operation
async def gathered(w: World, r: Random) -> str:
    calls = [a_call(w, r) for _ in range(r.randrange(1, 30))]
    lazy = [r.random() < 0.5 for _ in calls]
    values = await asyncio.gather(
        *[call if how else call.start() for (_, call, _), how in zip(calls, lazy, strict=True)]
    )
    for (name, _, right), value in zip(calls, values, strict=True):
        check(right(value), "a call gives its value", (name, value))
    return "ok"


@operation
async def cancelled(w: World, r: Random) -> str:
    endless = r.random() < 0.5
    name, call, right = ("endless", an_endless_call(w, r), None) if endless else a_call(w, r)
    waiting = call.start() if r.random() < 0.5 else asyncio.ensure_future(call)
    del call
    await some_time(r)
    waiting.cancel()
    if r.random() < 0.2:
        waiting.cancel()
    how, value = await ended(waiting)
    check(waiting.done(), "what was awaited is done")
    if how == "value":
        check(right is not None and right(value), "a cancelled call gives its value or is cancelled", (name, value))
    return how


@operation
async def cancelled_from_a_thread(w: World, r: Random) -> str:
    future = an_endless_call(w, r).start()
    await some_time(r)
    loop = asyncio.get_running_loop()

    def cancel() -> None:
        with contextlib.suppress(RuntimeError):  # the round may have closed the loop meanwhile
            loop.call_soon_threadsafe(future.cancel)

    thread = threading.Thread(target=cancel)
    thread.start()
    how, _ = await ended(future)
    thread.join()
    check(how == "cancelled", "what never ends ends by a cancel", how)
    return how


@operation
async def waited_for(w: World, r: Random) -> str:
    limit = r.random() * 0.004
    call = an_endless_call(w, r) if r.random() < 0.3 else a_call(w, r)[1]
    try:
        if sys.version_info >= (3, 11) and r.random() < 0.5:
            async with asyncio.timeout(limit):
                await call
        else:
            await asyncio.wait_for(call, limit)
    except asyncio.TimeoutError:
        return "timeout"
    return "value"


@operation
async def in_a_group(w: World, r: Random) -> str:
    """A failing member cancels the others."""
    failing = r.randrange(6)
    if sys.version_info >= (3, 11):
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(r.randrange(1, 6)):
                    group.create_task(an_endless_call(w, r))
                    group.create_task(a_call(w, r)[1])
                group.create_task(fixture.fail_after(failing))
        except Exception as errors:  # noqa: BLE001 - a group of them, which 3.10 has no name for
            told: Any = errors
            check(
                [type(error) for error in told.exceptions] == [fixture.Trouble.Told],
                "a group fails with what its member raised",
                told.exceptions,
            )
            return "failed"
    calls = [asyncio.ensure_future(an_endless_call(w, r)) for _ in range(3)]
    both = asyncio.gather(*calls)
    await some_time(r)
    both.cancel()
    how, _ = await ended(both)
    await asyncio.wait(calls)  # a gather ends with the first of them
    check(how == "cancelled" and all(call.cancelled() for call in calls), "a cancelled gather cancels its calls")
    return how


@operation
async def raced(w: World, r: Random) -> str:
    """A value and a cancel at once: one of the two, and no value is lost."""
    pipe, value = fixture.Pipe(), r.randrange(2**32)
    future = pipe.take().start()
    await some_time(r)
    thread = None
    if r.random() < 0.5:
        thread = threading.Thread(target=pipe.send, args=(value,))
        thread.start()
    else:
        pipe.send(value)
    for _ in range(r.randrange(3)):
        await asyncio.sleep(0)
    future.cancel()
    how, got = await ended(future)
    if thread is not None:
        while thread.is_alive():
            await asyncio.sleep(0)
    left = pipe.left()
    check(
        (how, got, left) in [("value", value, 0), ("cancelled", None, 1)],
        "never both and never neither",
        (how, got, left),
    )
    return how


@operation
async def piped(w: World, r: Random) -> str:
    """What one call sends, others take, some of which are cancelled."""
    pipe, n = fixture.Pipe(), r.randrange(1, 20)
    takers = [pipe.take().start() for _ in range(n)]
    victims = [taker for taker in takers if r.random() < 0.3]
    sending = pipe.send_slowly(n).start()
    for victim in victims:
        for _ in range(r.randrange(3)):
            await asyncio.sleep(0)
        victim.cancel()
    await sending
    ends = [await ended(taker) for taker in takers]
    values = [value for how, value in ends if how == "value"]
    check(len(values) + pipe.left() == n and len(set(values)) == len(values), "no value is lost or doubled", (n, ends))
    return "all" if len(values) == n else "some cancelled"


@operation
async def closed(w: World, r: Random) -> str:
    """A coroutine that was driven one step, and closed."""
    call = an_endless_call(w, r)
    future = call.send(None)
    await some_time(r)
    del future
    call.close()
    return "ok"


@operation
async def thrown_into(w: World, r: Random) -> str:
    call, error = an_endless_call(w, r), HostError("thrown")

    async def wait() -> None:
        await call

    task = asyncio.ensure_future(wait())
    await asyncio.sleep(0)
    await some_time(r)
    task.cancel(error)
    how, _ = await ended(task)
    check(how == "cancelled", "what never ends ends by a cancel", how)
    return how


@operation
async def abandoned(w: World, r: Random) -> str:
    """Started, and left to the collector."""
    endless = r.random() < 0.5
    future = (an_endless_call(w, r) if endless else a_call(w, r)[1]).start()
    await some_time(r)
    if r.random() < 0.5:
        ring = [future]
        ring.append(ring)  # type: ignore[arg-type]
        del ring
    if r.random() < 0.2:
        w.later.append(future)
    del future
    if r.random() < 0.05:
        gc.collect()
    return "endless" if endless else "ends"


@operation
async def never_awaited(w: World, r: Random) -> str:
    call = fixture.hop(1, 1) if r.random() < 0.5 else fixture.ask_sum(1, answering(w, r))
    w.never_awaited += 1
    del call
    return "ok"


@operation
async def failed(w: World, r: Random) -> str:
    n = r.randrange(4)
    try:
        if r.random() < 0.5:
            await fixture.fail_after(n)
        else:
            await fixture.fail_after(n).start()
    except fixture.Trouble.Told as error:
        check(error.hops == n, "an error has its fields")
        return "failed"
    raise AssertionError("it cannot have succeeded")


@operation
async def panicked(w: World, r: Random) -> str:
    n, how = r.randrange(4), r.randrange(6)
    if how == 5:
        check("in a task" in await fixture.panic_in_task(n), "a task's panic is told to who joins it")
        return "in a task"
    try:
        if how == 0:
            fixture.panic_plain()
        elif how == 1:
            await fixture.panic_after(n)
        elif how == 2:
            await fixture.panic_dropped(n)
        elif how == 3:
            await fixture.panic_job(r.random() * 0.002)
        else:
            await fixture.ask_and_panic(answering(w, r))
    except fixture.PanicError as error:
        check(str(error).startswith("stress: "), "a panic has its message", error)
        return "panicked"
    raise AssertionError("it cannot have succeeded")


@operation
async def panicked_in_a_cancel(w: World, r: Random) -> str:
    """The destructor panics of what is cancelled."""
    waiting = fixture.panic_dropped(2**32 - 1)
    waiting = waiting.start() if r.random() < 0.5 else asyncio.ensure_future(waiting)
    await some_time(r)
    waiting.cancel()
    try:
        how, _ = await ended(waiting)
    except fixture.PanicError:
        return "panicked"
    check(how == "cancelled", "a cancel ends with the cancel or the destructor's panic")
    return how


@operation
async def refused_by_host_code(w: World, r: Random) -> str:
    """What host code raises comes out as the same object."""
    error, at, turns = HostError("mine"), r.randrange(3), r.randrange(3)

    async def late(n: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        return plain(n)

    def plain(n: int) -> int:
        if n >= at:
            raise error
        return n

    f: Any = r.choice([late, plain])
    calls: list[Callable[[], Any]] = [
        lambda: fixture.ask_sum(3, f),
        lambda: fixture.ask_sum_spawned(3, f),
        lambda: fixture.ask_in_tasks(3, f),
        lambda: fixture.ask_bare(3, f),
        lambda: fixture.tell(40, plain),
        lambda: fixture.tell_narrow(40, plain),
        lambda: fixture.tell_lossy(40, plain),
        lambda: fixture.tell_blocking(40, plain),
        lambda: fixture.count_kept(3, lambda n: plain(n) >= 0),
        lambda: fixture.await_host(late(3)),
    ]
    try:
        await r.choice(calls)()
    except HostError as caught:
        check(caught is error, "an exception comes out as the same object")
        return "raised"
    except fixture.Trouble.Host as caught:
        check(caught.__cause__ is error, "an exception comes out as the cause", caught.__cause__)
        return "as the cause"
    raise AssertionError("it cannot have succeeded")


@operation
async def given_up_by_rust(w: World, r: Random) -> str:
    """Rust has no more patience: the host's coroutine is cancelled, once."""
    ends, limit, turns = [], r.random() * 0.002, r.choice([0, 1, 10**6])
    began = []

    async def slow(_: int) -> int:
        began.append(True)
        try:
            for _ in range(turns):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            ends.append("cancelled")
            raise
        ends.append("ended")
        return 7

    answer = await fixture.ask_briefly(limit, slow)
    if answer is None and turns > 1 and began:  # a Task that is cancelled before its first step never begins
        for _ in range(10_000):
            if ends:
                break
            await asyncio.sleep(0.001)
        check(ends == ["cancelled"], "host code that Rust drops is cancelled", ends)
    check(answer in (None, 7) and len(ends) <= 1, "host code ends once", (answer, ends))
    return "gave up" if answer is None else "answered"


@operation
async def outlived(w: World, r: Random) -> str:
    """Tasks of Rust's that ask and tell when their call is over."""
    n = r.randrange(20)
    if r.random() < 0.5:
        await fixture.ask_detached(n, answering(w, r))
        return "asks"
    line = fixture.Line(lambda _: None)
    await line.say_later(n)
    check(await line.say(n) == n, "a call gives its value")
    return "tells"


@operation
async def made_by_a_thread(w: World, r: Random) -> str:
    loop = asyncio.get_running_loop()
    value = r.randrange(2**32)
    given = await loop.run_in_executor(None, asyncio.run_coroutine_threadsafe, _wait(fixture.hop(3, value)), loop)
    check(await asyncio.wrap_future(given) == value, "a call gives its value")
    return "ok"


@operation
async def with_a_loop_of_its_own(w: World, r: Random) -> str:
    """Another thread has its own loop, and calls with this one's object."""
    value, item = r.randrange(2**32), r.choice(w.items)

    async def main() -> Any:
        return (await asyncio.gather(fixture.hop(3, value), item.add_after(2, 1), fixture.ask_sum(2, answering(w, r))))[
            0
        ]

    def work() -> Any:
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(main())
        finally:
            loop.close()

    given = await asyncio.get_running_loop().run_in_executor(None, work)
    check(given == value, "a call gives its value")
    return "ok"


@operation
async def refused_arguments(w: World, r: Random) -> str:
    calls: list[Callable[[], Any]] = [
        functools.partial(fixture.hop, "x", 1),
        functools.partial(fixture.ask_sum, 1, 7),
        functools.partial(fixture.await_host, 7),
        functools.partial(w.items[0].pass_, 1, fixture.Pipe()),
    ]
    try:
        r.choice(calls)()
    except TypeError:
        return "refused"
    raise AssertionError("it cannot have been taken")
