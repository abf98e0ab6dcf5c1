"""Host code as `mypy --strict` sees it, on the golden stub of the zoo: what is right passes, and each ignore is a test."""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import timedelta

from typing_extensions import Buffer
from zoo import Row, Shape, Store, select, sync

ROW = Row(1, None, 0, [])


class Plain:
    """Any object will do; parameters have the names that its author likes."""

    async def get(self, key: int) -> Row | None:
        return Row(key, None, 0, [])

    async def put(self, row: Row, data: Buffer, keep_for: timedelta | None = None) -> None: ...

    def lifetime(self) -> float:
        return 0.5

    async def size_of(self, options: int) -> int:
        return options

    def best(self, shapes: Sequence[Shape]) -> Shape:
        return shapes[0]

    def note(self, line: str) -> None: ...


class Derived(Store):
    """A subclass says so; a plain method will do where Rust awaits, and the reverse for what nobody waits for."""

    def get(self, id: int, /) -> Row | None:
        return None

    def put(self, row: Row, data: bytes, keep_for: timedelta | None, /) -> Awaitable[None]:
        return asyncio.sleep(0)

    def lifetime(self) -> asyncio.Future[timedelta]:
        raise NotImplementedError

    def size_of(self, options: int, /) -> int:
        return options

    async def best(self, shapes: list[Shape.Circle | Shape.Sized | Shape.Empty], /) -> Shape:
        return shapes[0]

    async def note(self, line: str, /) -> int:
        return len(line)


async def rows(row: Row, shape: Shape) -> tuple[Row, ...]:
    return (row,)


async def first() -> Row | None:
    return None


async def right() -> None:
    await sync(Plain(), rows, first(), lambda span: asyncio.sleep(span.total_seconds()))
    await sync(Derived(), lambda row, shape: [row], asyncio.ensure_future(first()), print, asyncio.Event().wait())
    await sync(Derived(), lambda row, shape: [row], first(), print, None, lambda done, total: None)
    await select(lambda row: row.id > 1)
    await select(lambda row: None)
    # What comes is of the narrow form.
    await sync(Plain(), lambda row, shape: row.children, first(), lambda span: print(span.total_seconds()))


class WrongResult(Plain):
    async def get(self, key: int) -> str:  # type: ignore[override]
        return "row"


class WrongParameter(Plain):
    def note(self, line: int) -> None: ...  # type: ignore[override]


class TooMany(Plain):
    def note(self, line: str, level: int) -> None: ...  # type: ignore[override]


class NoNote:
    get = Plain.get
    put = Plain.put
    lifetime = Plain.lifetime
    size_of = Plain.size_of
    best = Plain.best


class Partial(Store):
    async def get(self, id: int, /) -> Row | None:
        return None


async def number(row: Row, shape: Shape) -> int:
    return 1


async def of_text(row: str, shape: Shape) -> list[Row]:
    return []


async def wrong() -> None:
    await sync(WrongResult(), rows, first(), print)  # type: ignore[arg-type]
    await sync(WrongParameter(), rows, first(), print)  # type: ignore[arg-type]
    await sync(TooMany(), rows, first(), print)  # type: ignore[arg-type]
    await sync(NoNote(), rows, first(), print)  # type: ignore[arg-type]
    await sync(Partial(), rows, first(), print)  # type: ignore[abstract]
    await sync(Plain, rows, first(), print)  # type: ignore[arg-type]
    await sync(Plain(), number, first(), print)  # type: ignore[arg-type]
    await sync(Plain(), of_text, first(), print)  # type: ignore[arg-type]
    await sync(Plain(), ROW, first(), print)  # type: ignore[arg-type]
    await sync(Plain(), rows, first(), asyncio.sleep)  # type: ignore[arg-type]
    await sync(Plain(), rows, first, print)  # type: ignore[arg-type]
    await sync(Plain(), rows, ROW, print)  # type: ignore[arg-type]
    await sync(Plain(), rows, first(), print, None, lambda done: None)  # type: ignore[arg-type, misc]
    await select(lambda row: "yes")  # type: ignore[arg-type, return-value]

    async def keep(row: Row) -> bool:
        return True

    # This one is called for its result, and nothing awaits that.
    await select(keep)  # type: ignore[arg-type]
