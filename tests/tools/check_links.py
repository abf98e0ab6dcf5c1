"""Checks the project's pages: links lead to files, and tests named beside a link are in the file it leads to.

A test is named as in the contract table of the README: ``[cancel]: `name` `` with further names after commas. A name may
end in ``…``: then it is a beginning.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").glob("*.md"))]


def problems(page: Path) -> list[str]:
    text = page.read_text()
    found = []
    references = dict(re.findall(r"^\[([^\]]+)\]: (\S+)$", text, re.MULTILINE))
    for target in [*re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text), *references.values()]:
        if not (page.parent / target).exists():
            found.append(f"{page.name}: {target} does not exist")
    for label, names in re.findall(r"\[([^\]]+)\]: ((?:`[^`]+`(?:, )?)+)", text):
        if label not in references:
            found.append(f"{page.name}: [{label}] leads nowhere")
            continue
        tests = (page.parent / references[label]).read_text()
        found += [
            f"{page.name}: no test `{name}` in {references[label]}"
            for name in re.findall(r"`([^`]+)`", names)
            if name.rstrip("…").strip() not in tests
        ]
    return found


def main() -> int:
    found = [problem for page in PAGES for problem in problems(page)]
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
