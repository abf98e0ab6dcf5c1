"""What a type checker makes of the stub: `mypy --strict` passes, and `warn_unused_ignores` makes each ignore a test."""

from asyncio import Future
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, Literal

from kv import Auth, Client, KvError, PanicError, Row
from typing_extensions import assert_never, assert_type


async def calls() -> None:
    client = await Client.connect("mem://")
    assert_type(client, Client)
    assert_type(client.url, str)
    assert_type(await client.get(7), Row | None)
    assert_type(await client.get(id=7), Row | None)
    assert_type(await client.keys(), list[int])
    # A coroutine that has not begun, and its started form.
    lazy: Coroutine[Any, Any, Row | None] = client.get(7)
    assert_type(await lazy, Row | None)
    assert_type(client.get(7).start(), Future[Row | None])
    # Spans are `timedelta` or seconds.
    await client.put(Row(1, b""), 0.5)
    await client.put(Row(id=1, body=b""), limit=timedelta(seconds=1))
    await client.put(Row(1, b""), None)
    async with client as same:
        assert_type(same, Client)


async def mistakes(client: Client) -> None:
    await client.get("7")  # type: ignore[arg-type]
    await client.get()  # type: ignore[call-arg]
    await client.get(7, signal=None)  # type: ignore[call-arg]
    client.url = "mem://"  # type: ignore[misc]
    print(client.get(7).body)  # type: ignore[attr-defined]
    Row(1, b"").id = 2  # type: ignore[misc]

    class Mine(Client): ...  # type: ignore[misc]


class Keyring:
    async def token(self, scope: str) -> str:
        return scope


class Blunt(Auth):
    def token(self, scope: str, /) -> str:
        return scope


class Wrong:
    async def token(self, scope: str) -> int:
        return len(scope)


class Incomplete:
    pass


async def host_code(client: Client) -> None:
    auth: Auth = Keyring()
    await Client.connect("mem://", auth=auth)
    await Client.connect("mem://", auth=Blunt())
    await Client.connect("mem://", auth=Wrong())  # type: ignore[arg-type]
    await Client.connect("mem://", auth=Incomplete())  # type: ignore[arg-type]
    assert_type(await client.load([Row(1, b"")], lambda done: print(done + 1)), int)
    await client.load([], print)
    await client.load([], lambda: None)  # type: ignore[misc, arg-type]


def rows(row: Row) -> None:
    assert_type(row.id, int)
    assert_type(row.body, bytes)
    match row:
        case Row(id, body):
            assert_type(id, int)
            assert_type(body, bytes)
        case _:
            assert_never(row)


def errors() -> None:
    try:
        ...
    except KvError.NotFound as error:
        assert_type(error.id, int)
        assert_type(error.code, Literal["NOT_FOUND"])
    except KvError.Timeout as error:
        assert_type(error.after, timedelta)
    except KvError as error:
        assert_type(error.code, str)
        match error:
            case KvError.BadUrl(url):
                assert_type(url, str)
            case _:
                pass
    except PanicError as error:
        assert_type(error, PanicError)
    raise KvError.NotFound("a test double", id=7)
