"""Where tests run. Those about asyncio's own interface: on its loop and on uvloop (`run`). Those about what holds for every
awaiter: there, under trio, and under anyio's two back ends (`anywhere`). Warnings are errors, unless a test expects one."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

import anyio
import pytest
import trio

try:
    import uvloop
except ImportError:  # Windows has none
    uvloop = None

# Where it is set, each panic that a test asks for takes a third of a second.
os.environ["RUST_BACKTRACE"] = "0"
# A shell ignores Ctrl-C in what it starts in the background, and that is inherited, by what tests start too.
signal.signal(signal.SIGINT, signal.default_int_handler)

LOOPS = {"asyncio": asyncio.new_event_loop}
if uvloop is not None:
    LOOPS["uvloop"] = uvloop.new_event_loop

Run = Callable[..., Any]


@pytest.fixture(params=list(LOOPS))
def new_loop(request: pytest.FixtureRequest) -> Callable[[], asyncio.AbstractEventLoop]:
    return LOOPS[request.param]


@pytest.fixture
def run(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> Run:
    """As ``asyncio.run``, on the loop under test; also on 3.10."""
    return run_on(new_loop)


def run_on(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> Run:
    def run(main: Coroutine[Any, Any, Any], *, debug: bool = False) -> Any:
        loop = new_loop()
        loop.set_debug(debug)
        asyncio.set_event_loop(loop)
        try:
            return loop.run_until_complete(main)
        finally:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
            asyncio.set_event_loop(None)
            loop.close()

    return run


@dataclass
class Anywhere:
    """One of the places where calls are awaited."""

    name: str
    run: Run

    @property
    def is_trio(self) -> bool:
        return "trio" in self.name

    def __call__(self, main: Coroutine[Any, Any, Any]) -> Any:
        return self.run(main)


def under_trio(main: Coroutine[Any, Any, Any]) -> Any:
    return trio.run(lambda: main)


def under_anyio(backend: str) -> Run:
    return lambda main: anyio.run(lambda: main, backend=backend)


PLACES = {
    **{name: run_on(new_loop) for name, new_loop in LOOPS.items()},
    "trio": under_trio,
    "anyio-asyncio": under_anyio("asyncio"),
    "anyio-trio": under_anyio("trio"),
}


@pytest.fixture(params=list(PLACES))
def anywhere(request: pytest.FixtureRequest) -> Anywhere:
    return Anywhere(request.param, PLACES[request.param])


@pytest.fixture(autouse=True)
def clean_counters(request: pytest.FixtureRequest) -> Iterator[None]:
    """What is left of one test of the fixture module is gone before the next."""
    fixture = getattr(request.module, "fixture", None)
    gc.collect()
    if fixture is not None:
        fixture.reset_counters()
    yield
    gc.collect()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("filterwarnings", "error")
    # hypothesis, when it is first imported for the summary of a run that did not need it.
    config.addinivalue_line("filterwarnings", "ignore:It looks like `register_random`")


def pytest_collection_finish() -> None:
    """The collector, which runs around each test, need not look at the tests themselves: that was most of the suite's
    time."""
    gc.collect()
    gc.freeze()
