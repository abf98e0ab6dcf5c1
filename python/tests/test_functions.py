"""Functions and methods as `inspect`, `help` and callers see them."""

from __future__ import annotations

import asyncio
import datetime
import functools
import inspect
import pickle
import pydoc
import typing
from typing import Any

import fixture
import pytest

ASYNC = [
    fixture.ready,
    fixture.heavy,
    fixture.pinned,
    fixture.block,
    fixture.Counter.connect,
    fixture.Counter.add_later,
    fixture.Counter.close,
    fixture.Counter().close,
]
SYNC = [fixture.add, fixture.length, fixture.Counter.add, fixture.Counter().add, fixture.Counter]


@pytest.mark.parametrize("function", ASYNC, ids=repr)
def test_coroutine_functions(function: Any) -> None:
    assert inspect.iscoroutinefunction(function)
    assert inspect.iscoroutinefunction(functools.partial(function))
    assert inspect.isroutine(function)
    assert not inspect.isasyncgenfunction(function)
    assert not inspect.isgeneratorfunction(function)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("function", ASYNC, ids=repr)
def test_asyncio_agrees(function: Any) -> None:
    assert asyncio.iscoroutinefunction(function)


@pytest.mark.parametrize("function", SYNC, ids=repr)
def test_plain_functions(function: Any) -> None:
    assert not inspect.iscoroutinefunction(function)
    assert callable(function)


def test_names() -> None:
    add = fixture.Counter.add
    assert (add.__name__, add.__qualname__, add.__module__) == ("add", "Counter.add", "fixture")
    assert add.__doc__ == "Adds `amount` and gives the sum."
    assert repr(add) == "<function fixture.Counter.add>"
    assert fixture.Counter.__module__ == "fixture"
    assert fixture.Row.__module__ == "fixture"
    assert fixture.Failure.NotFound.__qualname__ == "Failure.NotFound"
    assert set(fixture.__all__) <= set(dir(fixture))
    assert "Something of everything." in fixture.__doc__


def test_signatures() -> None:
    def signature(function: Any) -> str:
        return str(inspect.signature(function)).replace("'", "")

    assert signature(fixture.add) == "(a: int, b: int) -> int"
    assert signature(fixture.defaults) == "(first: str, limit: int = 10, note: str | None = None, tag: str = x) -> str"
    assert signature(fixture.Counter.add) == "(self, amount: int = 1) -> int"
    assert signature(fixture.Counter().add) == "(amount: int = 1) -> int"
    assert signature(fixture.Counter.connect) == "(label: str) -> Counter"
    assert signature(fixture.Counter) == "(label: str = counter, start: int = 0) -> Counter"
    assert signature(fixture.snake_case_name) == "(class_: int, two_words: int) -> int"
    assert fixture.add.__annotations__ == {"a": "int", "b": "int", "return": "int"}
    assert fixture.add.__text_signature__ == "(a, b)"


def test_help() -> None:
    text = pydoc.plain(pydoc.render_doc(fixture.Counter))
    assert "add(self, amount" in text
    assert "Adds `amount` and gives the sum." in text
    assert "Its label." in text
    assert "async def " in text or "async " in text or "add_later(" in text
    module = pydoc.plain(pydoc.render_doc(fixture))
    assert "Shows what came for each parameter." in module


def test_pickled_by_name() -> None:
    for function in (fixture.add, fixture.ready, fixture.Counter.connect):
        assert pickle.loads(pickle.dumps(function)) is function


def test_wraps() -> None:
    @functools.wraps(fixture.nap)
    async def wrapper(*args: Any) -> Any:
        return await fixture.nap(*args)

    assert wrapper.__name__ == "nap"
    assert inspect.signature(wrapper) == inspect.signature(fixture.nap)


MESSAGES: list[tuple[str, str]] = [
    ("fixture.add()", "add() missing 2 required positional arguments: 'a' and 'b'"),
    ("fixture.add(1)", "add() missing 1 required positional argument: 'b'"),
    ("fixture.add(b=1)", "add() missing 1 required positional argument: 'a'"),
    ("fixture.add(1, 2, 3)", "add() takes 2 positional arguments but 3 were given"),
    ("fixture.add(1, 2, c=3)", "add() got an unexpected keyword argument 'c'"),
    ("fixture.add(1, a=3)", "add() got multiple values for argument 'a'"),
    ("fixture.ready(1)", "ready() takes 0 positional arguments but 1 was given"),
    ("fixture.defaults()", "defaults() missing 1 required positional argument: 'first'"),
    ("fixture.defaults(1, 2, 3, 4, 5)", "defaults() takes from 1 to 4 positional arguments but 5 were given"),
    ("fixture.Counter().add_later()", "Counter.add_later() missing 1 required positional argument: 'amount'"),
    ("fixture.Counter().add(1, 2)", "Counter.add() takes from 1 to 2 positional arguments but 3 were given"),
    ("fixture.Counter(1, 2, 3)", "Counter() takes from 0 to 2 positional arguments but 3 were given"),
    ("fixture.Counter(colour=1)", "Counter() got an unexpected keyword argument 'colour'"),
    ("fixture.Counter.add()", "unbound method Counter.add() needs an argument"),
    ("fixture.Counter.add(1)", "descriptor 'add' for 'Counter' objects doesn't apply to a 'int' object"),
]


@pytest.mark.parametrize(("call", "message"), MESSAGES)
def test_argument_errors(call: str, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        eval(call, {"fixture": fixture})
    assert str(caught.value) == message


def test_argument_errors_are_those_of_python() -> None:
    def add(a: int, b: int) -> int:
        return a + b

    add.__qualname__ = "add"
    for args, kwargs in [((), {}), ((1,), {}), ((1, 2, 3), {}), ((1, 2), {"c": 3}), ((1,), {"a": 3})]:
        with pytest.raises(TypeError) as native:
            add(*args, **kwargs)
        with pytest.raises(TypeError) as ours:
            fixture.add(*args, **kwargs)
        assert str(ours.value) == str(native.value)


def test_keywords_in_any_order(anywhere: Any) -> None:
    assert fixture.add(b=1, a=2) == 3
    assert anywhere(fixture.defaults("a", note="n")) == 'a 10 Some("n") x'
    assert anywhere(fixture.defaults(tag="t", first="a", limit=1)) == "a 1 None t"
    assert anywhere(fixture.snake_case_name(class_=1, two_words=2)) == 3


def test_type_hints() -> None:
    hints = typing.get_type_hints
    assert hints(fixture.nap) == {"duration": datetime.timedelta, "value": int, "return": int}
    assert hints(fixture.echo_rows) == {"value": list[fixture.Row], "return": list[fixture.Row]}
    assert hints(fixture.Counter.add_later) == {"amount": int, "return": int}
    assert hints(fixture.Row)["from_"] == (str | None)
    assert hints(fixture.Node) == {"name": str, "children": list[fixture.Node]}
    assert hints(fixture.Failure.Timeout)["value"] is datetime.timedelta


def test_a_plain_function_looks_at_bytes_where_they_lie() -> None:
    data = bytes(1 << 20)
    assert fixture.same_place(data, data)
    # Python may write to these, so Rust has a copy.
    mutable = bytearray(data)
    assert not fixture.same_place(mutable, mutable)
    assert fixture.sum_bytes(memoryview(b"\1\2\4")[1:]) == 6
