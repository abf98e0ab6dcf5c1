"""The targets of `targets.toml`, and whether a run reached them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import tomllib

from report.model import HOSTS, PONTON, Row, Verdict
from report.units import plain, quantity, times
from report.units import wanted as limit_text


@dataclass(frozen=True)
class Target:
    """One entry of the file, whose head explains the keys."""

    host: str
    case: str
    runtime: str = "*"
    subject: str = PONTON
    peer: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    from_case: str | None = None
    from_subject: str | None = None
    limit: float | None = None
    per_core: float = 0
    unit: str | None = None
    elsewhere: str | None = None

    def __post_init__(self) -> None:
        """A misspelt target must not pass for one that was not measured."""
        kinds = {
            "at_least": self.peer is not None and self.at_least is not None,
            "at_most": (self.peer is None) != (self.from_case is None) and self.at_most is not None,
            "limit": self.limit is not None and self.unit is not None,
            "elsewhere": self.elsewhere is not None,
        }
        if sum(kinds.values()) != 1:
            raise ValueError(f"{self.host} {self.case}: a target says one of {', '.join(kinds)}, whole")


@dataclass(frozen=True)
class File:
    """`targets.toml`, read."""

    targets: list[Target]
    peers: frozenset[str]


def load(path: Path) -> File:
    data = tomllib.loads(path.read_text())
    targets = [target for entry in data["target"] for target in _each_host(entry)]
    return File(targets, frozenset(data["peers"]))


def _each_host(entry: dict[str, Any]) -> list[Target]:
    hosts = HOSTS if entry["host"] == "*" else (entry["host"],)
    return [Target(**{**entry, "host": host}) for host in hosts]


def verdicts(file: File, rows: list[Row], cores: int) -> list[Verdict]:
    """For every target one verdict for each runtime it is about that was measured, or one that says there is none."""
    found = []
    for target in file.targets:
        mine = [row for row in rows if row.host == target.host and fnmatchcase(row.runtime, target.runtime)]
        runtimes = list(dict.fromkeys(row.runtime for row in mine))
        for runtime in ([] if target.elsewhere else runtimes) or [target.runtime]:
            here = [row for row in mine if row.runtime == runtime]
            found.append(_verdict(target, runtime, here, file.peers, cores))
    return found


def _verdict(target: Target, runtime: str, rows: list[Row], peers: frozenset[str], cores: int) -> Verdict:
    if target.elsewhere is not None:
        outcome = _Outcome(target.elsewhere, None, None, "not measured by this benchmark")
    elif target.at_least is not None:
        outcome = _faster(target, target.at_least, rows, peers)
    elif target.at_most is not None:
        outcome = _at_most(target, target.at_most, rows)
    else:
        outcome = _limit(target, rows, cores)
    return Verdict(
        target.host,
        runtime,
        target.case,
        target.subject,
        outcome.wanted,
        outcome.reached,
        outcome.measured,
        outcome.says,
    )


@dataclass(frozen=True)
class _Outcome:
    wanted: str
    reached: bool | None
    measured: float | None
    says: str


def _faster(target: Target, wanted: float, rows: list[Row], peers: frozenset[str]) -> _Outcome:
    """Against one peer; or, with `*`, against all of them in all of the cases: the least ratio decides."""
    name = "every peer" if target.peer == "*" else str(target.peer)
    text = f"≥ {plain(wanted)}x faster than {name}" if wanted != 1 else f"not slower than {name}"
    ratios = [
        (value, row.case, peer)
        for row in rows
        if row.subject == target.subject and row.unit == "ns" and fnmatchcase(row.case, target.case)
        for peer, value in row.ratio_to.items()
        if peer == target.peer or (target.peer == "*" and peer in peers)
    ]
    if not ratios:
        return _Outcome(text, None, None, "not measured")
    value, case, peer = min(ratios)
    behind = [f"{case} {peer}" for ratio, case, peer in sorted(ratios) if ratio < wanted]
    says = times(value)
    if target.peer == "*":
        says += f" ({peer} in {case}; ahead in {len(ratios) - len(behind)} of {len(ratios)})"
    return _Outcome(text, value >= wanted, value, says)


def _at_most(target: Target, wanted: float, rows: list[Row]) -> _Outcome:
    """The time of a peer, or that of the same subject in another case, so many times over."""
    row = _find(rows, target.case, target.subject)
    if target.peer is not None:
        text = f"≤ {plain(wanted)}x the time of {target.peer}"
        ratio = row.ratio_to.get(target.peer) if row else None
        value = 1 / ratio if ratio else None
    else:
        text = f"≤ {plain(wanted)}x that of {target.from_case}"
        base = _find(rows, str(target.from_case), target.subject)
        value = row.median / base.median if row and base and base.median else None
    if value is None:
        return _Outcome(text, None, None, "not measured")
    value = float(f"{value:.5g}")
    return _Outcome(text, value <= wanted, value, times(value))


def _limit(target: Target, rows: list[Row], cores: int) -> _Outcome:
    """A value, or what it adds to that of another subject."""
    assert target.limit is not None and target.unit is not None
    limit = target.limit + target.per_core * cores
    adds = f" more than {target.from_subject}" if target.from_subject else ""
    text = f"≤ {limit_text(limit, target.unit)}{adds}"
    if target.per_core:
        text += f" ({plain(target.per_core)} a core + {plain(target.limit)})"
    row = _find(rows, target.case, target.subject)
    base = _find(rows, target.case, target.from_subject) if target.from_subject else None
    if row is None or row.unit != target.unit or (target.from_subject and base is None):
        return _Outcome(text, None, None, "not measured")
    value = float(f"{row.median - (base.median if base else 0):.5g}")
    return _Outcome(text, value <= limit, value, quantity(value, target.unit))


def _find(rows: list[Row], case: str, subject: str | None) -> Row | None:
    return next((row for row in rows if row.case == case and row.subject == subject), None)
