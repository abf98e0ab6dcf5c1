"""Targets: each kind, at its edge, and what was not measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from report.model import Row, Verdict
from report.targets import File, Target, load, verdicts

PEERS = frozenset({"peer", "other"})


def row(case: str, value: float, *, subject: str = "ponton", unit: str = "ns", **ratio_to: float) -> Row:
    return Row("node", "Node 20", case, subject, 1, 7, unit, value, value, value, None, ratio_to)


def judged(rows: list[Row], **target: Any) -> Verdict:
    (verdict,) = verdicts(File([Target(host="node", **target)], PEERS), rows, cores=2)
    return verdict


@pytest.mark.parametrize(("ratio", "reached"), [(3.0, True), (2.9999, False)])
def test_so_many_times_faster(ratio: float, reached: bool) -> None:
    verdict = judged([row("hop", 5, peer=ratio)], case="hop", peer="peer", at_least=3)
    assert (verdict.reached, verdict.measured, verdict.wanted) == (reached, ratio, "≥ 3x faster than peer")


@pytest.mark.parametrize(("ratio", "reached"), [(0.5, True), (0.4, False)])
def test_so_many_times_the_time_of_a_peer(ratio: float, reached: bool) -> None:
    verdict = judged([row("hop", 5, peer=ratio)], case="hop", peer="peer", at_most=2)
    assert (verdict.reached, verdict.measured) == (reached, 1 / ratio)


@pytest.mark.parametrize(("many", "reached"), [(150, True), (151, False)])
def test_flat_from_one_case_to_another(many: float, reached: bool) -> None:
    rows = [row("grow_100", 100), row("grow_100000", many), row("grow_100", 1, subject="peer")]
    assert judged(rows, case="grow_100000", from_case="grow_100", at_most=1.5).reached is reached


@pytest.mark.parametrize(("threads", "reached"), [(3, True), (4, False)])
def test_a_limit_for_each_core(threads: float, reached: bool) -> None:
    rows = [row("threads_10k", threads, unit="threads")]
    verdict = judged(rows, case="threads_10k", limit=1, per_core=1, unit="threads")
    assert (verdict.reached, verdict.wanted) == (reached, "≤ 3 threads (1 a core + 1)")


@pytest.mark.parametrize(("value", "reached"), [(1000, True), (1001, False)])
def test_what_it_adds_to_another_subject(value: float, reached: bool) -> None:
    rows = [row("signal", value), row("signal", 600, subject="ponton, no signal")]
    verdict = judged(rows, case="signal", from_subject="ponton, no signal", limit=400, unit="ns")
    assert (verdict.reached, verdict.measured) == (reached, value - 600)


def test_every_peer_in_every_case_is_decided_by_the_worst() -> None:
    rows = [row("hop", 5, peer=9.0, other=1.2), row("chain", 5, peer=0.9), row("hop", 1, subject="peer", ponton=0.1)]
    verdict = judged(rows, case="*", peer="*", at_least=1)
    assert (verdict.reached, verdict.measured) == (False, 0.9)
    assert verdict.says == "0.900x (peer in chain; ahead in 2 of 3)"


def test_the_hosts_own_are_no_peers() -> None:
    assert judged([row("hop", 5, setTimeout=0.1, peer=2.0)], case="*", peer="*", at_least=1).reached is True


def test_what_was_not_measured_is_neither_reached_nor_missed() -> None:
    for target in (
        {"peer": "peer", "at_least": 3},
        {"peer": "peer", "at_most": 3},
        {"from_case": "chain", "at_most": 3},
        {"limit": 3, "unit": "threads"},
        {"elsewhere": "callgrind"},
    ):
        verdict = judged([row("hop", 5)], case="hop", **target)
        assert (verdict.reached, verdict.measured) == (None, None), target


def test_a_target_is_judged_for_each_runtime_its_pattern_fits() -> None:
    target = Target(host="node", runtime="Node *", case="hop", peer="peer", at_least=3)
    rows = [row("hop", 5, peer=4.0), Row("node", "Bun 1", "hop", "ponton", 1, 7, "ns", 5, 5, 5, None, {"peer": 1.0})]
    assert [(v.runtime, v.reached) for v in verdicts(File([target], PEERS), rows, 2)] == [("Node 20", True)]


@pytest.mark.parametrize(
    "target", [{}, {"peer": "x"}, {"at_most": 1}, {"limit": 1}, {"peer": "x", "at_least": 1, "at_most": 1}]
)
def test_a_target_that_says_too_little_or_too_much_is_refused(target: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a target says one of"):
        Target(host="node", case="hop", **target)


def test_the_file_is_well_formed() -> None:
    assert len(load(Path(__file__).parents[2] / "targets.toml").targets) > 40
