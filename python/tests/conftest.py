"""Every test that runs a loop runs on asyncio's own and on uvloop. Warnings are errors, unless a test expects one."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

try:
    import uvloop
except ImportError:  # Windows has none
    uvloop = None

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
