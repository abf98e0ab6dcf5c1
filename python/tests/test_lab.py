"""Python's column of the lab, held against tests/conformance, and its command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ponton.lab.run as lab
from ponton.lab.tracer import Record

REPOSITORY = Path(__file__).resolve().parents[2]
PARTS = [(scenario, part) for scenario in lab.catalog() for part in scenario["parts"]]


@pytest.fixture(autouse=True)
def clean_counters() -> None:
    """Instead of the one in conftest.py: the lab needs no fixture module, so it is not skipped without it."""


def expected_of(scenario: str, part: str) -> dict[str, Any]:
    path = REPOSITORY / "tests/conformance/scenarios" / f"{scenario}.json"
    expected: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["parts"][part]["python"]
    return expected


def judge(expected: dict[str, Any], lines: list[Record]) -> list[str]:
    """What is not as expected: tests/conformance/README.md has the format."""
    failures = failures_of(expected, lines)
    if "known_failure" not in expected:
        return failures
    return [] if failures else [f"passes now; remove the known failure: {expected['known_failure']}"]


def failures_of(expected: dict[str, Any], lines: list[Record]) -> list[str]:
    if not lines:
        return ["empty trace"]
    if "unavailable" in lines[0]:
        allowed = expected.get("unavailable") or "optional" in expected
        return [] if allowed else [f"not recorded: {lines[0]['unavailable']}"]
    if expected.get("unavailable"):
        return ["recorded, though the host has no means for it"]
    if not expected.get("order"):
        return ["no order is expected: that asserts nothing"]
    events = sorted(lines, key=lambda line: int(line["seq"]))
    failures = [failure for chain in expected["order"] for failure in broken(chain, events)]
    for pattern in expected.get("absent", []):
        if any(matches(pattern, event) for event in events):
            failures.append(f"there should be no `{pattern}`")
    for pattern, wanted in expected.get("count", {}).items():
        found = sum(matches(pattern, event) for event in events)
        if found != wanted:
            failures.append(f"`{pattern}` {found} times instead of {wanted}")
    return failures


def broken(chain: list[str], events: list[Record]) -> list[str]:
    rest = iter(events)
    for index, pattern in enumerate(chain):
        if not any(matches(pattern, event) for event in rest):
            return [f"no `{pattern}`" + (f" after `{chain[index - 1]}`" if index else "")]
    return []


def matches(pattern: str, event: Record) -> bool:
    """`task: note` matches a mark; `task event` matches a step of any future of that name."""
    names = (event["task"], event["task"].split("#")[0])
    task, colon, note = pattern.partition(": ")
    if colon:
        return event["event"] == "mark" and event["note"] == note and task in names
    task, _, step = pattern.partition(" ")
    return bool(event["event"] == step and task in names)


@pytest.mark.parametrize(("scenario", "part"), PARTS, ids=[f"{s['name']}-{p['name']}" for s, p in PARTS])
def test_conformance(scenario: dict[str, Any], part: dict[str, Any]) -> None:
    expected = expected_of(scenario["name"], part["name"])
    assert judge(expected, lab.run_part(scenario, part)) == []


def test_the_checker_fails_when_it_should() -> None:
    def line(seq: int, task: str, event: str, note: str = "") -> Record:
        return {"seq": seq, "task": task, "event": event, "note": note}

    lines = [line(1, "main", "mark", "hello"), line(2, "sleep#1", "created"), line(3, "sleep#1", "dropped")]
    hello = [["main: hello"]]
    assert judge({"order": [["main: hello", "sleep created", "sleep#1 dropped"]]}, lines) == []
    wrong: list[dict[str, Any]] = [
        {"order": [["sleep dropped", "sleep created"]]},
        {"order": [["main: world"]]},
        {"order": hello, "absent": ["sleep dropped"]},
        {"order": hello, "count": {"sleep created": 2}},
        {"order": hello, "known_failure": "it passes"},
        {"unavailable": True},
        {},
    ]
    for expected in wrong:
        assert judge(expected, lines), expected
    assert judge({"order": hello}, [])


def run(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ponton", *args]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_the_command_line_prints_json_lines_of_format_version_1() -> None:
    done = run("lab", "lazy-vs-eager", "--json")
    assert done.returncode == 0, done.stderr
    events = [line for line in map(json.loads, done.stdout.splitlines()) if "unavailable" not in line]
    assert events
    for line in events:
        assert line.keys() >= {"v", "seq", "t_us", "host", "thread", "task", "event", "note", "scenario", "part"}


def test_an_unknown_scenario_names_those_that_exist() -> None:
    done = run("lab", "nope")
    assert done.returncode == 2
    assert all(scenario["name"] in done.stderr for scenario in lab.catalog())


def test_the_scenario_texts_are_those_of_the_rust_crate() -> None:
    ours = (REPOSITORY / "python/ponton/lab/scenarios.json").read_bytes()
    assert ours == (REPOSITORY / "crates/lab/scenarios.json").read_bytes(), "run: make lab-data"
