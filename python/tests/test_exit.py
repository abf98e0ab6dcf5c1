"""The end of the interpreter, in processes of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

COMPLETING = """
    import asyncio, threading, fixture

    def serve():
        async def main():
            while True:
                await asyncio.gather(*[fixture.nap(0.0005).start() for _ in range(200)])
        asyncio.run(main())

    for _ in range(2):
        threading.Thread(target=serve, daemon=True).start()

    async def main():
        await asyncio.gather(*[fixture.nap(0.001) for _ in range(200)])
        global kept
        kept = [fixture.nap(0.0001 * i).start() for i in range(500)]
        kept += [fixture.work(2**32 - 1).start() for _ in range(4)]

    asyncio.run(main())
"""

CASES = {
    "while work completes": COMPLETING,
    "with a coroutine never awaited": """
        import fixture
        kept = fixture.ready()
    """,
    "with a loop left open": """
        import asyncio, fixture
        loop = asyncio.new_event_loop()

        async def main():
            global task
            task = fixture.wait_forever().start()

        loop.run_until_complete(main())
    """,
    "with an object that lives": """
        import fixture
        kept = fixture.Counter()
    """,
    "while a blocking call runs": """
        import asyncio, fixture

        async def main():
            global kept
            kept = fixture.block(30).start()

        asyncio.run(main())
    """,
    "when an exit handler awaits": """
        import atexit, asyncio

        def late():
            import fixture
            try:
                asyncio.run(fixture.nap(0.001))
            except fixture.AbortedError:
                pass
            else:
                print("it should have been refused")

        atexit.register(late)
        import fixture
        asyncio.run(fixture.nap(0.001))
    """,
    "of a forked child": """
        import asyncio, fixture, os, sys, time, warnings
        warnings.simplefilter("ignore")  # "multi-threaded, use of fork() may lead to deadlocks"
        loop = asyncio.new_event_loop()

        async def main():
            await fixture.nap(0.001)
            return fixture.wait_forever().start()

        kept = loop.run_until_complete(main())
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            sys.exit(7)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code == 7, code
        assert time.monotonic() - began < 0.9, "it waited for threads that it has not"
        assert (fixture.created(), fixture.dropped()) == (2, 1)
        assert loop.run_until_complete(fixture.nap(0.001, 3)) == 3
        loop.close()
    """,
    "after a panic": """
        import asyncio, fixture, os
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            asyncio.run(fixture.panic_later("boo"))
        except fixture.PanicError:
            pass
    """,
}


def run(source: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(source)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr == ""


@pytest.mark.parametrize("case", CASES)
def test_exit(case: str) -> None:
    run(CASES[case])


def test_exit_while_work_completes_many_times() -> None:
    for _ in range(20):
        run(COMPLETING)
