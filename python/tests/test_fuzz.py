"""Any value into any parameter: a value comes back or a proper error, never a panic; what fits comes back equal.

The examples are the same in every run. ``PONTON_FUZZ=20000`` makes so many for each test, other ones each time.
"""

from __future__ import annotations

import array
import asyncio
import collections
import dataclasses
import datetime
import decimal
import enum
import math
import os
import struct
import sys
import types
from collections.abc import Callable
from typing import Any

import fixture
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DEEP = int(os.environ.get("PONTON_FUZZ", "0"))
FUZZ = settings(
    max_examples=DEEP or 40,
    derandomize=not DEEP,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
UTC = datetime.timezone.utc

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*returned non-:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:coroutine 'fixture.ready' was never awaited"),
]


def give(call: Any) -> Any:
    """The value of a call that is ready at its first step."""
    try:
        call.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it is not ready")


# ── values that fit ─────────────────────────────────────────────────


def whole(bits: int, signed: bool) -> st.SearchStrategy[int]:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return st.integers(low, high) | st.sampled_from([low, low + 1, high - 1, high, 0, 1])


text = st.text(st.characters(exclude_categories=["Cs"]))
singles = st.floats(width=32)
spans = st.timedeltas(datetime.timedelta(0), datetime.timedelta.max)
moments = st.datetimes(timezones=st.just(UTC))
levels = st.sampled_from(fixture.Level)
shapes = st.one_of(
    st.builds(fixture.Shape.Circle, st.floats()),
    st.builds(fixture.Shape.Named, text),
    st.builds(fixture.Shape.Pair, whole(8, False), whole(8, False)),
    st.just(fixture.Shape.Empty()),
)
nodes = st.recursive(
    st.builds(fixture.Node, text, st.just([])),
    lambda inner: st.builds(fixture.Node, text, st.lists(inner, max_size=3)),
    max_leaves=8,
)
rows = st.builds(fixture.Row, whole(64, False), st.binary(), st.none() | text, text, whole(64, False))
six = st.tuples(whole(8, False), text, st.booleans(), st.none() | whole(32, True), levels, st.none())
everything = st.builds(
    fixture.Everything,
    st.booleans(),
    whole(8, True),
    whole(16, False),
    whole(32, True),
    whole(64, False),
    whole(64, True),
    whole(128, False),
    whole(128, True),
    whole(struct.calcsize("P") * 8, False),
    whole(64, True),
    singles,
    st.floats(),
    text,
    st.binary(),
    st.binary(),
    spans,
    moments,
    st.none() | nodes,
    st.lists(st.none() | st.floats(), max_size=4),
    st.dictionaries(text, shapes, max_size=3),
    st.dictionaries(text, st.lists(levels, max_size=3), max_size=3),
    six,
)

FITTING: dict[str, st.SearchStrategy[Any]] = {
    "bool": st.booleans(),
    **{f"i{bits}": whole(bits, True) for bits in (8, 16, 32, 64, 128)},
    **{f"u{bits}": whole(bits, False) for bits in (8, 16, 32, 64, 128)},
    "isize": whole(struct.calcsize("P") * 8, True),
    "usize": whole(struct.calcsize("P") * 8, False),
    "safe": whole(64, True),
    "f32": singles,
    "f64": st.floats(),
    "string": text,
    "unit": st.none(),
    "bytes": st.binary() | st.binary().map(lambda some: bytes(16384) + some),
    "vec_u8": st.binary(),
    "duration": spans,
    "system_time": moments,
    "option": st.none() | whole(32, False),
    "list": st.lists(whole(32, True)),
    "nested": st.lists(st.none() | st.lists(text)),
    "map": st.dictionaries(text, whole(32, False)),
    "tree_map": st.dictionaries(text, st.binary()),
    "tuple": st.tuples(whole(8, False), text, st.booleans()),
    "alias": whole(64, False),
    "row": rows,
    "rows": st.lists(rows, max_size=4),
    "node": nodes,
    "level": levels,
    "shape": shapes,
    "foreign": st.builds(fixture.Point, st.floats(), st.floats()),
    "everything": everything,
    "deep": st.lists(st.dictionaries(text, st.none() | st.lists(everything, max_size=1), max_size=2), max_size=2),
}
ECHOES = [name for name in dir(fixture) if name.startswith("echo_")]


