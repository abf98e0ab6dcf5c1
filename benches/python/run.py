"""The runner of the Python benchmarks: one CPython, one event loop. Prints the protocol of benches/README.md."""

from __future__ import annotations

import argparse
import asyncio
import platform
import sys
from importlib import metadata
from pathlib import Path

import calls
import sleeps
from contestants import Contestants, versions
from harness import FULL, QUICK, Case, WrongAnswer, emit, measure, note

BENCHES = Path(__file__).resolve().parents[1]


def cases(contestants: Contestants, quick: bool) -> list[Case]:
    return [
        *calls.ready_cases(contestants),
        *calls.hop_cases(contestants),
        *sleeps.sleep_cases(contestants, quick),
    ]


def about(loop: str) -> None:
    found = {"python": platform.python_version(), **versions(BENCHES / "Cargo.lock")}
    if loop == "uvloop":
        found["uvloop"] = metadata.version("uvloop")
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    emit(type="about", host="python", runtime=f"CPython {minor} {loop}", versions=found)


def run(coroutine_of_main, loop: str) -> None:  # type: ignore[no-untyped-def]
    if loop == "uvloop":
        import uvloop

        uvloop.run(coroutine_of_main)
    else:
        asyncio.run(coroutine_of_main)


async def measure_all(chosen: list[Case], quick: bool) -> None:
    for case in chosen:
        await measure(case, QUICK if quick else FULL)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--packages", type=Path, required=True, help="where benches/python/build.py put the contestants"
    )
    parser.add_argument("--loop", choices=["asyncio", "uvloop"], default="asyncio")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and operations")
    parser.add_argument("--only", default="", help="these cases only, separated by commas")
    parser.add_argument("--list", action="store_true", help="print the cases and who takes part")
    args = parser.parse_args()

    contestants = Contestants.load(args.packages)
    wanted = set(filter(None, args.only.split(",")))
    chosen = [case for case in cases(contestants, args.quick) if not wanted or case.name in wanted]
    if args.list:
        for case in chosen:
            print(case.name, ", ".join(subject.name for subject in case.subjects), sep=": ")
        return 0
    about(args.loop)
    for one, why in contestants.missing.items():
        emit(type="missing", subject=one.name, case=None, why=why)
    try:
        run(measure_all(chosen, args.quick), args.loop)
    except WrongAnswer as error:
        note(f"wrong answer: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
