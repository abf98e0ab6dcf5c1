"""Each coroutine of the host's has a Task of its own, from its first step on where Python can do that."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import fixture
import pytest

EAGER = sys.version_info >= (3, 12)


def test_a_task_of_its_own(run: Any) -> None:
    async def main() -> None:
        tasks = []

        async def note(n: int) -> int:
            tasks.append(asyncio.current_task())
            await asyncio.sleep(0)
            assert asyncio.current_task() is tasks[-1]
            return n

        await fixture.map_each([1, 2], note)
        assert len({*tasks, asyncio.current_task()}) == 3
        assert isinstance(tasks[0], asyncio.Task)

    run(main())


@pytest.mark.skipif(not EAGER, reason="new in 3.12")
def test_what_is_ready_takes_no_turn(run: Any) -> None:
    async def main() -> None:
        turns = 0

        def turn() -> None:
            nonlocal turns
            turns += 1
            loop.call_soon(turn)

        loop = asyncio.get_running_loop()
        loop.call_soon(turn)

        async def ready(n: int) -> int:
            return n

        assert await fixture.map_each(list(range(100)), ready) == list(range(100))
        assert turns == 0
        assert await fixture.map_each([1], lambda n: n) == [1]
        assert turns == 0

    run(main())


@pytest.mark.skipif(not EAGER, reason="new in 3.12")
def test_the_first_step_is_taken_at_once(run: Any) -> None:
    async def main() -> None:
        began = []

        async def begin(n: int) -> int:
            began.append(n)
            await asyncio.sleep(0)
            return n

        call = fixture.map_each([1], begin)
        assert began == []
        future = call.start()
        assert began == [1]
        await future

    run(main())


@pytest.mark.skipif(not EAGER, reason="new in 3.12")
def test_the_task_factory_is_asked(run: Any) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        made = []

        def factory(loop: Any, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
            made.append(coroutine.__name__)
            return asyncio.Task(coroutine, loop=loop, **options)

        async def mapper(n: int) -> int:
            return n

        loop.set_task_factory(factory)
        assert await fixture.map_each([1], mapper) == [1]
        loop.set_task_factory(None)
        assert made == ["mapper"]

    run(main())


@pytest.mark.skipif(sys.version_info < (3, 11), reason="new in 3.11")
@pytest.mark.parametrize("name", ["map_each", "map_elsewhere"])
def test_a_timeout_inside_cancels_the_callback(run: Any, name: str) -> None:
    async def main() -> None:
        async def impatient(n: int) -> int:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.001):
                    await asyncio.sleep(3600)
            return n + 1

        assert await getattr(fixture, name)([1, 2], impatient) == [2, 3]
        task = asyncio.current_task()
        assert task is not None and task.cancelling() == 0

    run(main())


@pytest.mark.skipif(sys.version_info < (3, 11), reason="new in 3.11")
def test_a_timeout_around(run: Any) -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await fixture.map_each([1], lambda n: asyncio.sleep(3600, n))

    run(main())


@pytest.mark.skipif(sys.version_info < (3, 11), reason="new in 3.11")
def test_a_task_group_inside(run: Any) -> None:
    async def main() -> None:
        async def grouped(n: int) -> int:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(asyncio.sleep(0, n)) for _ in range(3)]
            return sum(task.result() for task in tasks)

        assert await fixture.map_each([1, 2], grouped) == [3, 6]

        async def failing(n: int) -> int:
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep(3600))
                await asyncio.sleep(0)
                raise ValueError("inside")
            return n

        with pytest.raises(ExceptionGroup):  # type: ignore[name-defined]  # noqa: F821
            await fixture.map_each([1], failing)

    run(main())


class Later:
    """An awaitable that is neither a coroutine nor a future."""

    def __await__(self) -> Any:
        yield from asyncio.sleep(0).__await__()
        return 7


def test_everything_that_can_be_awaited(run: Any) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()

        def future(n: int) -> asyncio.Future[int]:
            made = loop.create_future()
            loop.call_soon(made.set_result, n)
            return made

        def done(n: int) -> asyncio.Future[int]:
            made = loop.create_future()
            made.set_result(n)
            return made

        async def coroutine(n: int) -> int:
            return n

        kinds: list[Any] = [
            future,
            done,
            coroutine,
            lambda n: asyncio.ensure_future(asyncio.sleep(0, n)),
            lambda n: asyncio.gather(coroutine(n)),
            lambda n: Later(),
            lambda n: fixture.nap(0.001, n),
            lambda n: fixture.nap(0.001, n).start(),
            lambda n: fixture.echo_u32(n),
        ]
        for kind in kinds:
            result = None
            try:
                result = await fixture.map_each([7], kind)
            except TypeError as error:
                assert "got list" in str(error)  # of `gather`
            else:
                assert result == [7]

    run(main())


def test_every_kind_of_awaitable_is_a_value(run: Any) -> None:
    async def main() -> None:
        class Text:
            def __await__(self) -> Any:
                yield from asyncio.sleep(0).__await__()
                return "x"

        async def coroutine() -> str:
            return "x"

        future = asyncio.get_running_loop().create_future()
        future.set_result("x")
        for value in (coroutine(), asyncio.ensure_future(coroutine()), future, Text(), fixture.echo_string("x")):
            assert await fixture.wait_for(value) == "x"

    run(main())


def test_a_future_of_another_loop(run: Any, new_loop: Any) -> None:
    other = new_loop()

    async def main() -> None:
        with pytest.raises(RuntimeError, match="attached to a different loop"):
            await fixture.wait_for(other.create_future())

    run(main())
    other.close()


def test_a_generator_is_a_value(anywhere: Any) -> None:
    async def main() -> None:
        with pytest.raises(TypeError, match="expected int, got generator"):
            await fixture.map_each([1], lambda n: (n for _ in range(1)))

    anywhere(main())


def test_debug_mode(run: Any) -> None:
    async def main() -> None:
        async def f(n: int) -> int:
            await asyncio.sleep(0)
            return n

        assert await fixture.map_each([1, 2], f) == [1, 2]
        assert await fixture.map_elsewhere([1, 2], f) == [1, 2]

    run(main(), debug=True)
