"""The cases of ``tests/conformance/calls`` in Python: a thin runner."""

from __future__ import annotations

import datetime
import inspect
import json
import math
from pathlib import Path
from typing import Any

import fixture
import pytest

CASES_FILE = Path(__file__).parents[2] / "tests" / "conformance" / "calls" / "cases.json"
CASES = [case for case in json.loads(CASES_FILE.read_text())["cases"] if "python" in case.get("hosts", ["python"])]
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def resolve(dotted: str) -> Any:
    """A class of the fixture or of Python itself: ``Failure.NotFound``, ``TypeError``."""
    first, *rest = dotted.split(".")
    found = getattr(fixture, first, None) or __builtins__[first]  # type: ignore[index]
    for name in rest:
        found = getattr(found, name)
    return found


def value(form: Any) -> Any:
    """The Python value of a case's form."""
    if isinstance(form, list):
        return [value(item) for item in form]
    if not isinstance(form, dict):
        return form
    match form:
        case {"big": digits}:
            return int(digits)
        case {"float": text}:
            return float(text)
        case {"bytes": digits}:
            return bytes.fromhex(digits)
        case {"duration_ms": ms}:
            return datetime.timedelta(milliseconds=ms)
        case {"time_ms": ms}:
            return EPOCH + datetime.timedelta(milliseconds=ms)
        case {"tuple": items}:
            return tuple(value(item) for item in items)
        case {"map": entries}:
            return {key: value(entry) for key, entry in entries.items()}
        case {"record": name, "fields": fields}:
            return resolve(name)(**keywords(fields))
        case {"variant": path, "fields": fields}:
            return resolve(".".join(path))(**keywords(fields))
        case {"enum": name, "code": code}:
            return resolve(name)[code]
        case {"surrogate": True}:
            return "a\ud800b"
        case {"python": expression}:
            return eval(expression, {"datetime": datetime})
    raise AssertionError(f"no such form: {form}")


def keywords(fields: dict[str, Any]) -> dict[str, Any]:
    reserved = {"from": "from_"}
    return {reserved.get(key, key): value(field) for key, field in fields.items()}


def same(got: Any, expected: Any) -> bool:
    if isinstance(expected, float) and math.isnan(expected):
        return isinstance(got, float) and math.isnan(got)
    if type(got) is not type(expected) and not isinstance(expected, (int, float)):
        return False
    return bool(got == expected)


async def call(case: dict[str, Any]) -> Any:
    function = getattr(fixture, case["call"])
    sync = case.get("sync", False)
    assert inspect.iscoroutinefunction(function) is not sync
    args = [value(arg) for arg in case["args"]]
    result = function(*args, **{k: value(v) for k, v in case.get("kwargs", {}).items()})
    return result if sync else await result


def check(case: dict[str, Any], run: Any) -> None:
    if "raises" not in case:
        got, expected = run(call(case)), value(case["returns"])
        assert same(got, expected), f"{got!r} is not {expected!r}"
        return
    raises = case["raises"]
    with pytest.raises(resolve(raises["python"])) as caught:
        run(call(case))
    error = caught.value
    assert type(error) is resolve(raises["python"])
    for text in raises["has"]:
        assert text in str(error), f"{text!r} is not in {str(error)!r}"
    if "is" in raises:
        assert isinstance(error, resolve(raises["is"]))
        assert error.code == raises["code"]
    for name, field in raises.get("fields", {}).items():
        assert same(getattr(error, name), value(field))
    if "cause" in raises:
        assert raises["cause"] in str(error.__cause__)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any], anywhere: Any) -> None:
    reason = case.get("known_failure", {}).get("python")
    if reason is None:
        check(case, anywhere)
        return
    try:
        check(case, anywhere)
    except Exception:  # noqa: BLE001 - whatever it is, it is the known failure
        pytest.xfail(reason)
    pytest.fail(f"passes now; remove its known_failure: {reason}")
