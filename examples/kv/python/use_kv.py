"""The client from Python: lazy, cancellable, with real exceptions."""

import asyncio
from datetime import timedelta

from kv import Client, KvError, Row


async def main() -> None:
    async with await Client.connect("mem://demo", latency=timedelta(milliseconds=2)) as client:
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
