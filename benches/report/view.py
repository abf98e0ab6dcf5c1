"""What is shown of a run, whether in a terminal or on a page: for each runtime blocks, for each block a table."""

from __future__ import annotations

from dataclasses import dataclass

from report import cases
from report.model import PONTON, Results, Row, Verdict, is_ponton
from report.units import compared, quantity, span


@dataclass(frozen=True)
class Line:
    """One subject of a table."""

    subject: str
    cells: list[str]


@dataclass(frozen=True)
class Block:
    """One case, or one family of cases, with the targets about it."""

    case: str
    head: list[str]
    lines: list[Line]
    verdicts: list[Verdict]


def blocks(results: Results, host: str, runtime: str) -> list[Block]:
    rows = [row for row in results.of(host) if row.runtime == runtime]
    verdicts = [
        one for one in results.targets if (one.host, one.runtime) == (host, runtime) and one.measured is not None
    ]
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(cases.family(row.case)[0], []).append(row)
    made = []
    for group, mine in groups.items():
        make = _family if any(cases.family(row.case)[1] is not None for row in mine) else _single
        made.append(make(group, mine, [one for one in verdicts if cases.family(one.case)[0] == group]))
    if general := [one for one in verdicts if cases.family(one.case)[0] not in groups]:
        made.append(Block("every case", [], [], general))
    return made


def _single(case: str, rows: list[Row], verdicts: list[Verdict]) -> Block:
    rows = sorted(rows, key=lambda row: row.median)
    forms = sorted((row for row in rows if is_ponton(row.subject)), key=lambda row: row.subject)
    alone = len(forms) == len(rows)
    if alone:
        # Nobody else: Ponton is compared with its own other forms.
        forms = [row for row in forms if row.subject == PONTON]
    timed = any(row.cpu is not None for row in rows)
    head = ["median", "range", *(["CPU"] if timed else []), *(f"{row.subject} is" for row in forms)]
    lines = []
    for row in rows:
        cells = [quantity(row.median, row.unit), span(row.min, row.max, row.unit)]
        if timed:
            cells.append("" if row.cpu is None else quantity(row.cpu, row.unit))
        for form in forms:
            ratio = None if is_ponton(row.subject) and not alone else form.ratio_to.get(row.subject)
            cells.append("" if ratio is None else compared(ratio, row.unit))
        lines.append(Line(row.subject, cells))
    return Block(case, head, lines, verdicts)


def _family(group: str, rows: list[Row], verdicts: list[Verdict]) -> Block:
    members = sorted({row.case for row in rows}, key=lambda case: cases.family(case)[1] or 0)
    found = {(row.subject, row.case): row for row in rows}
    subjects = list(dict.fromkeys(row.subject for row in rows))
    lines = []
    for subject in subjects:
        cells = [found.get((subject, case)) for case in members]
        lines.append(Line(subject, [quantity(row.median, row.unit) if row else "" for row in cells]))
    return Block(group, [cases.member(case) for case in members], lines, verdicts)


def word(verdict: Verdict) -> str:
    """`reached` and `missed` in words: colours and signs alone do not reach every reader."""
    return {True: "✓ reached", False: "✗ missed", None: "not measured"}[verdict.reached]
