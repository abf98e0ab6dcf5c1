"""The observer: records what happens to a coroutine, and changes nothing about it."""

from __future__ import annotations

import asyncio
import re
import threading
import time
import warnings
from collections.abc import Coroutine, Generator, Iterator
from contextlib import contextmanager
from types import ModuleType, TracebackType
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Record = dict[str, Any]

_NEVER_AWAITED = re.compile(r"coroutine '(?:.*\.)?(\w+)' was never awaited")


class AnyTracer(Protocol):
    """What a part's code may ask of the lab."""

    def mark(self, task: str, note: str) -> None:
        """Record a note of the code under observation."""

    def observe(self, name: str, coroutine: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """Record the life of a coroutine."""


class Tracer:
    """Records native Python."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._began = time.perf_counter()
        self._loop_thread = threading.get_ident()
        self._last_id = 0
        self._task_of_coroutine: dict[str, str] = {}
        self._lock = threading.Lock()

    def mark(self, task: str, note: str) -> None:
        self.push(task, "mark", note)

    def observe(self, name: str, coroutine: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        self._last_id += 1
        task = f"{name}#{self._last_id}"
        self._task_of_coroutine[getattr(coroutine, "__name__", name)] = task
        return Observed(self, task, coroutine)

    def push(self, task: str, event: str, note: str = "") -> None:
        with self._lock:
            self._records.append(
                {
                    "v": 1,
                    "seq": len(self._records) + 1,
                    "t_us": int((time.perf_counter() - self._began) * 1e6),
                    "host": "python",
                    "thread": "loop" if threading.get_ident() == self._loop_thread else "worker",
                    "task": task,
                    "event": event,
                    "note": note,
                }
            )

    def warned(self, message: str) -> None:
        """Take note of a RuntimeWarning that the interpreter has just raised."""
        found = _NEVER_AWAITED.match(message)
        task = self._task_of_coroutine.get(found[1]) if found else None
        if task is not None:
            self.push(task, "never_awaited", f"RuntimeWarning: {message}")
        else:
            self.mark("main", f"RuntimeWarning: {message}")

    def stop(self) -> list[Record]:
        return self._records


class BridgeTracer:
    """Records through the bridge: Rust keeps the trace, so that its steps and our notes share one order."""

    def __init__(self, native: ModuleType) -> None:
        self._native = native
        native.trace_start("python")

    def mark(self, task: str, note: str) -> None:
        self._native.trace_mark(task, note)

    def observe(self, name: str, coroutine: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        raise TypeError("the bridge observes its own futures")

    def warned(self, message: str) -> None:
        self.mark("main", f"RuntimeWarning: {message}")

    def stop(self) -> list[Record]:
        return [_line(record) for record in self._native.trace_stop()]


def _line(record: Any) -> Record:
    names = ("seq", "t_us", "host", "thread", "task", "event", "note")
    line: Record = {"v": 1, **{name: getattr(record, name) for name in names}}
    line["t_us"] = int(line["t_us"])
    if record.parent:
        line["parent"] = record.parent
    return line


@contextmanager
def warnings_recorded(tracer: Tracer | BridgeTracer) -> Iterator[None]:
    """Hand every RuntimeWarning to the tracer at the moment the interpreter raises it."""

    def hook(message: Warning | str, category: type[Warning], *_where: object) -> None:
        if issubclass(category, RuntimeWarning):
            tracer.warned(str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = hook  # type: ignore[assignment]
        yield


class Observed(Coroutine[Any, Any, T]):
    """A coroutine under observation; awaiting it awaits the one inside."""

    def __init__(self, tracer: Tracer, task: str, inner: Coroutine[Any, Any, T]) -> None:
        self._tracer = tracer
        self._task = task
        self._inner: Coroutine[Any, Any, T] | None = inner
        self._started = False
        self._emit("created")

    def _emit(self, event: str, note: str = "") -> None:
        self._tracer.push(self._task, event, note)

    def _step(self, method: str, *args: Any) -> Any:
        inner = self._inner
        if inner is None:
            raise RuntimeError("cannot reuse already awaited coroutine")
        if not self._started:
            self._started = True
            self._emit("first_poll")
        try:
            yielded = getattr(inner, method)(*args)
        except StopIteration:
            self._inner = None
            self._emit("ready")
            raise
        except asyncio.CancelledError:
            self._inner = None
            self._emit("dropped")
            raise
        except BaseException as error:
            self._inner = None
            self._emit("ready", f"raised {type(error).__name__}")
            raise
        self._emit("pending")
        if isinstance(yielded, asyncio.Future):
            # Not through `self`: that would keep a coroutine alive which the code has let go of.
            tracer, task = self._tracer, self._task
            yielded.add_done_callback(lambda _: tracer.push(task, "woken"))
        return yielded

    def send(self, value: Any) -> Any:
        return self._step("send", value)

    def throw(
        self,
        typ: type[BaseException] | BaseException,
        val: BaseException | object = None,
        tb: TracebackType | None = None,
    ) -> Any:
        error = typ if isinstance(typ, BaseException) else val if isinstance(val, BaseException) else typ()
        if isinstance(error, asyncio.CancelledError):
            self._emit("cancelled")
        return self._step("throw", error)

    def close(self) -> None:
        inner, self._inner = self._inner, None
        if inner is not None:
            inner.close()
            self._emit("dropped")

    def __await__(self) -> Generator[Any, Any, T]:
        return self

    def __iter__(self) -> Observed[T]:
        return self

    def __next__(self) -> Any:
        return self.send(None)

    def __del__(self) -> None:
        # A coroutine that never started is left to the interpreter, which warns when it lets go of it.
        if self._started and self._inner is not None:
            self._inner = None
            self._emit("dropped")
