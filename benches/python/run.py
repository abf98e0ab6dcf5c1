"""The runner of the Python benchmarks: one CPython, one event loop. Prints the protocol of benches/README.md."""

from __future__ import annotations

import argparse
import asyncio
import platform
import sys
from collections.abc import Coroutine
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

import alone
import callbacks
import calls
import sizes
import sleeps
from contestants import Contestants, versions
from harness import FULL, QUICK, Case, WrongAnswer, emit, measure, note, settle

T = TypeVar("T")
BENCHES = Path(__file__).resolve().parents[1]


def cases(contestants: Contestants, loop: str, quick: bool) -> list[Case]:
    """What is measured in this process. Bytes are the same on every loop, and measured on one."""
    return [
        *calls.ready_cases(contestants),
        *calls.hop_cases(contestants, quick),
        *callbacks.callback_cases(contestants),
        *(sizes.byte_cases(contestants) if loop == "asyncio" else []),
        *sleeps.grow_cases(contestants, quick),
        *sleeps.sleep_cases(contestants, quick),
    ]


def about(loop: str) -> None:
    found = {"python": platform.python_version(), **versions(BENCHES / "Cargo.lock")}
    if loop == "uvloop":
        found["uvloop"] = metadata.version("uvloop")
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    emit(type="about", host="python", runtime=f"CPython {minor} {loop}", versions=found)


def run(main: Coroutine[Any, Any, T], loop: str) -> T:
    factory = None
    if loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


async def measure_all(chosen: list[Case], quick: bool) -> None:
    for case in chosen:
        await measure(case, QUICK if quick else FULL)
    await settle()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=Path, required=True, help="where build.py put the contestants")
    parser.add_argument("--loop", choices=["asyncio", "uvloop"], default="asyncio")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and operations")
    parser.add_argument("--only", default="", help="these cases only, separated by commas")
    parser.add_argument("--list", action="store_true", help="print the cases and who takes part")
    parser.add_argument("--alone", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()

    contestants = Contestants.load(args.packages)
    wanted = set(filter(None, args.only.split(",")))
    apart = [case for case in alone.cases(contestants, args.loop, args.quick) if not wanted or case.name in wanted]
    try:
        if args.alone:
            name, subject = args.alone
            print(run(next(case for case in apart if case.name == name).subjects[subject](), args.loop))
            return 0
        together = [case for case in cases(contestants, args.loop, args.quick) if not wanted or case.name in wanted]
        if args.list:
            for one in together:
                print(one.name, ", ".join(subject.name for subject in one.subjects), sep=": ")
            for case in apart:
                print(case.name, ", ".join(case.subjects), sep=": ")
            return 0
        about(args.loop)
        for who, why in contestants.missing.items():
            emit(type="missing", subject=who.name, case=None, why=why)
        run(measure_all(together, args.quick), args.loop)
        command = [sys.executable, __file__, "--packages", str(args.packages), "--loop", args.loop]
        for case in apart:
            alone.measure(case, [*command, *(["--quick"] if args.quick else [])], 1 if args.quick else 3)
    except WrongAnswer as error:
        note(f"wrong answer: {error}")
        return alone.WRONG
    return 0


if __name__ == "__main__":
    sys.exit(main())
