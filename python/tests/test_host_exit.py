"""The interpreter ends while Rust waits for host code, in processes of their own. In daemon threads: test_exit.py, many
times."""

from __future__ import annotations

import pytest
from test_exit import run

CASES = {
    "under asyncio.run": """
        import asyncio, fixture

        async def hang(n):
            await asyncio.Event().wait()

        async def main():
            global kept
            kept = [fixture.map_each([1], hang).start(), fixture.map_elsewhere([1], hang).start()]
            await asyncio.sleep(0.01)

        asyncio.run(main())
    """,
    "with an object that keeps a callback": """
        import asyncio, fixture

        class Auth:
            async def token(self, scope): return scope
            async def pick(self, n): return n
            def note(self, line): pass

        kept = fixture.Keeper(Auth())
        asyncio.run(fixture.ask(Auth(), "x"))
    """,
    "with a call that was never awaited": """
        import fixture
        kept = fixture.map_each([1], lambda n: n)
    """,
    "with an awaitable that Rust holds": """
        import asyncio, fixture

        async def main():
            global kept
            kept = fixture.wait_for(asyncio.get_running_loop().create_future()).start()
            await asyncio.sleep(0)

        asyncio.run(main())
    """,
}


@pytest.mark.parametrize("case", CASES)
def test_exit(case: str) -> None:
    run(CASES[case])


def test_exit_with_a_loop_left_open() -> None:
    """What asyncio says of its own tasks then, and nothing else."""
    with pytest.raises(AssertionError, match="Task was destroyed but it is pending!") as caught:
        run("""
            import asyncio, fixture

            async def hang(n):
                await asyncio.Event().wait()

            async def main():
                global kept
                kept = fixture.map_elsewhere([1], hang).start()
                await asyncio.sleep(0.01)

            loop = asyncio.new_event_loop()
            loop.run_until_complete(main())
        """)
    assert "Traceback" not in str(caught.value) and "Fatal" not in str(caught.value)


def test_exit_while_a_blocking_call_notifies() -> None:
    run(
        """
        import asyncio, fixture

        async def main():
            global kept
            kept = fixture.count_blocking(10**9, lambda n: None).start()
            await asyncio.sleep(0.01)

        asyncio.run(main())
        """,
        r"ponton: the program ends while this still runs: count_blocking \(blocking, \d+\.\d s\)\n",
    )
