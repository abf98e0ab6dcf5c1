"""What a runner measures (`Samples`), what is kept of it (`Row`), and a whole run (`Results`)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

SCHEMA = 1
PONTON = "ponton"
HOSTS = ("python", "node", "web")


def is_ponton(subject: str) -> bool:
    """Whether this is a form of Ponton: `ponton`, `ponton started`, `ponton local`, ..."""
    return subject.split(" ")[0].rstrip(",") == PONTON


@dataclass(frozen=True)
class Samples:
    """All rounds of one subject in one case: `wall[i]` and `cpu[i]` are of round `i`, for one operation."""

    host: str
    runtime: str
    case: str
    subject: str
    n: int
    unit: str
    wall: tuple[float, ...]
    cpu: tuple[float, ...] = ()


@dataclass(frozen=True)
class Row:
    """One subject in one case. `ratio_to[peer]` says how many times faster (smaller) it is than the peer."""

    host: str
    runtime: str
    case: str
    subject: str
    n: int
    rounds: int
    unit: str
    median: float
    min: float
    max: float
    cpu: float | None
    ratio_to: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        head = {key: getattr(self, key) for key in ("host", "runtime", "case", "subject", "n", "rounds")}
        if self.unit == "ns":
            times = {"median_ns": self.median, "min_ns": self.min, "max_ns": self.max, "cpu_ns": self.cpu}
            return {**head, **times, "ratio_to": self.ratio_to}
        values = {"unit": self.unit, "median": self.median, "min": self.min, "max": self.max}
        return {**head, **values, "ratio_to": self.ratio_to}

    @staticmethod
    def from_json(data: dict[str, Any]) -> Row:
        data = dict(data)
        cpu = data.pop("cpu_ns", None)
        unit = data.pop("unit", "ns")
        values = {name: data.pop(f"{name}_ns" if unit == "ns" else name) for name in ("median", "min", "max")}
        return Row(**data, **values, unit=unit, cpu=cpu)


@dataclass(frozen=True)
class Missing:
    """What was not measured, and why. `None` means all: a subject without a case is missing in every case."""

    host: str
    runtime: str | None
    subject: str | None
    case: str | None
    why: str


@dataclass(frozen=True)
class Verdict:
    """A target beside what was measured. `reached` and `measured` are `None` where nothing was."""

    host: str
    runtime: str
    case: str
    subject: str
    wanted: str
    reached: bool | None
    measured: float | None
    says: str


@dataclass
class Results:
    """One run: what `results.json` holds."""

    date: str
    machine: dict[str, Any]
    versions: dict[str, dict[str, str]]
    command: str
    quick: bool
    rows: list[Row] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    targets: list[Verdict] = field(default_factory=list)
    schema: int = SCHEMA

    def of(self, host: str) -> list[Row]:
        return [row for row in self.rows if row.host == host]

    def runtimes(self, host: str) -> list[str]:
        """In the order in which they ran."""
        return list(dict.fromkeys(row.runtime for row in self.of(host)))

    def save(self, path: Path) -> None:
        data = {
            "schema": self.schema,
            "date": self.date,
            "machine": self.machine,
            "versions": self.versions,
            "command": self.command,
            "quick": self.quick,
            "rows": [row.to_json() for row in self.rows],
            "missing": [asdict(item) for item in self.missing],
            "targets": [asdict(verdict) for verdict in self.targets],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")

    @staticmethod
    def load(path: Path) -> Results:
        data = json.loads(path.read_text())
        if data["schema"] != SCHEMA:
            raise SystemExit(f"{path} has schema {data['schema']}, not {SCHEMA}: measure again")
        data["rows"] = [Row.from_json(row) for row in data["rows"]]
        data["missing"] = [Missing(**item) for item in data["missing"]]
        data["targets"] = [Verdict(**verdict) for verdict in data["targets"]]
        return Results(**data)
