"""What is no function, no object with the methods, nothing to await."""

from __future__ import annotations

import asyncio
from typing import Any

import fixture
import pytest


async def coroutine(*_: Any) -> Any:
    return 1


class Auth:
    token = pick = note = staticmethod(coroutine)


class Lacks:
    pick = note = staticmethod(coroutine)


class Wrong(Auth):
    token = 3  # type: ignore[assignment]


class Raises(Auth):
    @property
    def token(self) -> Any:  # type: ignore[override]
        raise RuntimeError("no attribute for you")


CASES: dict[str, tuple[Any, type[BaseException], str]] = {
    "an int as a function": (
        lambda: fixture.map_each([1], 3),
        TypeError,
        r"^map_each\(\) argument 'f': expected a callable, got int$",
    ),
    "None as a function": (
        lambda: fixture.map_each([1], None),
        TypeError,
        r"^map_each\(\) argument 'f': expected a callable, got None$",
    ),
    "a number as progress": (
        lambda: fixture.count_to(1, 3),
        TypeError,
        r"^count_to\(\) argument 'progress': expected a callable, got int$",
    ),
    "a method is missing": (
        lambda: fixture.ask(Lacks(), "x"),
        TypeError,
        r"^ask\(\) argument 'auth': expected Auth, but 'Lacks' object has no method 'token'$",
    ),
    "a method is no function": (
        lambda: fixture.ask(Wrong(), "x"),
        TypeError,
        r"^ask\(\) argument 'auth': expected Auth, but 'Wrong' object's 'token' is not callable$",
    ),
    "a method cannot be looked up": (lambda: fixture.ask(Raises(), "x"), RuntimeError, "no attribute for you"),
    "an int as an object": (
        lambda: fixture.ask(3, "x"),
        TypeError,
        r"^ask\(\) argument 'auth': expected Auth, but 'int' object has no method 'token'$",
    ),
    "a constructor": (
        lambda: fixture.Keeper(3),
        TypeError,
        r"^Keeper\(\) argument 'auth': expected Auth, but 'int' object has no method 'token'$",
    ),
    "an int to await": (
        lambda: fixture.wait_for(3),
        TypeError,
        r"^wait_for\(\) argument 'value': expected an awaitable, got int$",
    ),
    "a generator to await": (
        lambda: fixture.wait_for(n for n in [1]),
        TypeError,
        r"^wait_for\(\) argument 'value': expected an awaitable, got generator$",
    ),
    "a function to await": (
        lambda: fixture.wait_for(coroutine),
        TypeError,
        r"^wait_for\(\) argument 'value': expected an awaitable, got function$",
    ),
    "an item to await": (
        lambda: fixture.join_all([3]),
        TypeError,
        r"^join_all\(\) argument 'values'\[0\]: expected an awaitable, got int$",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_refused_at_the_call(case: str) -> None:
    call, kind, message = CASES[case]
    with pytest.raises(kind, match=message):
        call()


def test_a_coroutine_where_a_value_is_due() -> None:
    """The error says it; that the coroutine was never awaited goes without saying."""
    with pytest.raises(TypeError, match=r"^keep\(\) result: expected bool, got coroutine$"):
        fixture.filter_now([1], coroutine)


def test_a_coroutine_where_nobody_waits(anywhere: Any) -> None:
    async def main() -> None:
        with pytest.warns(RuntimeWarning, match="coroutine' was never awaited"):
            await fixture.count_to(1, coroutine)

    anywhere(main())


def test_methods_are_looked_up_at_each_call(anywhere: Any) -> None:
    async def main() -> None:
        class Changing(Auth):
            pass

        async def first(scope: str) -> str:
            return "first"

        async def second(scope: str) -> str:
            return "second"

        auth = Changing()
        auth.token = first  # type: ignore[assignment]
        keeper = fixture.Keeper(auth)
        assert await keeper.ask("x") == "first"
        auth.token = second  # type: ignore[assignment]
        assert await keeper.ask("x") == "second"
        del auth.token, Auth.token
        try:
            with pytest.raises(fixture.AuthError.Host) as caught:
                await keeper.ask("x")
        finally:
            Auth.token = staticmethod(coroutine)
        assert isinstance(caught.value.__cause__, AttributeError)

    anywhere(main())


def test_any_callable_will_do(anywhere: Any) -> None:
    class Instance:
        def __call__(self, n: int) -> int:
            return n + 1

        @classmethod
        def made(cls, n: int) -> int:
            return n + 2

    async def main() -> None:
        assert await fixture.map_each([1], Instance()) == [2]
        assert await fixture.map_each([1], Instance.made) == [3]
        assert await fixture.map_each([1], int) == [1]
        assert await fixture.map_each([1], fixture.echo_u32) == [1]

    anywhere(main())


def test_the_class_of_a_trait() -> None:
    class Incomplete(fixture.Auth):  # type: ignore[misc]
        async def token(self, scope: str) -> str:
            return scope

        def note(self, line: str) -> None:
            super().note(line)

    class Derived(Incomplete):
        def pick(self, n: int) -> int:
            return n

    async def main() -> None:
        derived = Derived()
        assert await fixture.ask(derived, "x") == "x"
        assert await fixture.pick(derived, 1) == 1
        with pytest.raises(NotImplementedError, match=r"^Auth\.note\(\) is not implemented$"):
            await fixture.narrate(derived, 1)

    asyncio.run(main())
    with pytest.raises(TypeError, match="pick"):
        Incomplete()
    assert "Auth" in fixture.__all__
    assert (fixture.Auth.__name__, fixture.Auth.__module__) == ("Auth", "fixture")
    assert fixture.Auth._is_protocol
    assert fixture.Auth.__doc__ == "Where tokens come from."
    assert fixture.Auth.token.__doc__ == "A token."
    assert fixture.Auth.token.__qualname__ == "Auth.token"
    with pytest.raises(TypeError, match="abstract"):
        fixture.Auth()


def test_what_is_shown_of_it() -> None:
    import inspect
    import typing
    from collections.abc import Awaitable, Callable

    shown = inspect.signature(fixture.map_each)
    assert str(shown.parameters["f"].annotation) == "Callable[[int], Awaitable[int] | int]"
    hints = typing.get_type_hints(fixture.map_each)
    assert hints["f"] == Callable[[int], Awaitable[int] | int]
    assert typing.get_type_hints(fixture.ask)["auth"] is fixture.Auth
    assert typing.get_type_hints(fixture.wait_for)["value"] == Awaitable[str]
    assert typing.get_type_hints(fixture.count_to)["progress"] == Callable[[int], None] | None
    assert str(inspect.signature(fixture.Auth.token)) == "(self, scope: 'str', /) -> 'Awaitable[str] | str'"
    assert typing.get_type_hints(fixture.Auth.token) == {"scope": str, "return": Awaitable[str] | str}
    assert typing.get_type_hints(fixture.Auth.note) == {"line": str, "return": object}
