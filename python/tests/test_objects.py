"""Classes: objects, records, enums, errors."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import enum
import gc
import pickle
import weakref
from typing import Any

import fixture
import pytest


def test_an_object_lives_as_long_as_python_holds_it(anywhere: Any) -> None:
    gc.collect()
    before = fixture.live_counters()
    counter = fixture.Counter()
    gone = weakref.ref(counter)
    assert fixture.live_counters() == before + 1
    assert counter.label == "counter"
    with pytest.raises(AttributeError):
        counter.label = "other"
    with pytest.raises(AttributeError):
        counter.unknown = 1
    del counter
    assert gone() is None
    assert fixture.live_counters() == before


def test_a_call_keeps_its_object(anywhere: Any) -> None:
    before = fixture.live_counters()

    async def main() -> int:
        call = fixture.Counter(start=1).add_later(2)
        gc.collect()
        assert fixture.live_counters() == before + 1
        return int(await call)

    assert anywhere(main()) == 3
    assert fixture.live_counters() == before


def test_subclass() -> None:
    class Mine(fixture.Counter):  # type: ignore[misc]
        extra = "mine"

        def __init__(self, *args: Any) -> None:
            self.noted = args

    mine = Mine("label", 3)
    assert (mine.add(1), mine.label, mine.extra, mine.noted) == (4, "label", "mine", ("label", 3))
    assert fixture.Counter().plus(mine) == 4
    del mine
    gc.collect()


def test_async_with(anywhere: Any) -> None:
    async def main() -> None:
        async with fixture.Counter(start=3) as counter:
            assert counter.add(0) == 3
        assert counter.add(0) == -1
        with pytest.raises(KeyError):
            async with counter:
                raise KeyError("mine")
        assert not hasattr(counter, "__enter__"), "close is async"

    anywhere(main())


def test_an_async_constructor(anywhere: Any) -> None:
    async def main() -> None:
        counter = await fixture.Counter.connect("label")
        assert type(counter) is fixture.Counter
        assert counter.add(0) == 1000
        with pytest.raises(fixture.Failure.Closed):
            await fixture.Counter.connect("bad")

    anywhere(main())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_destructor_that_panics_keeps_the_error_that_is_being_raised() -> None:
    with pytest.raises(TypeError, match="expected Counter, got Grumpy"):
        fixture.Counter().plus(fixture.Grumpy("left alone"))


def test_neither_copied_nor_pickled() -> None:
    for value in (fixture.Counter(), fixture.Counter.add):
        assert weakref.ref(value)() is value
    with pytest.raises(TypeError, match="cannot pickle"):
        pickle.dumps(fixture.Counter())
    with pytest.raises(TypeError, match="cannot pickle"):
        copy.copy(fixture.Counter())


def test_wrong_objects(anywhere: Any) -> None:
    counter = fixture.Counter()
    with pytest.raises(TypeError, match=r"^Counter.plus\(\) argument 'other': expected Counter, got int$"):
        counter.plus(1)
    with pytest.raises(TypeError, match="expected Counter, got None"):
        counter.plus_later(None)


def test_records(anywhere: Any) -> None:
    row = fixture.Row(id=1, body=b"b", from_="me", created_by="x", size=2)
    assert dataclasses.is_dataclass(row)
    assert repr(row) == "Row(id=1, body=b'b', from_='me', created_by='x', size=2)"
    assert row == dataclasses.replace(row) and hash(row) == hash(dataclasses.replace(row))
    assert row != dataclasses.replace(row, id=2)
    assert pickle.loads(pickle.dumps(row)) == row == copy.deepcopy(row)
    assert fixture.Row.__doc__ == "One stored row."
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.id = 2
    with pytest.raises((AttributeError, TypeError)):
        row.unknown = 2
    match row:
        case fixture.Row(id, body, from_):
            assert (id, body, from_) == (1, b"b", "me")

    back = anywhere(fixture.echo_row(row))
    assert back == row and type(back) is fixture.Row


def test_enums(anywhere: Any) -> None:
    assert issubclass(fixture.Level, enum.Enum)
    assert [(member.name, member.value) for member in fixture.Level] == [("LOW", "low"), ("VERY_HIGH", "veryHigh")]
    assert anywhere(fixture.echo_level(fixture.Level.VERY_HIGH)) is fixture.Level.VERY_HIGH
    assert pickle.loads(pickle.dumps(fixture.Level.LOW)) is fixture.Level.LOW
    with pytest.raises(TypeError, match="expected Level, got str"):
        fixture.echo_level("low")


def test_unions(anywhere: Any) -> None:
    circle = fixture.Shape.Circle(radius=2.0)
    assert isinstance(circle, fixture.Shape)
    assert repr(circle) == "Shape.Circle(radius=2.0)"
    assert circle == fixture.Shape.Circle(2.0) != fixture.Shape.Empty()
    assert pickle.loads(pickle.dumps(circle)) == circle
    for shape in (circle, fixture.Shape.Named("n"), fixture.Shape.Pair(1, 2), fixture.Shape.Empty()):
        back = anywhere(fixture.echo_shape(shape))
        assert back == shape and type(back) is type(shape)
    match circle:
        case fixture.Shape.Circle(radius):
            assert radius == 2.0
    with pytest.raises(TypeError, match="cannot create 'Shape' instances; use one of its variants"):
        fixture.Shape()
    with pytest.raises(TypeError, match=r"echo_shape\(\) argument 'value'.radius: expected float, got str"):
        fixture.echo_shape(fixture.Shape.Circle("wide"))


def caught(how: str) -> Any:
    with pytest.raises(fixture.Failure) as error:
        asyncio.run(fixture.fail(how))
    return error.value


def test_errors() -> None:
    error = caught("not found")
    assert type(error) is fixture.Failure.NotFound
    assert (error.id, error.code, str(error)) == (2**64 - 1, "NOT_FOUND", "row 18446744073709551615 not found")
    assert repr(error) == "Failure.NotFound('row 18446744073709551615 not found', id=18446744073709551615)"
    assert error.__cause__ is None
    match error:
        case fixture.Failure.NotFound(id):
            assert id == 2**64 - 1
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (type(again), str(again), again.id) == (type(error), str(error), error.id)

    parse = caught("zz")
    assert (parse.code, parse.text) == ("PARSE", "zz")
    assert str(parse.__cause__) == "invalid digit found in string"


def test_errors_can_be_made_in_python() -> None:
    error = fixture.Failure.NotFound("gone", id=3)
    assert (str(error), error.id, error.code) == ("gone", 3, "NOT_FOUND")
    assert str(fixture.Failure.Closed()) == "CLOSED"
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        fixture.Failure.NotFound("gone", colour=3)


def test_errors_of_the_bridge() -> None:
    assert issubclass(fixture.PanicError, RuntimeError)
    assert issubclass(fixture.AbortedError, RuntimeError)
    assert not issubclass(fixture.AbortedError, asyncio.CancelledError)


@pytest.mark.parametrize("call", ["panic_now", "panic_later", "panic_blocking", "panic_sync"])
def test_panics(anywhere: Any, call: str, capfd: Any) -> None:
    async def main() -> None:
        with pytest.raises(fixture.PanicError, match="^boo$"):
            result = getattr(fixture, call)("boo")
            await result
        await fixture.ready()

    anywhere(main())
    assert "boo" in capfd.readouterr().err, "the panic hook has spoken"
