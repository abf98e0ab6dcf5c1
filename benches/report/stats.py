"""From rounds to rows: medians, and the ratios between those who ran in the same round."""

from __future__ import annotations

from statistics import mean, median

from report.model import Row, Samples

# Beside a busy thread the rare long wait is what is asked about, and a median would hide it.
MEANS = frozenset({"hop_busy"})


def rows(samples: list[Samples]) -> list[Row]:
    """A row for each subject; those of one case together, in the order measured."""
    groups: dict[tuple[str, str, str], list[Samples]] = {}
    for one in samples:
        groups.setdefault((one.host, one.runtime, one.case), []).append(one)
    return [_row(one, [other for other in case if other is not one]) for case in groups.values() for one in case]


def ratio(of: Samples, to: Samples) -> float | None:
    """How many times faster `of` is than `to`: the median over the rounds of their ratio, or the ratio of their means.

    None where a time is zero: a clock too coarse for the case says nothing about a ratio.
    """
    pairs = list(zip(to.wall, of.wall, strict=False))
    if not pairs or any(theirs <= 0 or ours <= 0 for theirs, ours in pairs):
        return None
    if of.case in MEANS:
        return mean(theirs for theirs, _ in pairs) / mean(ours for _, ours in pairs)
    return median(theirs / ours for theirs, ours in pairs)


def _row(one: Samples, others: list[Samples]) -> Row:
    ratios = {other.subject: ratio(one, other) for other in others if other.unit == one.unit}
    return Row(
        host=one.host,
        runtime=one.runtime,
        case=one.case,
        subject=one.subject,
        n=one.n,
        rounds=len(one.wall),
        unit=one.unit,
        median=_short(median(one.wall)),
        min=_short(min(one.wall)),
        max=_short(max(one.wall)),
        cpu=_short(median(one.cpu)) if one.cpu else None,
        ratio_to={peer: _short(value) for peer, value in ratios.items() if value is not None},
    )


def _short(value: float) -> float:
    """Five figures: the sixth is noise."""
    return float(f"{value:.5g}")
