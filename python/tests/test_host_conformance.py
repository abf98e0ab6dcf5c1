"""The cases of ``tests/conformance/host_code`` in Python: a thin runner."""

from __future__ import annotations

import asyncio
import contextvars
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import fixture
import pytest
import trio
from conftest import PLACES
from test_conformance import resolve, same, value

CASES_FILE = Path(__file__).parents[2] / "tests" / "conformance" / "host_code" / "cases.json"
CASES = [case for case in json.loads(CASES_FILE.read_text())["cases"] if "python" in case.get("hosts", ["python"])]
VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="elsewhere")

Step = dict[str, Any]


def native(case: Step, key: str) -> Any:
    return case.get(f"{key}_python", case.get(key))


class Host:
    """What one case hands over, and the exceptions that it names."""

    def __init__(self, case: Step, is_trio: bool) -> None:
        self.errors = {name: eval(each["python"]) for name, each in case.get("errors", {}).items()}
        self.is_trio = is_trio
        self.caller: int | None = None

    def form(self, form: Any, args: tuple[Any, ...] = ()) -> Any:
        """The value of a form, which may be about the arguments."""
        match form:
            case {"fn": steps}:
                return self.function(steps, form.get("plain", False))
            case {"object": methods}:
                return type("Host", (), {name: self.method(method) for name, method in methods.items()})()
            case {"awaitable": function, "as": kind}:
                return awaitable(self.form(function), kind)
            case {"arg": index}:
                return args[index]
            case {"text": inner}:
                return str(self.form(inner, args))
            case {"add": [left, right]}:
                return self.form(left, args) + self.form(right, args)
            case {"odd": inner}:
                return self.form(inner, args) % 2 == 1
            case {"context": True}:
                return VARIABLE.get()
            case list():
                return [self.form(item, args) for item in form]
        return value(form)

    def method(self, form: Any) -> Any:
        made = self.form(form)
        return staticmethod(made) if callable(made) else made

    def function(self, steps: list[Step], plain: bool) -> Callable[..., Any]:
        async def asynchronous(*args: Any) -> Any:
            for step in steps:
                await self.wait(step, args)
                done, result = self.at_once(step, args)
                if "recurse" in step:
                    return await self.recurse(step, args, asynchronous)
                if done:
                    return result
            return None

        def at_once(*args: Any) -> Any:
            for step in steps:
                done, result = self.at_once(step, args)
                if done:
                    return result
            return None

        return at_once if plain else asynchronous

    def at_once(self, step: Step, args: tuple[Any, ...]) -> tuple[bool, Any]:
        match step:
            case {"event": text}:
                fixture.event(self.form(text, args))
            case {"event_if": [left, right, text]}:
                if self.form(left, args) == right:
                    fixture.event(text)
            case {"return": result}:
                return True, self.form(result, args)
            case {"raise": name}:
                raise self.errors[name]
            case {"raise_at": [expected, name]}:
                if args[0] == expected:
                    raise self.errors[name]
            case {"raise_typed": name, "fields": fields}:
                raise self.typed(name, fields)
            case {"raise_unless": [expected, {"typed": name, "fields": fields}]}:
                if args[0] != expected:
                    raise self.typed(name, fields)
            case {"own_task": True}:
                own = anyio.get_current_task().id != self.caller
                fixture.event("own task" if own else "the caller's task")
        return False, None

    def typed(self, name: str, fields: Step) -> Exception:
        made = resolve(name)("raised by the host", **{key: value(field) for key, field in fields.items()})
        assert isinstance(made, Exception)
        return made

    async def wait(self, step: Step, args: tuple[Any, ...]) -> None:
        match step:
            case {"turn": turns}:
                for _ in range(turns):
                    await anyio.lowlevel.checkpoint()
            case {"hang": text}:
                try:
                    await anyio.sleep_forever()
                except anyio.get_cancelled_exc_class():
                    fixture.event(text)
                    raise
            case {"timeout": text}:
                try:
                    await (expire_in_trio() if self.is_trio else expire())
                except (TimeoutError, asyncio.TimeoutError, trio.TooSlowError):
                    fixture.event(text)
            case {"task_group": text}:
                results = await (in_a_nursery() if self.is_trio else in_a_group())
                assert results == [1, 2]
                fixture.event(text)

    async def recurse(self, step: Step, args: tuple[Any, ...], function: Callable[..., Any]) -> Any:
        if args[0] == 0:
            if "bottom" in step:
                raise self.errors[step["bottom"]]
            return 0
        return await getattr(fixture, step["recurse"])(args[0] - 1, function) + 1


async def expire() -> None:
    if sys.version_info >= (3, 11):
        async with asyncio.timeout(0):
            await asyncio.get_running_loop().create_future()
    else:
        await asyncio.wait_for(asyncio.get_running_loop().create_future(), 0)


async def in_a_group() -> list[int]:
    async def give(number: int) -> int:
        await asyncio.sleep(0)
        return number

    if sys.version_info >= (3, 11):
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(give(1)), group.create_task(give(2))]
        return [task.result() for task in tasks]
    return list(await asyncio.gather(give(1), give(2)))