def same(one: Any, other: Any) -> bool:
    """Equal in type, value, sign of zero and NaN, all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return (math.isnan(one) and math.isnan(other)) or (
            one == other and math.copysign(1, one) == math.copysign(1, other)
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if dataclasses.is_dataclass(one):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in dataclasses.fields(one))
    return bool(one == other)


@pytest.mark.parametrize("name", FITTING)
def test_what_fits_comes_back(name: str) -> None:
    function = getattr(fixture, f"echo_{name}")

    @FUZZ
    @given(FITTING[name])
    def test(value: Any) -> None:
        back = give(function(value))
        assert same(back, value), f"{back!r} is not {value!r}"

    test()


# ── any value ───────────────────────────────────────────────────────


class Mine(Exception):
    """What hostile objects raise."""


def raises(*_: Any, **__: Any) -> Any:
    raise Mine


def reenters(answer: Any) -> Callable[..., Any]:
    def method(_: Any, index: Any = 0) -> Any:
        if index == 3:
            raise IndexError  # an endless sequence would be read for ever, as `list` would
        assert give(fixture.echo_list([1, 2])) == [1, 2]
        try:
            fixture.echo_row(7)
        except TypeError:
            pass
        return answer

    return method


PROTOCOL = (
    "__index__",
    "__int__",
    "__float__",
    "__len__",
    "__getitem__",
    "__iter__",
    "__str__",
    "__bytes__",
    "__hash__",
)


def hostile(**methods: Any) -> Any:
    return type("Hostile", (), methods)()


class Lying:
    """A sequence that is shorter than it says."""

    def __init__(self, length: int) -> None:
        self.length = length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> int:
        if index > 3:
            raise IndexError
        return index


collections.abc.Sequence.register(Lying)


class Keys(dict[Any, Any]):
    def keys(self) -> Any:
        raise Mine

    items = __iter__ = __getitem__ = keys


class Text(str):
    def __str__(self) -> str:
        raise Mine

    __len__ = __hash__ = __eq__ = encode = __str__  # type: ignore[assignment]


class Integer(int):
    def __index__(self) -> int:
        raise Mine

    __int__ = __float__ = __lt__ = __eq__ = __hash__ = __index__  # type: ignore[assignment]


class Real(float):
    def __float__(self) -> float:
        raise Mine


class Items(list[Any]):
    def __iter__(self) -> Any:
        raise Mine

    __len__ = __getitem__ = __iter__  # type: ignore[assignment]


class Row(fixture.Row):
    def __getattribute__(self, name: str) -> Any:
        if name == "body":
            raise Mine
        return super().__getattribute__(name)


class Liar:
    @property
    def __class__(self) -> Any:  # type: ignore[override]
        return fixture.Row

    def __getattr__(self, name: str) -> Any:
        raise Mine


class Moment(datetime.datetime):
    def __sub__(self, other: Any) -> Any:
        raise Mine

    timestamp = utcoffset = astimezone = __sub__  # type: ignore[assignment]


class Zone(datetime.tzinfo):
    def utcoffset(self, _: Any) -> Any:
        raise Mine

    dst = tzname = utcoffset


class OddZone(datetime.tzinfo):
    def utcoffset(self, _: Any) -> Any:
        return 7


class Level(enum.Enum):
    LOW = "low"


def cyclic() -> Any:
    ring: list[Any] = []
    ring.append(ring)
    return ring


def cyclic_node() -> Any:
    children: list[Any] = []
    children.append(fixture.Node("ring", children))
    return children[0]


def deep(depth: int) -> Any:
    node = fixture.Node("leaf", [])
    for _ in range(depth):
        node = fixture.Node("inner", [node])
    return node


def deep_list(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def emptied(kind: str) -> Any:
    """A list or dict that one of its items changes while it is read."""
    items: Any = [0, 1, 2, 3] if kind in ("clear", "grow") else {"a": 0, "b": 1, "c": 2}

    def method(_: Any) -> int:
        if kind == "grow" and len(items) < 100:
            items.extend(items)
        elif kind == "add" and len(items) < 100:
            items[f"new {len(items)}"] = 1
        else:
            items.clear()
        return 1

    items[1 if isinstance(items, list) else "b"] = hostile(__index__=method)
    return items


def released() -> memoryview:
    view = memoryview(b"abc")
    view.release()
    return view


ODD: list[Callable[[], Any]] = [
    *(lambda name=name: hostile(**{name: raises}) for name in PROTOCOL),
    *(
        lambda name=name, answer=answer: hostile(**{name: reenters(answer)})
        for name in PROTOCOL
        for answer in (3, 2.5, "x", None, -1)
    ),
    lambda: hostile(__getattr__=raises),
    lambda: hostile(__getattribute__=raises),
    lambda: hostile(__index__=lambda _: True),
    lambda: hostile(__index__=lambda _: 10**30),
    lambda: hostile(__float__=lambda _: Real(1.5)),
    *(lambda length=length: Lying(length) for length in (0, 4, 5, 2**31, 2**62)),
    lambda: Lying(-1),
    lambda: Keys(a=1),
    lambda: Text("x"),
    lambda: {"a": Text("x")},
    lambda: Integer(7),
    lambda: Real(1.5),
    lambda: Items([1, 2]),
    lambda: collections.OrderedDict(a=1),
    lambda: collections.defaultdict(int, a=1),
    lambda: types.MappingProxyType({"a": 1}),
    lambda: collections.UserDict({"a": 1}),
    lambda: collections.UserList([1]),
    lambda: collections.deque([1, 2]),
    lambda: collections.namedtuple("Pair", "a b")(1, "x"),
    lambda: Row(1, b"", None, "x", 2),
    lambda: Liar(),
    lambda: fixture.Row(raises, 7, [], None, -1),
    lambda: object.__new__(fixture.Row),
    lambda: object.__new__(fixture.Shape.Circle),
    lambda: fixture.Shape.Circle("wide"),
    lambda: fixture.Shape.Circle,
    lambda: fixture.Shape.Pair(256, -1),
    lambda: fixture.Node("x", "not a list"),
    lambda: fixture.Node("x", [fixture.Node("y", [7])]),
    lambda: fixture.Row,
    lambda: fixture.Level,
    lambda: Level.LOW,
    lambda: fixture.Item(7),
    lambda: [fixture.Item(7), fixture.Pipe()],
    lambda: [fixture.Item(7), fixture.Item(8)],
    lambda: fixture.ready(),
    lambda: fixture,
    cyclic,
    lambda: {"ring": cyclic()},
    cyclic_node,
    lambda: deep(100),
    lambda: deep(5000),
    lambda: deep_list(5000),
    *(lambda kind=kind: emptied(kind) for kind in ("clear", "grow", "add", "empty")),
    lambda: Moment(2026, 1, 1, tzinfo=UTC),
    lambda: datetime.datetime(2026, 1, 1, tzinfo=Zone()),
    lambda: datetime.datetime(2026, 1, 1, tzinfo=OddZone()),
    lambda: datetime.datetime.max.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=-23))),
    lambda: datetime.datetime.min.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=23))),
    lambda: datetime.date(2026, 1, 1),
    lambda: datetime.timedelta.min,
    lambda: bytearray(b"abc"),
    lambda: memoryview(bytearray(range(100)))[::3],
    lambda: memoryview(bytearray(range(100)))[::-1],
    lambda: memoryview(b"abcdefgh").cast("d"),
    lambda: memoryview(b"abcdefgh").cast("B", (2, 4)),
    released,
    lambda: array.array("d", [1.5]),
    lambda: array.array("b", [-1, 1]),
    lambda: decimal.Decimal("1.5"),
    lambda: decimal.Decimal("NaN"),
    lambda: range(5),
    lambda: iter([1]),
    lambda: (item for item in [1]),
    lambda: {1, 2},
    lambda: {"a": 1}.items(),
    lambda: {1: 1, "a": 2},
    lambda: {"\ud800": 1},
    lambda: {("t",): 1},
    lambda: NotImplemented,
    lambda: ...,
    lambda: int,
    lambda: raises,
    lambda: BaseException("x"),
    lambda: "\ud800",
    lambda: "a\0b",
    lambda: "x" * 100_000,
    lambda: 10**5000,
    lambda: -(10**5000),
    *(
        lambda value=value: value
        for edge in (7, 8, 15, 16, 31, 32, 53, 63, 64, 127, 128)
        for value in (2**edge, 2**edge - 1, -(2**edge), -(2**edge) - 1)
    ),
    *(lambda value=value: value for value in (math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7e308, 3.5e38, 1e300)),
]
# Hypothesis itself stumbles over some of these: it is given functions that make them.
odd = st.sampled_from(ODD)
plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.complex_numbers(),
    *FITTING.values(),
)


def built(of: Callable[..., Any], *parts: st.SearchStrategy[Callable[[], Any]]) -> st.SearchStrategy[Callable[[], Any]]:
    return st.tuples(*parts).map(lambda makes: lambda: of(*[make() for make in makes]))


anything: st.SearchStrategy[Callable[[], Any]] = st.recursive(
    odd | plain.map(lambda value: lambda: value),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda makes: lambda: [make() for make in makes]),
        st.dictionaries(st.text(max_size=2), inner, max_size=2).map(
            lambda makes: lambda: {name: make() for name, make in makes.items()}
        ),
        built(lambda *items: items, inner, inner, inner),
        built(fixture.Row, inner, inner, inner, inner, inner),
        built(fixture.Node, inner, inner),
        built(fixture.Shape.Named, inner),
        built(fixture.Shape.Pair, inner, inner),
        built(fixture.Point, inner, inner),
    ),
    max_leaves=6,
)
OWN = (Mine, RecursionError, MemoryError, AttributeError, NotImplementedError, UnicodeEncodeError)
"""What a value's own code, or Python's, raises while it is read: it comes out as it is, with a note from 3.11 on."""
ALLOWED = (TypeError, ValueError, OverflowError, *OWN)


def told(error: BaseException, place: str) -> bool:
    """Whether it says where the value is that does not fit; what Python code raises itself need not."""
    if sys.version_info < (3, 11):
        return True  # no notes: an exception of Python's own protocols says what it says
    return isinstance(error, OWN) or place in str(error) or place in " ".join(getattr(error, "__notes__", []))


def offer(function: Any, value: Any) -> None:
    """A value comes back, or a proper error does."""
    try:
        call = function(value)
    except ALLOWED as error:
        assert told(error, "'value'"), repr(error)
        return
    try:
        give(call)
    except OverflowError:  # longer or later than Python's own types can hold
        assert function.__name__ in ("echo_duration", "echo_system_time", "echo_everything", "echo_deep")


@pytest.mark.parametrize("name", ECHOES)
def test_any_value(name: str) -> None:
    function = getattr(fixture, name)

    @FUZZ
    @given(anything)
    def test(make: Callable[[], Any]) -> None:
        offer(function, make())

    test()


@pytest.mark.parametrize("name", ECHOES)
def test_each_odd_value(name: str) -> None:
    for make in ODD:
        offer(getattr(fixture, name), make())


@FUZZ
@given(anything)
def test_any_value_into_plain_functions(make: Callable[[], Any]) -> None:
    value = make()
    for function, place in ((fixture.sum_bytes, "'data'"), (fixture.length, "'text'"), (fixture.tell_each, "'items'")):
        try:
            function(value, len) if function is fixture.tell_each else function(value)
        except ALLOWED as error:
            assert told(error, place) or function is fixture.tell_each, repr(error)


FIELDS = [field.name for field in dataclasses.fields(fixture.Everything)]


@FUZZ
@given(everything, st.sampled_from(FIELDS), anything)
def test_any_value_in_a_field(value: Any, field: str, make: Callable[[], Any]) -> None:
    odd = make()
    try:
        call = fixture.echo_everything(dataclasses.replace(value, **{field: odd}))
    except ALLOWED as error:
        assert told(error, f"'value'.{field}"), repr(error)
        return
    try:
        back = give(call)
    except OverflowError:
        assert field in ("span", "time")
    else:
        others = {name: getattr(value, name) for name in FIELDS if name != field}
        assert same({name: getattr(back, name) for name in others}, others)


# ── what host code gives ────────────────────────────────────────────


@FUZZ
@given(everything)
def test_what_fits_comes_through_host_code(value: Any) -> None:
    async def later(given: Any) -> Any:
        assert same(given, value)
        await asyncio.sleep(0)
        return given

    async def main() -> None:
        assert same(await fixture.relay_everything(value, lambda given: given), value)
        assert same(await fixture.relay_everything(value, later), value)
        assert same(await fixture.relay_elsewhere(value, later), value)
        assert same(await fixture.await_everything(later(value)), value)

    assert same(fixture.relay_now(value, lambda given: given), value)
    asyncio.run(main())


@FUZZ
@given(everything, st.sampled_from(FIELDS), anything, st.booleans())
def test_any_value_from_host_code(value: Any, field: str, make: Callable[[], Any], whole: bool) -> None:
    odd = make()
    answer = odd if whole else dataclasses.replace(value, **{field: odd})

    async def main() -> None:
        try:
            await fixture.relay_elsewhere(value, lambda _: answer)
        except ALLOWED as error:
            assert whole or told(error, "result") or field == "time", repr(error)

    try:
        fixture.relay_now(value, lambda _: answer)
    except ALLOWED as error:
        assert whole or told(error, "result") or field == "time", repr(error)
    asyncio.run(main())
