"""How numbers read, what the tables say, and what is written into pages."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from report import cases, page, plots, stats, view
from report.model import Missing, Results, Samples
from report.terminal import Terminal, show
from report.units import compared, quantity, span, wanted


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "ns", "0 ns"),
        (7.0, "ns", "7 ns"),
        (99.8, "ns", "99.8 ns"),
        (440.4, "ns", "440 ns"),
        (999.9, "ns", "1.00 µs"),
        (12_345, "ns", "12.3 µs"),
        (8.19e6, "ns", "8.19 ms"),
        (2.5e9, "ns", "2.50 s"),
        (19_400, "bytes", "19.4 kB"),
        (3, "threads", "3 threads"),
        (17.25, "ms", "17.2 ms"),
        (-30.5, "ns", "-30.5 ns"),
    ],
)
def test_quantities(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


def test_limits_and_ranges() -> None:
    assert [wanted(20_000, "bytes"), wanted(400, "ns"), wanted(1.5, "ms")] == ["20 kB", "400 ns", "1.5 ms"]
    assert [span(100, 200, "ns"), span(900, 1100, "ns"), span(3, 3, "ns")] == ["100 … 200 ns", "900 ns … 1.10 µs", ""]


@pytest.mark.parametrize(
    ("ratio", "text"), [(235.2, "235x faster"), (0.5, "2.00x slower"), (1.001, "the same"), (1010, "1,010x faster")]
)
def test_ratios(ratio: float, text: str) -> None:
    assert compared(ratio, "ns") == text
    assert compared(2, "bytes") == "2.00x less"


def test_families() -> None:
    assert [cases.family(case) for case in ("grow_100", "bytes_in_64k", "hop")] == [
        ("grow", 100),
        ("bytes_in", 65536),
        ("hop", None),
    ]
    assert [cases.member("grow_100000"), cases.member("bytes_in_64k")] == ["100,000", "64k"]
    assert cases.title("grow_1000") == "1,000 sleeps of 1 ms at once, per sleep"
    assert cases.title("grow") == "so many sleeps of 1 ms at once, per sleep"


@pytest.fixture
def results() -> Results:
    runtime = "CPython 3.13 asyncio"
    times = {
        "ready_int": {"async def": 150, "ponton": 300, "pyo3-async-runtimes": 200_000},
        "grow_1": {"ponton": 1_000_000, "asyncio.sleep": 1_100_000},
        "grow_100": {"ponton": 20_000, "asyncio.sleep": 30_000},
    }
    samples = [
        Samples("python", runtime, case, subject, 10, "ns", (time, time * 1.1, time * 1.2))
        for case, subjects in times.items()
        for subject, time in subjects.items()
    ]
    machine = {"cpu": "a CPU", "cores": 2, "memory_gb": 8, "os": "an OS"}
    found = Results(
        "2026-01-02 03:04 UTC", machine, {runtime: {"python": "3.13.0"}}, "a command", False, stats.rows(samples)
    )
    found.missing.append(Missing("python", None, "uniffi", None, "a reason | with a bar"))
    return found


def test_a_run_is_the_same_after_it_was_saved(results: Results, tmp_path: Path) -> None:
    results.save(tmp_path / "results.json")
    assert Results.load(tmp_path / "results.json") == results


def test_a_case_is_sorted_and_compared_and_a_family_is_one_table(results: Results) -> None:
    one, family = view.blocks(results, "python", "CPython 3.13 asyncio")
    assert [line.subject for line in one.lines] == ["async def", "ponton", "pyo3-async-runtimes"]
    assert [line.cells[-1] for line in one.lines] == ["2.00x slower", "", "667x faster"]
    assert (family.case, family.head) == ("grow", ["1", "100"])
    assert family.lines[0].cells == ["1.10 ms", "22.0 µs"]


def test_ponton_alone_is_compared_with_itself(results: Results) -> None:
    times = {"ponton": 900, "ponton, no signal": 600}
    samples = [Samples("node", "Node 20", "signal", name, 1, "ns", (time,)) for name, time in times.items()]
    results.rows += stats.rows(samples)
    (block,) = view.blocks(results, "node", "Node 20")
    assert [(line.subject, line.cells[-1]) for line in block.lines] == [
        ("ponton, no signal", "1.50x slower"),
        ("ponton", ""),
    ]


@pytest.mark.parametrize("columns", [60, 100])
def test_tables_fit_the_terminal(results: Results, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = io.StringIO()
    show(results, Terminal(stream))
    assert max(map(len, stream.getvalue().splitlines())) <= columns
    assert "\x1b" not in stream.getvalue()


def test_the_pages(results: Results, tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n")
    assert len(page.write(results, tmp_path / "RESULTS.md", readme)) == 2
    text = readme.read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text
    # It is not best against the host's own, and the table says so.
    assert "| 330 ns | `async def` 165 ns | 2.00x slower | `pyo3-async-runtimes` 220 µs | **667x faster** |" in text
    written = (tmp_path / "RESULTS.md").read_text()
    assert "a CPU, 2 cores, 8 GB; an OS" in written
    assert "| python | uniffi | a reason \\| with a bar |" in written


def test_the_readme_has_the_worst_case_of_each_host(results: Results) -> None:
    cases_ = {"chain": 3.0, "hop_busy": 0.2, "ready_int": 9.0}
    for case, time in cases_.items():
        samples = [
            Samples("node", "Node 20", case, name, 1, "ns", (t,)) for name, t in (("ponton", 1.0), ("napi-rs", time))
        ]
        results.rows += stats.rows(samples)
    lines = [line for line in page.compact(results).splitlines() if line.startswith("| Node 20")]
    assert [line.rsplit(" | ", 1)[1] for line in lines] == ["**9.00x faster** |", "5.00x slower |"]


def test_a_readme_without_markers_is_left_alone(results: Results, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine\n")
    assert len(page.write(results, tmp_path / "RESULTS.md", tmp_path / "README.md")) == 1
    assert (tmp_path / "README.md").read_text() == "mine\n"


def test_a_plot_is_the_same_each_time_it_is_drawn(results: Results, tmp_path: Path) -> None:
    (first,) = plots.write(results, tmp_path / "one")
    (second,) = plots.write(results, tmp_path / "two")
    assert first.read_bytes() == second.read_bytes()
    assert "prefers-color-scheme:dark" in first.read_text()