async def expire_in_trio() -> None:
    with trio.fail_after(0):
        await trio.sleep_forever()


async def in_a_nursery() -> list[int]:
    seen: list[int] = []

    async def give(number: int) -> None:
        await trio.lowlevel.checkpoint()
        seen.append(number)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(give, 1)
        nursery.start_soon(give, 2)
    return sorted(seen)


class Thenable:
    """An awaitable that is no coroutine and no future."""

    def __init__(self, inner: Awaitable[Any]) -> None:
        self.inner = inner

    def __await__(self) -> Any:
        return self.inner.__await__()


def awaitable(function: Callable[[], Any], kind: str) -> Awaitable[Any]:
    coroutine = function()
    match kind:
        case "coroutine":
            return coroutine  # type: ignore[no-any-return]
        case "thenable":
            return Thenable(coroutine)
        case "task":
            return asyncio.ensure_future(coroutine)
    future = asyncio.get_running_loop().create_future()
    task = asyncio.ensure_future(coroutine)
    task.add_done_callback(
        lambda task: future.set_exception(error) if (error := task.exception()) else future.set_result(task.result())
    )
    return future


def target(case: Step, host: Host) -> Callable[..., Any]:
    name = case["call"]
    if "." not in name:
        return getattr(fixture, name)  # type: ignore[no-any-return]
    cls, method = name.split(".")
    return getattr(getattr(fixture, cls)(*host.form(case["new"])), method)  # type: ignore[no-any-return]


async def attempt(case: Step, host: Host, events: list[str]) -> Any:
    host.caller = anyio.get_current_task().id
    if "context" in case:
        VARIABLE.set(case["context"])
    arguments = [host.form(arg) for arg in case["args"]]
    result = target(case, host)(*arguments)
    if case.get("sync"):
        return result
    if "cancel_at" not in case:
        result = await result
        # A task that Rust cancelled ends in a turn of its own.
        for _ in range(20):
            await anyio.sleep(0.001 if "hang" in json.dumps(case) else 0)
        return result
    ended: list[BaseException] = []

    async def call() -> None:
        host.caller = anyio.get_current_task().id
        try:
            await result
        except anyio.get_cancelled_exc_class() as error:
            ended.append(error)
            raise

    async with anyio.create_task_group() as group:
        group.start_soon(call)
        while case["cancel_at"] not in events:
            await anyio.sleep(0.001)
            events += fixture.take_events()
        group.cancel_scope.cancel()
    assert len(ended) == 1
    for _ in range(20):
        await anyio.sleep(0.001)


def check(case: Step, run: Any) -> None:
    host, events = Host(case, run.is_trio), []
    fixture.take_events()
    expected = case.get("raises")
    try:
        got = run(attempt(case, host, events))
    except BaseException as error:
        if "raises_same" in case:
            assert error is host.errors[case["raises_same"]], repr(error)
            assert error.__traceback__ is not None
        elif expected is None:
            raise
        else:
            raised(error, expected)
        if "cause_same" in case:
            assert error.__cause__ is host.errors[case["cause_same"]]
    else:
        assert expected is None and "raises_same" not in case, f"gave {got!r} instead of failing"
        if "cancel_at" not in case:
            assert same(got, value(native(case, "returns"))), f"{got!r} is not {native(case, 'returns')!r}"
    events += fixture.take_events()
    if "events_len" in case:
        assert len(events) == case["events_len"]
    elif "events_any" in case:
        assert events in case["events_any"], events
    elif (sys.version_info < (3, 12) or run.is_trio) and "events_python_unstarted" in case:
        assert events == case["events_python_unstarted"]
    elif (wanted := native(case, "events")) is not None:
        assert events == wanted


def raised(error: BaseException, expected: Step) -> None:
    assert type(error) is resolve(expected["python"]), repr(error)
    for text in expected["has"]:
        assert text in str(error), f"{text!r} is not in {str(error)!r}"
    if "is" in expected:
        assert isinstance(error, resolve(expected["is"]))
        assert getattr(error, "code", None) == expected["code"]
    for name, field in expected.get("fields", {}).items():
        assert same(getattr(error, name), value(field))
    if "cause" in expected:
        assert expected["cause"] in str(error.__cause__)


def makes_sense(case: Step, place: str) -> bool:
    """trio has no tasks and futures to be awaited."""
    text = json.dumps(case)
    return "trio" not in place or not ('"as": "task"' in text or '"as": "future"' in text)


PAIRS = [(case, place) for case in CASES for place in PLACES if makes_sense(case, place)]


@pytest.mark.parametrize(
    ("case", "anywhere"), PAIRS, indirect=["anywhere"], ids=[f"{case['name']}-{place}" for case, place in PAIRS]
)
def test_case(case: Step, anywhere: Any) -> None:
    reason = case.get("known_failure", {}).get("python")
    if reason is None:
        check(case, anywhere)
        return
    try:
        check(case, anywhere)
    except Exception:  # noqa: BLE001 - whatever it is, it is the known failure
        pytest.xfail(reason)
    pytest.fail(f"passes now; remove its known_failure: {reason}")
