"""Stress of the Python host: see tests/stress/README.md."""

from __future__ import annotations

import argparse
import faulthandler
import os
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from typing import Any

import fixture
from operations import OPERATIONS
from rounds import Memory, Plan, run
from world import BrokenError, Noise

HANG = float(os.environ.get("PONTON_STRESS_HANG", "90"))
"""Seconds without the end of a round."""


class Stderr:
    """What is written to stderr: the panics that were asked for, and nothing else."""

    def __init__(self) -> None:
        self.own = os.fdopen(os.dup(2), "w", buffering=1)
        self.file = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - for as long as the process
        os.dup2(self.file.fileno(), 2)
        self.panics = 0

    def unexpected(self) -> list[str]:
        """The lines since the last time, without those of panics."""
        self.file.seek(0)
        lines = self.file.read().splitlines()
        os.ftruncate(self.file.fileno(), 0)
        self.file.seek(0)
        left, at = [], 0
        while at < len(lines):
            line = lines[at]
            at += 1
            if not line or line.startswith("note: run with `RUST_BACKTRACE=1`"):
                continue
            if (
                line.startswith("thread '")
                and " panicked at " in line
                and lines[at : at + 1]
                and lines[at].startswith("stress: ")
            ):
                self.panics += 1
                at += 1
                continue
            left.append(line)
        return left


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9)
    parser.add_argument("--round", type=int, help="this one alone, again and again")
    parser.add_argument("--only", nargs="*", choices=list(OPERATIONS), help="these operations")
    options = parser.parse_args()
    for name in set(OPERATIONS) - set(options.only or OPERATIONS):
        del OPERATIONS[name]
    os.environ["RUST_BACKTRACE"] = "0"
    replay = f"make stress HOST=python SEED={options.seed}"
    print(f"python {sys.version.split()[0]}: seed {options.seed}", flush=True)

    noise, memory, stderr, tally, worlds = Noise(), Memory(), Stderr(), Counter(), []
    noise.listen()
    number, began, told = options.round or 0, time.monotonic(), time.monotonic()
    plan = Plan.of(options.seed, number)
    ended = [time.monotonic()]

    def watch() -> None:
        while time.monotonic() - ended[0] < HANG:
            time.sleep(1)
        print(f"FAILED: a hang in {plan}: {fixture.counts()}", file=stderr.own)
        for w in worlds:
            for name, what in w.current.items():
                print(f"  {name} at {what}", file=stderr.own)
        faulthandler.dump_traceback(stderr.own)
        print(f"again: {replay} ROUND={plan.number}", file=stderr.own)
        os._exit(3)

    threading.Thread(target=watch, daemon=True).start()
    rounds = 0
    try:
        while rounds == 0 or time.monotonic() - began < options.seconds:
            plan = Plan.of(options.seed, number)
            faulthandler.dump_traceback_later(HANG + 10, exit=True, file=stderr.own)  # a watch needs Python's lock
            run(options.seed, plan, tally, noise, worlds)
            ended[0] = time.monotonic()
            lines = stderr.unexpected()
            if lines:
                raise BrokenError("nothing unexpected is on stderr: " + "\n".join(lines[:40]))
            memory.sample()
            rounds += 1
            number += options.round is None
            if time.monotonic() - told > 5:
                told = time.monotonic()
                resident, blocks, descriptors, threads = memory.samples[-1]
                print(
                    f"  {told - began:5.0f} s: {rounds} rounds, {tally.total()} operations, {resident >> 20} MiB, "
                    f"{blocks} blocks, {descriptors} descriptors, {threads} threads",
                    flush=True,
                )
                memory.check()
        memory.check()
    except BaseException as error:  # noqa: BLE001 - told below
        faulthandler.cancel_dump_traceback_later()
        print(f"FAILED: {error!r} in {plan}", file=stderr.own)
        traceback.print_exception(error, file=stderr.own)
        for line in stderr.unexpected():
            print(f"  stderr: {line}", file=stderr.own)
        for line in noise.unexpected:
            print(f"  said: {line}", file=stderr.own)
        print(f"again: {replay} ROUND={plan.number}", file=stderr.own)
        stderr.own.flush()
        os._exit(1)
    faulthandler.cancel_dump_traceback_later()
    counts = fixture.counts()
    print(f"{rounds} rounds, {tally.total()} operations, {stderr.panics} panics; {counts}")
    print("  " + ", ".join(f"{kind}: {count}" for kind, count in sorted(noise.heard.items())))
    table(tally)
    return 0


def table(tally: Counter[Any]) -> None:
    kinds: dict[str, list[str]] = {}
    for (kind, outcome), count in sorted(tally.items()):
        kinds.setdefault(kind, []).append(f"{outcome} {count}")
    for kind, outcomes in kinds.items():
        print(f"  {kind:24} {', '.join(outcomes)}")


if __name__ == "__main__":
    sys.exit(main())
