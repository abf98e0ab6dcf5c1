"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Any


def describe() -> dict[str, Any]:
    return {"cpu": _cpu(), "cores": os.cpu_count() or 1, "memory_gb": _memory(), "os": _os()}


def tools(root: Path) -> dict[str, str]:
    """What the contestants were built with, and which Ponton it is."""
    commit = _says(["git", "describe", "--always", "--dirty", "--exclude", "*"], root)
    rustc = _says(["rustc", "--version"], root).removeprefix("rustc ").split(" ")[0]
    return {name: said for name, said in (("ponton", commit), ("rustc", rustc)) if said}


def _cpu() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else _says(["sysctl", "-n", "machdep.cpu.brand_string"]) or platform.processor()


def _memory() -> int | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)
    except (ValueError, OSError, AttributeError):
        return None


def _os() -> str:
    system = f"{platform.system()} {platform.release()}"
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {system}"
    except OSError:
        return system


def _says(command: list[str], cwd: Path | None = None) -> str:
    try:
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
