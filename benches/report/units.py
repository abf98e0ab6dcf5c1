"""How numbers are written."""

from __future__ import annotations

import math

_TIMES = (("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9))
_BYTES = (("B", 1.0), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9))


def figures(value: float) -> str:
    """Three figures, without an exponent: 0.0123, 1.20, 12.3, 123, 12,300."""
    value = float(f"{value:.3g}")
    places = 0 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{places}f}"


def plain(value: float) -> str:
    """As people write a number that was not measured: 200, 1.5."""
    text = figures(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(value: float, unit: str) -> str:
    """A value with the unit that makes it short: 440 ns, 1.2 µs, 19.4 kB, 3 threads."""
    name, factor = _scale(value, unit)
    # What is counted in ones has no fractions.
    number = plain if factor == 1 and float(value).is_integer() else figures
    return f"{number(value / factor)} {name}"


def wanted(value: float, unit: str) -> str:
    """A limit: 20 kB, 400 ns."""
    name, factor = _scale(value, unit)
    return f"{plain(value / factor)} {name}"


def span(low: float, high: float, unit: str) -> str:
    """A range, its unit said once where it is one: 169 … 217 ns. Nothing where it is none."""
    if low == high:
        return ""
    one, other = quantity(low, unit), quantity(high, unit)
    return f"{one.split()[0]} … {other}" if one.split()[1] == other.split()[1] else f"{one} … {other}"


def _scale(value: float, unit: str) -> tuple[str, float]:
    scales = {"ns": _TIMES, "bytes": _BYTES}.get(unit, ((unit, 1.0),))
    return next(((name, factor) for name, factor in reversed(scales) if abs(value) >= 0.9995 * factor), scales[0])


def times(ratio: float) -> str:
    """A ratio: 2.4x, 235x."""
    return f"{figures(ratio)}x"


def compared(ratio: float, unit: str) -> str:
    """What a ratio says: 2.4x faster, 1.8x slower; for what is not a time, less and more."""
    better, worse = ("faster", "slower") if unit in ("ns", "ms", "s") else ("less", "more")
    if 0.995 < ratio < 1.005:
        return "the same"
    return f"{times(ratio)} {better}" if ratio > 1 else f"{times(1 / ratio)} {worse}"
