"""What one round of the stress has: its loop, what was counted, what must hold."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import Counter
from random import Random
from typing import Any

import fixture

try:
    import uvloop
except ImportError:  # Windows has none
    uvloop = None


class BrokenError(Exception):
    """An invariant does not hold."""


class HostError(Exception):
    """What host code raises when it is told to."""


def check(condition: bool, invariant: str, details: object = "") -> None:
    if not condition:
        raise BrokenError(f"{invariant}: {details}" if details != "" else invariant)


class Rings:
    """Counts how often the loop is woken for Rust, and may do as if it had no `add_reader`."""

    rings = 0
    without_reader = False

    def add_reader(self, fd: Any, callback: Any) -> Any:
        if self.without_reader:
            raise NotImplementedError

        return super().add_reader(fd, self._ring, callback)  # type: ignore[misc]

    def _ring(self, callback: Any) -> None:
        self.rings += 1
        try:
            callback()
        finally:
            del callback  # the traceback of what host code raises would keep it, and hide the loop's end


class AsyncioLoop(Rings, asyncio.SelectorEventLoop):
    pass


class WakerThreadLoop(Rings, asyncio.SelectorEventLoop):
    without_reader = True

    def close(self) -> None:
        self.without_reader = False
        super().close()


LOOPS: dict[str, Any] = {"asyncio": AsyncioLoop, "waker thread": WakerThreadLoop}
if uvloop is not None:

    class UvLoop(Rings, uvloop.Loop):
        pass

    LOOPS["uvloop"] = UvLoop


class World:
    """Shared by the actors of one loop."""

    def __init__(self, seed: str, tally: Counter[tuple[str, str]]) -> None:
        self.seed = seed
        self.tally = tally
        self.items = [fixture.Item(i) for i in range(3)]
        self.current: dict[str, str] = {}
        self.never_awaited = 0
        self.never_retrieved = 0
        self.later: list[Any] = []
        """Started futures that nobody has looked at yet."""

    def done(self, operation: str, outcome: str) -> None:
        self.tally[operation, outcome] += 1

    def random(self, *names: object) -> Random:
        return Random("/".join([self.seed, *map(str, names)]))


class Noise:
    """What is said behind the callers' backs: counted, and a reason to fail when nobody expects it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.heard: Counter[str] = Counter()
        self.unexpected: list[str] = []

    def hear(self, kind: str, text: str = "", expected: bool = True) -> None:
        with self.lock:
            self.heard[kind] += 1
            if not expected and len(self.unexpected) < 20:
                self.unexpected.append(f"{kind}: {text}")

    def warning(self, message: Any, category: type[Warning], *_: Any) -> None:
        text = str(message)
        never = category is RuntimeWarning and "was never awaited" in text
        unclosed = category is ResourceWarning and "unclosed event loop" in text
        ours = never and "'fixture." in text
        self.hear("never awaited" if ours else category.__name__, text, never or unclosed)

    def of_a_loop(self, _: Any, context: dict[str, Any]) -> None:
        text, error = context.get("message", "a callback of uvloop's raised"), context.get("exception")
        retrieved = "exception was never retrieved" in text and isinstance(
            error,
            HostError | fixture.Trouble | fixture.PanicError | fixture.AbortedError | ConnectionError | RuntimeError,
        )
        # What a notification raises that was on its way when its call ended.
        late = text.startswith("Exception in a callback of Rust code") and isinstance(error, HostError)
        gathered = text.startswith("_GatheringFuture") and isinstance(error, asyncio.CancelledError)
        expected = retrieved or late or gathered or "was destroyed but it is pending" in text
        kind = text.split(":")[0] if expected else "told to a loop"
        self.hear(kind, f"{text}: {error!r}", expected)

    def unraisable(self, it: Any) -> None:
        panic = isinstance(it.exc_value, fixture.PanicError)
        # CPython's own, where a Task waits in an `asyncio.timeout` for a loop that was closed.
        closing = isinstance(it.exc_value, ValueError) and str(it.exc_value) == "coroutine already executing"
        self.hear("unraisable", f"{it.exc_type}: {it.exc_value} in {it.object!r}", panic or closing)

    def listen(self) -> None:
        import logging
        import warnings

        class Handler(logging.Handler):
            def emit(handler, record: logging.LogRecord) -> None:
                text = record.getMessage()
                self.hear("log", text, text.startswith("Executing <") or "was destroyed but it is pending" in text)

        logging.getLogger("asyncio").addHandler(Handler())
        logging.getLogger("asyncio").propagate = False
        warnings.simplefilter("always")
        warnings.showwarning = self.warning
        sys.unraisablehook = self.unraisable
        threading.excepthook = lambda it: self.hear("thread", f"{it.exc_type}: {it.exc_value}", False)
