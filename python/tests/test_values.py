"""Values at their edges: beyond what every host has in common (`tests/conformance/calls`)."""

from __future__ import annotations

import array
import collections
import datetime
import sys
import types
from typing import Any

import fixture
import pytest


class Index:
    def __index__(self) -> int:
        return 7


class BadIndex:
    def __index__(self) -> int:
        raise KeyError("mine")


class Number:
    def __float__(self) -> float:
        return 2.5


def refused(kind: type[BaseException], text: str, function: Any, *args: Any) -> None:
    with pytest.raises(kind) as caught:
        function(*args)
    assert str(caught.value) == text


def test_integers(anywhere: Any) -> None:
    assert anywhere(fixture.echo_u8(Index())) == 7
    assert anywhere(fixture.echo_u8(True)) == 1
    for value in (2**127 - 1, -(2**127), 2**64, -(2**64), -1, 0):
        assert anywhere(fixture.echo_i128(value)) == value
    for value in (2**128 - 1, 2**64, 2**127, 0):
        assert anywhere(fixture.echo_u128(value)) == value
    for value in (2**63, 2**64 - 1):
        assert anywhere(fixture.echo_u64(value)) == value
    for function, value in (
        (fixture.echo_u64, 2**64),
        (fixture.echo_u64, -1),
        (fixture.echo_i128, 2**127),
        (fixture.echo_i128, -(2**127) - 1),
        (fixture.echo_u128, 2**128),
        (fixture.echo_u128, -(2**64)),
    ):
        with pytest.raises(OverflowError, match=f"argument 'value': {value} is out of range for"):
            function(value)
    with pytest.raises(OverflowError, match="is out of range for u8"):
        fixture.echo_u8(10**5000)
    refused(TypeError, "echo_u8() argument 'value': expected int, got float", fixture.echo_u8, float("nan"))
    with pytest.raises(KeyError, match="mine"):
        fixture.echo_u8(BadIndex())


def test_floats(anywhere: Any) -> None:
    assert anywhere(fixture.echo_f64(7)) == 7.0
    assert anywhere(fixture.echo_f64(Number())) == 2.5
    assert anywhere(fixture.echo_f64(-1.0)) == -1.0
    refused(TypeError, "echo_f64() argument 'value': expected float, got str", fixture.echo_f64, "1.5")
    text = "echo_f64() argument 'value': int too large to convert to float"
    refused(OverflowError, text, fixture.echo_f64, 10**400)


def test_text(anywhere: Any) -> None:
    assert anywhere(fixture.echo_string("h\0é\U0001f600")) == "h\0é\U0001f600"
    refused(TypeError, "echo_string() argument 'value': expected str, got bytes", fixture.echo_string, b"x")
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed") as caught:
        fixture.echo_string("a\ud800b")
    if sys.version_info >= (3, 11):
        assert caught.value.__notes__ == ["in echo_string() argument 'value'"]


@pytest.mark.parametrize("size", [0, 1, 1023, 1024, 1_000_000])
def test_bytes(anywhere: Any, size: int) -> None:
    data = bytes(i % 251 for i in range(size))
    for form in (data, bytearray(data), memoryview(data), array.array("B", data), memoryview(data * 2)[::2]):
        assert anywhere(fixture.echo_bytes(form)) == bytes(form)
        assert anywhere(fixture.echo_vec_u8(form)) == bytes(form)
    refused(TypeError, "echo_bytes() argument 'value': expected a bytes-like object, got str", fixture.echo_bytes, "x")


def test_mutable_bytes_are_copied_at_the_call(anywhere: Any) -> None:
    data = bytearray(b"before" * 1000)
    call = fixture.echo_bytes(data)
    data[:6] = b"after!"
    assert anywhere(call)[:6] == b"before"


def test_durations(anywhere: Any) -> None:
    for given, back in (
        (datetime.timedelta(days=1, seconds=2, microseconds=3), None),
        (1.5, datetime.timedelta(seconds=1.5)),
        (2, datetime.timedelta(seconds=2)),
        (datetime.timedelta.max, None),
        (datetime.timedelta(0), None),
    ):
        assert anywhere(fixture.echo_duration(given)) == (given if back is None else back)
    name = "echo_duration() argument 'value'"
    refused(ValueError, f"{name}: a duration cannot be negative, got -1", fixture.echo_duration, -1)
    refused(ValueError, f"{name}: a duration cannot be NaN", fixture.echo_duration, float("nan"))
    refused(TypeError, f"{name}: expected timedelta or seconds, got str", fixture.echo_duration, "1s")
    with pytest.raises(ValueError, match="a duration cannot be negative, got -1 day"):
        fixture.echo_duration(datetime.timedelta(days=-1))
    for long, shown in ((float("inf"), "inf"), (1e300, "1e300")):
        refused(OverflowError, f"{name}: {shown} seconds are too long for a duration", fixture.echo_duration, long)
    with pytest.raises(OverflowError, match="too large for a duration"):
        fixture.echo_duration(10**400)
    with pytest.raises(OverflowError, match="too long for a timedelta"):
        anywhere(fixture.echo_duration(1e18))


