"""RESULTS.md, and the table in the project's README: written from a run, never by hand."""

from __future__ import annotations

import math
from pathlib import Path

from report import cases
from report.model import HOSTS, PONTON, Results, Row, is_ponton
from report.plots import PEER_STYLES
from report.terminal import HOST_NAMES
from report.units import compared, quantity
from report.view import Block, blocks, word

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"

# What the README shows, of each host's first runtime. To these comes, for each host, the case in which
# Ponton does worst against a peer.
SHOWN = (
    ("python", "ready_int", PONTON),
    ("python", "hop", PONTON),
    ("python", "sleep_10k", PONTON),
    ("python", "callback_ready", PONTON),
    ("node", "ready_int", PONTON),
    ("node", "sleep_10k", PONTON),
    ("node", "await_pending_50k", PONTON),
    ("web", "ready_int", PONTON),
    ("web", "sleep_10k", PONTON),
)


def write(results: Results, page: Path, readme: Path) -> list[Path]:
    """Writes the page; fills the README's block if it has the markers. Gives what was written."""
    page.write_text(_page(results))
    filled = fill(readme.read_text(), compact(results))
    if filled is None:
        return [page]
    readme.write_text(filled)
    return [page, readme]


def fill(text: str, block: str) -> str | None:
    """The text with `block` between its markers; None if it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{begin}\n{block}\n{end}{after}" if begin and end else None


def compact(results: Results) -> str:
    """The table of the README."""
    lines = [_row("", "Ponton", "the host's own", "Ponton is", "the fastest peer", "Ponton is"), _row(*["---"] * 6)]
    for row in _chosen(results):
        name = f"{row.runtime}: {cases.title(row.case)}"
        form = "" if row.subject == PONTON else f" ({row.subject.removeprefix(PONTON).strip()})"
        rivals = [_best(results, row, peers) for peers in (False, True)]
        cells = [cell for rival in rivals for cell in _rival(row, rival)]
        lines.append(_row(name, quantity(row.median, row.unit) + form, *cells))
    drawn = [host for host in HOSTS if results.of(host)]
    plots = "\n".join(
        f"![{HOST_NAMES[host]}: Ponton, its peers and the host's own](benches/plots/{host}.svg)" for host in drawn[:1]
    )
    others = ", ".join(f"[{HOST_NAMES[host]}](benches/plots/{host}.svg)" for host in drawn[1:])
    machine = results.machine
    quick = " A quick run: fewer rounds." if results.quick else ""
    note = (
        f"Medians of one run on {machine['cpu']}, {machine['cores']} cores, {results.date[:10]}; ratios are of the same "
        f"rounds, so they can differ from those of the medians.{quick} For each host the case in which Ponton does worst against a peer is among them. All cases, targets and "
        "versions: [benches/RESULTS.md](benches/RESULTS.md). To measure them on your machine: `make bench`."
    )
    return "\n".join([*lines, "", note, "", plots, *([f"\nThe others: {others}."] if others else [])])


def _chosen(results: Results) -> list[Row]:
    chosen: list[Row] = []
    for host in HOSTS:
        first = results.runtimes(host)[:1]
        rows = [row for row in results.of(host) if row.runtime in first and is_ponton(row.subject)]
        for _, case, subject in (shown for shown in SHOWN if shown[0] == host):
            chosen += [row for row in rows if (row.case, row.subject) == (case, subject)]
        worst = min((row for row in rows if row.subject == PONTON), key=_least, default=None)
        if worst and worst not in chosen:
            chosen.append(worst)
    return chosen


def _least(row: Row) -> float:
    """The ratio to the peer against whom it does worst."""
    return min((ratio for peer, ratio in row.ratio_to.items() if peer in PEER_STYLES), default=math.inf)


def _best(results: Results, row: Row, peers: bool) -> Row | None:
    same = [other for other in results.of(row.host) if (other.runtime, other.case) == (row.runtime, row.case)]
    rivals = [other for other in same if not is_ponton(other.subject) and (other.subject in PEER_STYLES) is peers]
    return min(rivals, key=lambda other: other.median, default=None)


def _rival(row: Row, rival: Row | None) -> list[str]:
    if rival is None:
        return ["", ""]
    ratio = row.ratio_to.get(rival.subject)
    return [f"`{rival.subject}` {quantity(rival.median, rival.unit)}", _bold(ratio, row.unit) if ratio else ""]


def _bold(ratio: float, unit: str) -> str:
    text = compared(ratio, unit)
    return f"**{text}**" if ratio > 1 and text != "the same" else text


def _page(results: Results) -> str:
    machine = results.machine
    parts = [
        "# Results",
        "Written by `benches/bench.py --write` from one run; [README.md](README.md) says how to read it.",
        *(["**A quick run: fewer rounds and operations, so more noise.**"] if results.quick else []),
        "\n".join(
            [
                f"- **Machine**: {machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB; {machine['os']}",
                f"- **Date**: {results.date}",
                f"- **Command**: `{results.command}`",
                *(f"- **{name}**: {_versions(found)}" for name, found in results.versions.items() if found),
            ]
        ),
        "## Targets",
        _targets(results),
    ]
    for host in HOSTS:
        runtimes = results.runtimes(host)
        if runtimes:
            parts += [f"## {HOST_NAMES[host]}", f"![{runtimes[0]}: time per operation](plots/{host}.svg)"]
        for place, runtime in enumerate(runtimes):
            tables = [_block(block) for block in blocks(results, host, runtime) if block.lines]
            parts.append(f"### {runtime}")
            # The first is what most readers come for.
            parts += tables if place == 0 else ["<details><summary>The tables</summary>", *tables, "</details>"]
    parts += ["## Missing", _missing(results)]
    return "\n\n".join(parts) + "\n"


def _versions(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _targets(results: Results) -> str:
    reached, missed, unknown = (sum(v.reached is state for v in results.targets) for state in (True, False, None))
    lines = [
        f"{reached} reached, {missed} missed, {unknown} not measured here.",
        "",
        _row("runtime", "case", "subject", "wanted", "measured", ""),
        _row(*["---"] * 6),
    ]
    for verdict in results.targets:
        runtime = f"{verdict.host}, all" if verdict.runtime == "*" else verdict.runtime
        result = word(verdict) if verdict.reached is None else f"**{word(verdict)}**"
        says = "" if verdict.reached is None else verdict.says
        case = "every case" if verdict.case == "*" else f"`{verdict.case}`"
        lines.append(_row(runtime, case, verdict.subject, verdict.wanted, says, result))
    return "\n".join(lines)


def _block(block: Block) -> str:
    title = cases.title(block.case)
    name = f"**`{block.case}`**" + (f": {title}" if title != block.case else "")
    head = [name, "", _row("", *block.head), _row("---", *["---:"] * len(block.head))]
    return "\n".join(head + [_row(_subject(line.subject), *line.cells) for line in block.lines])


def _subject(name: str) -> str:
    return f"**{name}**" if is_ponton(name) else name


def _missing(results: Results) -> str:
    if not results.missing:
        return "Nothing."
    lines = [_row("where", "what", "why"), _row(*["---"] * 3)]
    for item in results.missing:
        what = " · ".join(part for part in (item.subject, item.case and f"`{item.case}`") if part) or "the whole"
        lines.append(_row(item.runtime or item.host, what, item.why))
    return "\n".join(dict.fromkeys(lines))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
