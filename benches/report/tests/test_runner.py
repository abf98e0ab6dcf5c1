"""Runners that end well, crash, hang, or say what they should not: what they measured before is kept."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from report.runner import Outcome, Runner, run
from report.terminal import Terminal

HEAD = """
import json, sys, time
def say(**line): print(json.dumps(line), flush=True)
say(type="about", host="python", runtime="CPython 3.13 asyncio", versions={"python": "3.13.0"})
say(type="progress", case="hop", round=1, rounds=3)
say(type="samples", case="hop", subject="ponton", n=10, unit="ns", wall=[1, 2, 3], cpu=[1, 1, 1])
"""


def outcome(script: str, silence: float = 30, stream: io.StringIO | None = None) -> Outcome:
    runner = Runner("python", "a runner", [sys.executable, "-c", HEAD + script])
    return run(runner, Path.cwd(), Terminal(stream or io.StringIO()), silence)


def test_a_runner_that_ends_well() -> None:
    found = outcome('say(type="missing", subject="uniffi", case=None, why="not built")')
    assert found.failure is None
    assert (found.runtime, found.versions) == ("CPython 3.13 asyncio", {"python": "3.13.0"})
    (samples,) = found.samples
    assert (samples.runtime, samples.subject, samples.wall, samples.cpu) == (
        found.runtime,
        "ponton",
        (1, 2, 3),
        (1, 1, 1),
    )
    assert [(item.subject, item.case, item.why) for item in found.missing] == [("uniffi", None, "not built")]


def test_a_crash_is_told_with_the_line_that_names_the_error() -> None:
    found = outcome('raise SystemExit("WrongError: ponton gave 2 instead of 1\\nand a note")')
    assert found.failure == "ended with exit code 1: WrongError: ponton gave 2 instead of 1"
    assert len(found.samples) == 1


def test_a_signal_is_told_by_its_name() -> None:
    found = outcome("import os; os.abort()")
    assert found.failure is not None and found.failure.startswith("ended with SIGABRT")


def test_a_runner_that_hangs_is_ended() -> None:
    found = outcome("time.sleep(60)", silence=0.5)
    assert found.failure == "said nothing for 0 s, and was ended"
    assert len(found.samples) == 1


def test_what_is_not_of_the_protocol_ends_the_run() -> None:
    for line in (
        'print("hello")',
        'say(type="sample")',
        'say(type="samples", case="x", subject="y", n=1, unit="ns", wall=[])',
    ):
        found = outcome(line + "\ntime.sleep(60)")
        assert found.failure is not None and found.failure.startswith("said what is not of the protocol"), line


def test_where_lines_cannot_move_each_case_is_told_once() -> None:
    stream = io.StringIO()
    outcome('say(type="progress", case="hop", round=2, rounds=3); print("a note", file=sys.stderr)', stream=stream)
    assert stream.getvalue().splitlines() == ["  CPython 3.13 asyncio · hop", "    a note"]