def test_moments(anywhere: Any) -> None:
    utc = datetime.timezone.utc
    plus2 = datetime.timezone(datetime.timedelta(hours=2))
    for moment in (
        datetime.datetime(2024, 2, 29, 12, 30, 15, 123456, utc),
        datetime.datetime(2024, 2, 29, 12, 30, 15, 123456, plus2),
        datetime.datetime(1900, 1, 1, tzinfo=utc),
        datetime.datetime(1, 1, 1, tzinfo=utc),
        datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, utc),
    ):
        back = anywhere(fixture.echo_system_time(moment))
        assert back == moment and back.tzinfo is utc
    naive = datetime.datetime(2024, 1, 1)
    text = "the datetime is naive; attach a tzinfo, as in datetime.now(timezone.utc)"
    refused(ValueError, f"echo_system_time() argument 'value': {text}", fixture.echo_system_time, naive)
    text = "echo_system_time() argument 'value': expected datetime, got date"
    refused(TypeError, text, fixture.echo_system_time, datetime.date(2024, 1, 1))


def test_lists(anywhere: Any) -> None:
    for form in ([1, 2], (1, 2), range(1, 3), (i for i in (1, 2)), {1: 0, 2: 0}.keys(), collections.deque([1, 2])):
        assert anywhere(fixture.echo_list(form)) == [1, 2]
    for wrong in ("ab", b"ab", {1: 2}, 7, None):
        with pytest.raises(TypeError, match=r"echo_list\(\) argument 'value': expected list, got"):
            fixture.echo_list(wrong)
    refused(TypeError, "echo_list() argument 'value'[1]: expected int, got str", fixture.echo_list, [1, "b"])


def test_a_list_that_changes_while_it_is_read() -> None:
    items: list[Any] = []

    class Shrinks:
        def __index__(self) -> int:
            items.clear()
            return 1

    items.extend([Shrinks(), 2, 3])
    fixture.echo_list(items).close()


def test_maps(anywhere: Any) -> None:
    for form in ({"a": 1}, types.MappingProxyType({"a": 1}), collections.OrderedDict(a=1)):
        assert anywhere(fixture.echo_map(form)) == {"a": 1}
    refused(TypeError, "echo_map() argument 'value': expected str keys, got int", fixture.echo_map, {1: 1})
    refused(TypeError, "echo_map() argument 'value'['k']: expected int, got str", fixture.echo_map, {"k": "v"})
    refused(TypeError, "echo_map() argument 'value': expected dict, got list", fixture.echo_map, [("a", 1)])


def test_paths(anywhere: Any) -> None:
    good = fixture.Row(id=1, body=b"", from_=None, created_by="", size=0)
    bad = fixture.Row(id="x", body=b"", from_=None, created_by="", size=0)
    text = "echo_rows() argument 'value'[1].id: expected int, got str"
    refused(TypeError, text, fixture.echo_rows, [good, bad])
    refused(TypeError, "echo_row() argument 'value': expected Row, got dict", fixture.echo_row, {"id": 1})
    deep = fixture.Node("a", [fixture.Node("b", [fixture.Node(1, [])])])
    text = "echo_node() argument 'value'.children[0].children[0].name: expected str, got int"
    refused(TypeError, text, fixture.echo_node, deep)


def test_a_deep_tree_is_read_or_refused_but_never_crashes(anywhere: Any) -> None:
    node = fixture.Node("leaf", [])
    for _ in range(200):
        node = fixture.Node("n", [node])
    assert anywhere(fixture.echo_node(node)) == node
    for _ in range(20_000):
        node = fixture.Node("n", [node])
    for _ in range(2):
        with pytest.raises(RecursionError, match="maximum recursion depth exceeded"):
            fixture.echo_node(node)
    children: list[Any] = []
    children.append(fixture.Node("its own child", children))
    with pytest.raises(RecursionError):
        fixture.echo_node(children[0])
    children.clear()


def test_an_int_that_shifts_in_its_own_way() -> None:
    class Odd(int):
        def __rshift__(self, _: int) -> Any:
            return "x"

    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        fixture.echo_i128(Odd(2**70))
