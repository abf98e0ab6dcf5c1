"""Bytes in and out."""

from __future__ import annotations

from functools import partial

from calls import Call, sequential_with
from contestants import PONTON, PYO3_ASYNC_RUNTIMES, Contestants
from harness import Case

SIZES = {"1": 1, "1k": 1 << 10, "64k": 1 << 16, "1m": 1 << 20, "64m": 1 << 26}


async def bytes_in(data: bytes) -> int:
    return len(data)


async def bytes_out(size: int) -> bytes:
    return b"\7" * size


def who(contestants: Contestants) -> dict[str, tuple[Call, Call]]:
    """Those that take and give bytes."""
    found: dict[str, tuple[Call, Call]] = {"async def": (bytes_in, bytes_out)}
    for one in (PONTON, PYO3_ASYNC_RUNTIMES):
        if module := contestants.modules.get(one):
            found[one.name] = (module.bytes_in, module.bytes_out)
    return found


def sevens(size: int) -> bytes:
    return b"\7" * size


def is_sevens(got: bytes, size: int) -> bool:
    """Whether they are what everyone gives, without making as many to compare with."""
    return len(got) == got.count(7) == size


def byte_cases(contestants: Contestants) -> list[Case]:
    cases = []
    for label, size in SIZES.items():
        data = sevens(size)
        right = partial(is_sevens, size=size)
        into = [sequential_with(name, call, data, size.__eq__) for name, (call, _) in who(contestants).items()]
        out = [sequential_with(name, call, size, right) for name, (_, call) in who(contestants).items()]
        cases += [Case(f"bytes_in_{label}", into), Case(f"bytes_out_{label}", out)]
    return cases
