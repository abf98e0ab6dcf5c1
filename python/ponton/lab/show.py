"""Python's own column in the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from .run import Scenario
from .tracer import Record

_SIGNS = {
    "created": ("○", "36"),
    "first_poll": ("▶", "32"),
    "pending": ("…", "2"),
    "woken": ("↑", "2"),
    "ready": ("●", "32"),
    "settled": ("✓", "32"),
    "never_awaited": ("!", "33"),
    "dropped": ("✗", "31"),
    "cancelled": ("✗", "31"),
}

# A first poll is where the body starts: the word every host understands.
_WORDS = {"first_poll": "starts", "never_awaited": "never awaited"}


@dataclass(frozen=True)
class Style:
    """How to draw."""

    color: bool
    width: int

    def paint(self, code: str, text: str) -> str:
        """Colour a text, where colours are wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and code else text


def show(scenario: Scenario, lines: list[Record], style: Style) -> str:
    """Draw one scenario from its lines."""
    return "\n".join(_rows(scenario, lines, style)) + "\n"


def _rows(scenario: Scenario, lines: list[Record], style: Style) -> Iterator[str]:
    head = f"{scenario['number']} · {scenario['name']} "
    yield ""
    yield style.paint("1;36", head) + style.paint("2", "─" * (style.width - len(head)))
    yield from _paragraph(scenario["title"], "1", style)
    yield from _paragraph(f"Notice: {scenario['notice']}", "", style)
    for part in scenario["parts"]:
        yield ""
        yield from _paragraph(f"▪ {part['title']}", "1", style)
        yield f"  {style.paint('2', part['how']['python'] or '-')}"
        for line in lines:
            if line["part"] == part["name"]:
                yield from _row(line, style)
    for claim in scenario["claims"]:
        yield ""
        yield from _paragraph(f"It is said: {claim['claim']}", "2", style)
        yield from _paragraph(f"It is so: {claim['so']}", "2", style)


def _paragraph(text: str, code: str, style: Style) -> Iterator[str]:
    return (style.paint(code, row) for row in textwrap.wrap(text, style.width))


def _row(line: Record, style: Style) -> Iterator[str]:
    if "unavailable" in line:
        for piece in textwrap.wrap(line["unavailable"], style.width - 2):
            yield f"  {style.paint('2', piece)}"
        return
    text, code = _describe(line)
    margin = 6 if line["task"] == "main" else 8
    for index, piece in enumerate(textwrap.wrap(text, style.width - margin)):
        number = f"{line['seq']:>4}" if index == 0 else ""
        yield number.ljust(margin) + style.paint(code, piece)


def _describe(line: Record) -> tuple[str, str]:
    name, event, note = line["task"].split("#")[0], line["event"], line["note"]
    where = "" if line["thread"] == "loop" else f" [{line['thread']}]"
    if event == "mark":
        return (note + where, "1") if name == "main" else (f"{name}: {note}{where}", "")
    sign, color = _SIGNS[event]
    return f"{name} {sign} {_WORDS.get(event, event)}{f' ({note})' if note else ''}{where}", color
