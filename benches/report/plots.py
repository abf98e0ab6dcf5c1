"""One SVG a host: every timed case as dots on a logarithmic axis, and how cost grows with what is in flight.

A text is drawn as a path, so that it is the same everywhere. Which colours are for light and which for dark pages is
decided where the file is shown, by a style sheet inside it. Subjects differ in colour and in shape.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from itertools import count
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from report import cases
from report.model import HOSTS, Results, Row, is_ponton
from report.units import wanted

# Each colour with the one that stands for it on a dark page.
PAPER, INK, GRID, OWN = "#fffffe", "#1f2328", "#d8dee4", "#6e7781"
DARK = {PAPER: "#0d1117", INK: "#e6edf3", GRID: "#30363d", OWN: "#9198a1"}

# Okabe and Ito's colours, told apart by colour-blind readers too.
PONTON, BLUE, SKY, GREEN = "#d55e00", "#0072b2", "#56b4e9", "#009e73"
PONTON_MARKERS = {"ponton": "o", "ponton started": "D", "ponton local": "*", "ponton spawn": "v"}
PEER_STYLES = {
    "pyo3-async-runtimes": (BLUE, "s"),
    "pyo3 experimental-async": (SKY, "^"),
    "uniffi": (GREEN, "P"),
    "napi-rs": (BLUE, "s"),
    "neon": (GREEN, "P"),
    "wasm-bindgen": (BLUE, "s"),
}
HOST_OWN = "the host's own"

STYLE: dict[Any, Any] = {
    "svg.fonttype": "path",
    "svg.hashsalt": "ponton",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.edgecolor": GRID,
    "axes.facecolor": PAPER,
    "figure.facecolor": PAPER,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def write(results: Results, folder: Path) -> list[Path]:
    """A plot for each host that has timed cases."""
    folder.mkdir(exist_ok=True)
    written = []
    for host in HOSTS:
        for runtime in results.runtimes(host)[:1]:
            rows = [row for row in results.of(host) if row.runtime == runtime and row.unit == "ns"]
            if not rows:
                continue
            path = folder / f"{host}.svg"
            path.write_text(_svg(rows, runtime, results))
            written.append(path)
    return written


def _svg(rows: list[Row], runtime: str, results: Results) -> str:
    title = f"{runtime}: time per operation"
    with mpl.rc_context(STYLE):
        text = io.StringIO()
        _figure(rows, title, results).savefig(
            text, format="svg", metadata={"Date": None, "Creator": None, "Title": title}
        )
    return _themed(text.getvalue(), title)


def _themed(svg: str, title: str) -> str:
    """With the colours for dark pages, and a title that is read aloud."""
    rules = "".join(
        f'[style*="{kind}: {light}"]{{{kind}:{dark}!important}}'
        for light, dark in DARK.items()
        for kind in ("fill", "stroke")
    )
    head = f"<title>{title}</title>\n<style>@media (prefers-color-scheme:dark){{{rules}}}</style>\n"
    svg = re.sub(r"(<svg [^>]*>)", rf"\1\n{head}", svg, count=1)
    # matplotlib leaves blanks at the end of lines of path data.
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def _style(subject: str, place: int = 0) -> tuple[str, str, bool]:
    """Colour, marker, filled or not. The host's own look alike; of two in one case the second is hollow."""
    if is_ponton(subject):
        return PONTON, PONTON_MARKERS.get(subject, "p"), True
    if subject in PEER_STYLES:
        return *PEER_STYLES[subject], True
    return OWN, "o", place == 0


def _figure(rows: list[Row], title: str, results: Results) -> Figure:
    single = [row for row in rows if cases.family(row.case)[1] is None]
    growth = [row for row in rows if cases.family(row.case)[0] == "grow"]
    ids = list(dict.fromkeys(row.case for row in single))
    heights = [0.42 * len(ids) + 0.5] * bool(ids) + [2.6] * bool(growth)
    figure = Figure(figsize=(9, sum(heights) + 0.9), layout="constrained")
    axes = iter(figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0])
    if ids:
        _dots(next(axes), ids, single)
    if growth:
        _growth(next(axes), growth)
    _legend(figure, title, rows)
    machine = results.machine
    figure.supxlabel(
        f"medians, lower is better · {machine['cpu']}, {machine['cores']} cores · {results.date}"
        + (" · a quick run" if results.quick else ""),
        x=0.99,
        ha="right",
        fontsize=7.5,
        color=OWN,
    )
    return figure


