"""Runs a host's runner and reads its JSON lines. Whatever ends it, what it measured before is kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import IO, Any

from report.model import Missing, Samples
from report.terminal import Terminal

# No case is silent for so long: its runner hangs.
SILENCE = 300.0


@dataclass(frozen=True)
class Runner:
    """A command that speaks the protocol, and what to call it until it says its name."""

    host: str
    name: str
    command: list[str]


@dataclass
class Outcome:
    """What a runner said until it ended, and `failure`: how it ended, if not well."""

    runtime: str
    versions: dict[str, str] = field(default_factory=dict)
    samples: list[Samples] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    failure: str | None = None
    interrupted: bool = False


def run(runner: Runner, root: Path, terminal: Terminal, silence: float = SILENCE) -> Outcome:
    """Runs to the end, to a crash, or to Ctrl-C."""
    outcome = Outcome(runner.name)
    # A group of its own: Ctrl-C is for this process, which then ends the runner and what that has started.
    process = subprocess.Popen(
        runner.command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    said: Queue[tuple[bool, str] | None] = Queue()
    readers = [threading.Thread(target=_pass_on, args=(pipe, out, said), daemon=True) for pipe, out in _pipes(process)]
    for reader in readers:
        reader.start()
    notes: deque[str] = deque(maxlen=20)
    started = time.monotonic()
    try:
        ended = 0
        while ended < len(readers):
            item = said.get(timeout=silence)
            if item is None:
                ended += 1
            elif item[0]:
                _line(item[1], runner, outcome, terminal, started)
            else:
                notes.append(item[1])
                terminal.say(terminal.dim(f"    {item[1]}"))
        if code := process.wait():
            outcome.failure = f"ended with {_status(code)}" + (f": {_reason(notes)}" if notes else "")
    except Empty:
        outcome.failure = f"said nothing for {silence:.0f} s, and was ended"
    except _NotTheProtocol as error:
        outcome.failure = str(error)
    except KeyboardInterrupt:
        outcome.interrupted = True
        outcome.failure = "was interrupted"
    finally:
        _end(process)
        terminal.clear()
    return outcome


class _NotTheProtocol(Exception):
    """A line that should not be on a runner's stdout."""


def _line(line: str, runner: Runner, outcome: Outcome, terminal: Terminal, started: float) -> None:
    try:
        said = json.loads(line)
        _take(said, runner, outcome)
    except (ValueError, KeyError, TypeError) as error:
        raise _NotTheProtocol(f"said what is not of the protocol ({error!r}): {line.strip()[:200]}") from None
    if said["type"] == "progress":
        seconds = int(time.monotonic() - started)
        moving = f"round {said['round']} of {said['rounds']}   {seconds // 60}:{seconds % 60:02}"
        terminal.progress(f"{outcome.runtime} · {said['case']}", moving)


def _take(said: dict[str, Any], runner: Runner, outcome: Outcome) -> None:
    match said["type"]:
        case "about":
            outcome.runtime = said["runtime"]
            outcome.versions = {name: str(version) for name, version in said["versions"].items()}
        case "samples":
            wall, cpu = (tuple(float(value) for value in said.get(key) or ()) for key in ("wall", "cpu"))
            if not wall:
                raise ValueError("no rounds")
            head = (runner.host, outcome.runtime, said["case"], said["subject"], int(said["n"]), said["unit"])
            outcome.samples.append(Samples(*head, wall, cpu))
        case "missing":
            outcome.missing.append(
                Missing(runner.host, outcome.runtime, said["subject"], said.get("case"), said["why"])
            )
        case "progress":
            pass
        case other:
            raise ValueError(f"type {other!r}")


def _pipes(process: subprocess.Popen[str]) -> list[tuple[IO[str], bool]]:
    assert process.stdout is not None and process.stderr is not None
    return [(process.stdout, True), (process.stderr, False)]


def _pass_on(pipe: IO[str], out: bool, said: Queue[tuple[bool, str] | None]) -> None:
    for line in pipe:
        if line.strip():
            said.put((out, line.rstrip()))
    said.put(None)


def _status(code: int) -> str:
    return f"exit code {code}" if code > 0 else signal.Signals(-code).name


def _reason(notes: deque[str]) -> str:
    """The line that names the error, if there is one, or the last."""
    return next((note.strip() for note in reversed(notes) if "Error" in note or "error" in note), notes[-1].strip())


def _end(process: subprocess.Popen[str]) -> None:
    """Ends the runner's whole group, politely first."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, how)
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                continue
