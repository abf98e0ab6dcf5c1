"""The terminal: the line that moves while a benchmark runs, and the tables after it."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TextIO

from report import cases
from report.model import HOSTS, Results
from report.view import Block, Line, blocks, word

HOST_NAMES = {"python": "Python", "node": "Node.js, Bun, Deno", "web": "Browser"}
_OPTIONAL = ("range", "CPU")


class Terminal:
    """What is said. Styles and moving lines only on a terminal; `NO_COLOR` is heard."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self.stream = stream
        self.moves = stream.isatty() and os.environ.get("TERM") != "dumb"
        self.colours = stream.isatty() and not os.environ.get("NO_COLOR")
        self.width = shutil.get_terminal_size((100, 24)).columns
        self._last = ""
        self._moving = False

    def style(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colours else text

    def bold(self, text: str) -> str:
        return self.style(text, "1")

    def dim(self, text: str) -> str:
        return self.style(text, "2")

    def say(self, text: str = "") -> None:
        """A line that stays."""
        self.clear()
        print(text, file=self.stream, flush=True)

    def progress(self, text: str, moving: str = "") -> None:
        """A line that the next one replaces. Where lines cannot move, only a new `text` is printed, without `moving`."""
        if self.moves:
            line = f"  {text}  {moving}"[: self.width - 1]
            print(f"\r\x1b[2K{self.dim(line)}", end="", file=self.stream, flush=True)
            self._moving = True
        elif text != self._last:
            print(f"  {text}", file=self.stream, flush=True)
        self._last = text

    def clear(self) -> None:
        if self._moving:
            print("\r\x1b[2K", end="", file=self.stream, flush=True)
            self._moving = False


def show(results: Results, terminal: Terminal) -> None:
    """All tables, then what was missed and what is missing."""
    for host in HOSTS:
        for runtime in results.runtimes(host):
            head = f"── {HOST_NAMES[host]}: {runtime} "
            terminal.say()
            terminal.say(terminal.bold(head + "─" * max(0, terminal.width - len(head))))
            for block in blocks(results, host, runtime):
                _block(block, terminal)
    _missing(results, terminal)
    _summary(results, terminal)


def _block(block: Block, terminal: Terminal) -> None:
    name = block.case if cases.title(block.case) == block.case else f"{block.case}: {cases.title(block.case)}"
    terminal.say()
    terminal.say(terminal.bold(name))
    head, lines = _fitting(block, terminal.width)
    if lines:
        _table(head, lines, terminal)
    for verdict in block.verdicts:
        code = "32" if verdict.reached else "31"
        case = f"{verdict.case}: " if verdict.case != block.case and "*" not in verdict.case else ""
        terminal.say(
            f"  {terminal.style(word(verdict), code)}  {terminal.dim(case + verdict.subject)} {verdict.wanted}: {verdict.says}"
        )


def _fitting(block: Block, width: int) -> tuple[list[str], list[Line]]:
    """Leaves out what can be left out until the rest fits the terminal."""
    head, lines = block.head, block.lines
    for name in _OPTIONAL:
        if name in head and sum(_widths(head, lines)) > width:
            gone = head.index(name)
            head = head[:gone] + head[gone + 1 :]
            lines = [Line(line.subject, line.cells[:gone] + line.cells[gone + 1 :]) for line in lines]
    return head, lines


def _widths(head: list[str], lines: list[Line]) -> list[int]:
    columns = zip(*([head] + [line.cells for line in lines]), strict=True)
    return [2 + max(len(line.subject) for line in lines), *(2 + max(map(len, column)) for column in columns)]


def _table(head: list[str], lines: list[Line], terminal: Terminal) -> None:
    first, *others = _widths(head, lines)
    terminal.say(
        terminal.dim(" " * first + "".join(f"{cell:>{width}}" for cell, width in zip(head, others, strict=True)))
    )
    for line in lines:
        text = f"  {line.subject:<{first - 2}}"
        text += "".join(f"{cell:>{width}}" for cell, width in zip(line.cells, others, strict=True))
        terminal.say(terminal.style(text, "36") if line.subject.startswith("ponton") else text)


def _missing(results: Results, terminal: Terminal) -> None:
    if not results.missing:
        return
    terminal.say()
    terminal.say(terminal.bold("Missing"))
    for item in results.missing:
        where = " · ".join(part for part in (item.runtime or item.host, item.case, item.subject) if part)
        terminal.say(f"  {where}: {item.why}")


def _summary(results: Results, terminal: Terminal) -> None:
    reached, missed, unknown = ([v for v in results.targets if v.reached is state] for state in (True, False, None))
    terminal.say()
    terminal.say(terminal.bold(f"Targets: {len(reached)} reached, {len(missed)} missed, {len(unknown)} not measured"))
    for verdict in missed:
        terminal.say(
            f"  {word(verdict)}  {verdict.runtime} · {verdict.case} · {verdict.subject} {verdict.wanted}: {verdict.says}"
        )
