"""Reads valgrind's log: what concerns the extension module is shown, and a reason to fail."""

from __future__ import annotations

import re
import sys
from pathlib import Path

OURS = re.compile(r"_native|fixture|ponton|\.node\b")
ROOTS = re.compile(r"still reachable|possibly lost")


def main() -> int:
    text = re.sub(r"^==\d+== ?", "", Path(sys.argv[1]).read_text(errors="replace"), flags=re.MULTILINE)
    blocks = [block for block in text.split("\n\n") if block.strip()]
    ours = [block for block in blocks if OURS.search(block) and not ROOTS.search(block)]
    for block in ours:
        print(block, end="\n\n")
    print(f"valgrind: {len(ours)} findings in code of ours, {len(blocks) - len(ours)} elsewhere")
    return 1 if ours else 0


if __name__ == "__main__":
    sys.exit(main())
