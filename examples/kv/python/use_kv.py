"""The client from Python: lazy, cancellable, with real exceptions."""

import asyncio
from datetime import timedelta

from kv import Auth, Client, KvError, Row


class Keyring(Auth):  # any object with these methods will do
    async def token(self, scope: str, /) -> str:
        await asyncio.sleep(0)
        return f"secret for {scope}"


class Locked:
    def token(self, scope: str, /) -> str:
        raise PermissionError(f"no {scope} for you")


async def main() -> None:
    async with await Client.connect("mem://demo", latency=timedelta(milliseconds=2), auth=Keyring()) as client:
        print("connected to", client.url)
        await client.put(Row(id=7, body=b"hello"))
        row = await client.get(7)  # lazy: nothing ran before this await
        print("got", row)

        try:
            await client.delete(404)
        except KvError.NotFound as error:
            print("refused:", error, error.code, error.id)

        rows = await asyncio.gather(*(client.put(Row(id, b"x")).start() for id in range(100)))
        print("stored", len(rows), "rows, the first after", rows[7])
        print("keys", (await client.keys())[-1])
        await client.load([Row(id, b"y") for id in range(3)], lambda done: print("loaded", done))

    try:
        await Client.connect("mem://locked", auth=Locked())
    except PermissionError as error:  # the very exception, through Rust
        print("not allowed:", error)

    slow = await Client.connect("mem://slow", latency=0.01)
    try:
        async with asyncio.timeout(0) if hasattr(asyncio, "timeout") else _timeout():
            await slow.get(1)
    except (TimeoutError, asyncio.TimeoutError):
        print("timed out; the Rust future is dropped")
    try:
        await slow.put(Row(1, b""), limit=timedelta(0))
    except KvError.Timeout as error:
        print("refused:", error.code, error.after)


class _timeout:  # Python 3.10 has no asyncio.timeout
    async def __aenter__(self) -> None:
        raise asyncio.TimeoutError

    async def __aexit__(self, *_: object) -> None: ...


asyncio.run(main())
