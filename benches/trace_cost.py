"""What the lifecycle trace costs while it is off, in instructions: the same futures with it compiled in and left out.

.venv/3.13/bin/python benches/trace_cost.py      (needs valgrind)
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "target" / "bench" / "trace-cost"
COUNT = 2_000


def main() -> None:
    if not shutil.which("valgrind"):
        sys.exit("trace_cost: valgrind is not installed (apt install valgrind)")
    off, without = build("off", ""), build("without", "--cfg ponton_untraced")
    for kind in ("ready", "suspended"):
        traced, untraced = each(off, kind), each(without, kind)
        more = 100 * (traced / untraced - 1)
        print(
            f"{kind}: {traced:.0f} instructions a future with the trace off, {untraced:.0f} without it: {more:+.1f} %"
        )


def build(name: str, flags: str) -> Path:
    """The program in a target folder of its own."""
    target = BUILT / name
    subprocess.run(
        ["cargo", "build", "--quiet", "--locked", "--release", "-p", "trace-cost", "--target-dir", str(target)],
        cwd=ROOT / "benches",
        env={**os.environ, "RUSTFLAGS": flags},
        check=True,
    )
    return target / "release" / "trace-cost"


def each(program: Path, kind: str) -> float:
    """Instructions of one future: the difference between two runs is free of what the process itself costs."""
    return (instructions(program, kind, 2 * COUNT) - instructions(program, kind, COUNT)) / COUNT


def instructions(program: Path, kind: str, count: int) -> int:
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(program), kind, str(count)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    found = re.search(r"Collected : (\d+)", said)
    if not found:
        sys.exit(f"trace_cost: callgrind said nothing of instructions:\n{said}")
    return int(found[1])


if __name__ == "__main__":
    main()
