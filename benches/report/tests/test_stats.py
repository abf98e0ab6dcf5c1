"""Rows: medians, and ratios of the same round."""

from __future__ import annotations

from report import stats
from report.model import Row, Samples


def samples(subject: str, *wall: float, case: str = "hop", unit: str = "ns", cpu: tuple[float, ...] = ()) -> Samples:
    return Samples("python", "CPython", case, subject, 10, unit, wall, cpu)


def rows(*made: Samples) -> dict[str, Row]:
    return {row.subject: row for row in stats.rows(list(made))}


def test_a_ratio_is_taken_in_each_round_and_not_of_the_medians() -> None:
    found = rows(samples("ponton", 1, 2, 4), samples("peer", 8, 6, 4))
    assert found["ponton"].ratio_to == {"peer": 3}  # of 8, 3 and 1; the medians would say 6 / 2, their means 6 / 2.33
    assert found["peer"].ratio_to == {"ponton": 0.33333}
    skewed = rows(samples("ponton", 1, 10, 100), samples("peer", 200, 10, 10))
    assert skewed["ponton"].ratio_to == {"peer": 1}


def test_beside_a_busy_thread_the_means_are_compared() -> None:
    found = rows(samples("ponton", 1, 1, 1, case="hop_busy"), samples("peer", 1, 1, 28, case="hop_busy"))
    assert found["ponton"].ratio_to == {"peer": 10}


def test_only_those_of_one_case_and_one_runtime_are_compared() -> None:
    other = Samples("python", "PyPy", "hop", "peer", 10, "ns", (1.0,))
    found = stats.rows([samples("ponton", 1), samples("peer", 2, case="chain"), other])
    assert [row.ratio_to for row in found] == [{}, {}, {}]


def test_the_samples_of_a_case_need_not_come_together() -> None:
    found = stats.rows(
        [samples("ponton", 1), samples("ponton", 1, case="chain"), samples("peer", 2), samples("peer", 4, case="chain")]
    )
    assert [(row.case, row.subject, row.ratio_to) for row in found] == [
        ("hop", "ponton", {"peer": 2.0}),
        ("hop", "peer", {"ponton": 0.5}),
        ("chain", "ponton", {"peer": 4.0}),
        ("chain", "peer", {"ponton": 0.25}),
    ]


def test_units_are_not_mixed() -> None:
    assert rows(samples("ponton", 1), samples("peer", 2, unit="ms"))["ponton"].ratio_to == {}


def test_a_time_of_zero_has_no_ratio() -> None:
    assert rows(samples("ponton", 0, 1), samples("peer", 2, 2))["ponton"].ratio_to == {}


def test_rounds_that_only_one_has_do_not_count_for_ratios() -> None:
    found = rows(samples("ponton", 1, 1, 1), samples("peer", 2))
    assert found["ponton"].ratio_to == {"peer": 2}
    assert [found[subject].rounds for subject in ("ponton", "peer")] == [3, 1]


def test_a_row_of_a_time() -> None:
    row = rows(samples("ponton", 3, 1, 2.00000001, cpu=(5, 4, 6)))["ponton"]
    assert row.to_json() == {
        "host": "python",
        "runtime": "CPython",
        "case": "hop",
        "subject": "ponton",
        "n": 10,
        "rounds": 3,
        "median_ns": 2.0,
        "min_ns": 1.0,
        "max_ns": 3.0,
        "cpu_ns": 5.0,
        "ratio_to": {},
    }
    assert Row.from_json(row.to_json()) == row


def test_a_row_of_another_unit_says_it() -> None:
    row = rows(samples("ponton", 3, unit="threads"))["ponton"]
    values = {key: value for key, value in row.to_json().items() if key in ("unit", "median", "min", "max")}
    assert values == {"unit": "threads", "median": 3.0, "min": 3.0, "max": 3.0}
    assert not any(key.endswith("_ns") for key in row.to_json())
    assert Row.from_json(row.to_json()) == row
