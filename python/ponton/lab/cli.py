"""``python -m ponton lab``: runs scenarios in Python and shows what was recorded."""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import sys
from typing import TYPE_CHECKING

from .run import Scenario, catalog, run_part
from .show import Style, show

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_parser(commands: Subparsers) -> None:
    """Add ``lab`` to the package's command line."""
    parser = commands.add_parser(
        "lab",
        help="lazy and eager, side by side: recorded scenarios",
        description="Lazy and eager, side by side: runs a scenario in Python and shows what was recorded.",
    )
    parser.add_argument(
        "scenario", nargs="?", metavar="SCENARIO", help="a scenario's name or number; all of them when left out"
    )
    parser.add_argument("--json", action="store_true", help="print the trace, one JSON record per line")
    parser.add_argument("--list", action="store_true", help="print the scenarios and stop")


def main(args: argparse.Namespace) -> int:
    """Run the command; answer its exit status."""
    scenarios = catalog()
    names = "".join(f"{s['number']:>4}  {s['name']:<22}{s['title']}\n" for s in scenarios)
    if args.list:
        sys.stdout.write(names)
        return 0
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A console of another encoding shows a question mark for a sign it lacks.
        sys.stdout.reconfigure(errors="replace")
    chosen = [s for s in scenarios if args.scenario in (None, s["name"], str(s["number"]))]
    if not chosen:
        sys.stderr.write(f"ponton lab: unknown scenario: {args.scenario}\nscenarios:\n{names}")
        return 2
    for scenario in chosen:
        _run(scenario, as_json=args.json)
    return 0


def _run(scenario: Scenario, *, as_json: bool) -> None:
    lines = [line for part in scenario["parts"] for line in run_part(scenario, part)]
    if as_json:
        sys.stdout.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    else:
        color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        width = min(max(shutil.get_terminal_size((100, 24)).columns, 30), 120)
        sys.stdout.write(show(scenario, lines, Style(color, width)))
    sys.stdout.flush()
