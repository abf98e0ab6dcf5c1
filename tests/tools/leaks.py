"""A little of everything, for valgrind: calls of every kind, each way to end, loops that are closed with calls pending."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "stress/python"))

import fixture
import operations
import rounds
from world import Noise

SKIPPED = ("panicked", "panicked_in_a_cancel")
"""Panics write to stderr, and an unwinding costs minutes there."""


def main() -> None:
    for name in SKIPPED:
        del operations.OPERATIONS[name]
    noise, tally = Noise(), Counter()
    noise.listen()
    for number, (loop, end) in enumerate(
        [("asyncio", "calm"), ("asyncio", "closed"), ("asyncio", "cut"), ("uvloop", "calm")]
    ):
        plan = rounds.Plan(number, [loop], end, actors=3, operations=12, debug=False)
        rounds.run(1, plan, tally, noise, [])
    asyncio.run(every_type())
    gc.collect()
    counts = fixture.counts()
    print(f"{tally.total()} operations, {counts}")


async def every_type() -> None:
    """What the conversions allocate."""
    row = fixture.Row(1, b"body" * 5000, "from", "by", 2)
    shapes = [fixture.Shape.Circle(1.5), fixture.Shape.Named("x"), fixture.Shape.Pair(1, 2), fixture.Shape.Empty()]
    for _ in range(20):
        await fixture.echo_rows([row] * 3)
        await fixture.echo_nested([["a"], None])
        await fixture.echo_tree_map({"a": b"b"})
        await fixture.echo_bytes(bytearray(b"x" * 70_000))
        for shape in shapes:
            await fixture.echo_shape(shape)
        for wrong in (7, "x", None, [row, 7], {"a": 1}):
            for function in (fixture.echo_rows, fixture.echo_map, fixture.echo_string, fixture.echo_node):
                try:
                    await function(wrong)
                except (TypeError, AttributeError):
                    pass


main()