def _dots(axes: Axes, ids: list[str], rows: list[Row]) -> None:
    labels = []
    for y, case in enumerate(ids):
        mine = [row for row in rows if row.case == case]
        own = [row.subject for row in mine if _style(row.subject)[0] == OWN]
        labels.append(fill(cases.title(case), 46) + (f"\n({', '.join(own)})" if own else ""))
        axes.axhline(y, color=GRID, linewidth=0.8, zorder=0)
        place = count()
        # Ponton last, so that it is drawn above what it ties with.
        for row in sorted(mine, key=lambda row: is_ponton(row.subject)):
            color, marker, full = _style(row.subject, next(place) if row.subject in own else 0)
            axes.plot([row.min, row.max], [y, y], color=color, linewidth=1.6, alpha=0.45, solid_capstyle="round")
            axes.plot(row.median, y, **_mark(color, marker, full), linestyle="none")
    axes.set_yticks(range(len(ids)), labels, fontsize=8)
    axes.set_ylim(len(ids) - 0.4, -0.6)
    axes.set_xscale("log")
    _powers(axes.xaxis, _time)
    _bare(axes)
    axes.tick_params(axis="y", length=0)


def _growth(axes: Axes, rows: list[Row]) -> None:
    place = count()
    for subject in sorted(dict.fromkeys(row.subject for row in rows), key=is_ponton):
        color, marker, full = _style(subject)
        if color == OWN:
            color, marker, full = _style(subject, next(place))
        points = sorted((cases.family(row.case)[1] or 0, row.median) for row in rows if row.subject == subject)
        axes.plot(*zip(*points, strict=True), color=color, linewidth=1.3, **_mark(color, marker, full))
    axes.set_xscale("log")
    axes.set_yscale("log")
    _powers(axes.xaxis, lambda value: f"{value:,.0f}")
    _powers(axes.yaxis, _time)
    axes.set_title("How cost grows: time per sleep, by the number of sleeps of 1 ms at once", fontsize=9, loc="left")
    _bare(axes)


def _mark(color: str, marker: str, full: bool) -> dict[str, Any]:
    return {
        "marker": marker,
        # Some shapes fill less of their square.
        "markersize": {"*": 11, "P": 8, "D": 6.5}.get(marker, 7),
        "markerfacecolor": color if full else PAPER,
        "markeredgecolor": PAPER if full else color,
        "markeredgewidth": 0.8 if full else 1.5,
    }


def _powers(axis: Axis, text: Callable[[float], str]) -> None:
    axis.set_major_formatter(FuncFormatter(lambda value, _: text(value)))
    axis.set_minor_locator(NullLocator())
    axis.grid(visible=True, color=GRID, linewidth=0.6)


def _time(nanoseconds: float) -> str:
    return wanted(nanoseconds, "ns")


def _bare(axes: Axes) -> None:
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="both", which="both", color=GRID)


def _legend(figure: Figure, title: str, rows: list[Row]) -> None:
    subjects = sorted(dict.fromkeys(row.subject for row in rows), key=lambda subject: not is_ponton(subject))
    shown = [subject for subject in subjects if _style(subject)[0] != OWN]
    entries = [(subject, _style(subject)) for subject in shown]
    if len(shown) < len(subjects):
        entries.append((HOST_OWN, (OWN, "o", True)))
    handles = [Line2D([], [], linestyle="none", label=name, **_mark(*style)) for name, style in entries]
    heading = {"title": title, "title_fontproperties": {"size": 11, "weight": "bold"}, "alignment": "left"}
    look = {"ncols": 5, "frameon": False, "fontsize": 8.5, "handletextpad": 0.2, "columnspacing": 1.2}
    figure.legend(handles=handles, loc="outside upper left", **heading, **look)
