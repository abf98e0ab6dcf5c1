"""The end of the interpreter, in processes of their own."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

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

CALLING_BACK = """
    import asyncio, threading, fixture

    async def back(value):
        await asyncio.sleep(0)
        return value

    def serve():
        async def main():
            while True:
                await asyncio.gather(*[fixture.map_elsewhere([1, 2], back) for _ in range(20)])
                await fixture.count_to(50, lambda n: None)
        asyncio.run(main())

    for _ in range(2):
        threading.Thread(target=serve, daemon=True).start()

    async def main():
        await asyncio.gather(*[fixture.map_each([1, 2, 3], back) for _ in range(100)])

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


def run(source: str, stderr: str = "", code: int = 0) -> None:
    """`stderr` is a pattern of all that comes there."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(source)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, (done.returncode, done.stderr)
    assert done.stdout == ""
    assert re.fullmatch(stderr, done.stderr), done.stderr


@pytest.mark.parametrize("case", CASES)
def test_exit(case: str) -> None:
    run(CASES[case])


def test_what_never_ends_is_named() -> None:
    """The exit waits a second, then says in one line what it leaves behind, and ends the process."""
    run(
        """
        import asyncio, fixture

        async def main():
            global kept
            kept = [fixture.block(100_000).start(), fixture.stand().start(), fixture.wait_forever().start()]
            while not fixture.is_standing():
                await asyncio.sleep(0)

        asyncio.run(main())
        """,
        r"ponton: the program ends while this still runs: "
        r"stand \(running, \d+\.\d s\), block \(blocking, \d+\.\d s\)\n",
    )


# Each source, and the code that its process ends with.
MANY = {
    "work completes": (COMPLETING, 0),
    "a loop that nobody closes": (
        """
        import asyncio, fixture
        loop = asyncio.new_event_loop()

        async def main():
            global kept
            kept = [fixture.nap(0.0001 * i).start() for i in range(200)] + [fixture.wait_forever().start()]
            await fixture.nap(0.001)

        loop.run_until_complete(main())
        """,
        0,
    ),
    "host callbacks are pending": (
        """
        import asyncio, fixture

        async def later(value):
            await asyncio.sleep(0.01 * value)
            return value

        async def main():
            global kept
            kept = [fixture.map_elsewhere([1, 2], later).start() for _ in range(20)]
            kept += [fixture.count_to(1000, lambda n: None).start() for _ in range(20)]
            await asyncio.sleep(0.005)

        asyncio.run(main())
        """,
        0,
    ),
    "daemon threads call back": (CALLING_BACK, 0),
    "a done callback exits": (
        """
        import asyncio, sys, fixture

        async def main():
            kept = [fixture.nap(0.0001 * i).start() for i in range(200)]
            fixture.nap(0.002).start().add_done_callback(lambda _: sys.exit(3))
            await asyncio.gather(*kept, fixture.wait_forever())

        asyncio.run(main())
        """,
        3,
    ),
    "a function that Rust calls exits": (
        """
        import asyncio, sys, fixture

        def leave(value):
            sys.exit(4)

        async def main():
            kept = [fixture.nap(0.0001 * i).start() for i in range(200)]
            await fixture.apply(1, leave)

        asyncio.run(main())
        """,
        4,
    ),
    "a notified function exits": (
        """
        import asyncio, sys, fixture

        def leave(value):
            sys.exit(5)

        async def main():
            kept = [fixture.nap(0.0001 * i).start() for i in range(200)]
            await fixture.count_to(10, leave)

        asyncio.run(main())
        """,
        5,
    ),
    "os._exit": (
        """
        import asyncio, os, fixture

        async def main():
            kept = [fixture.nap(0.0001 * i).start() for i in range(200)] + [fixture.work(2**32 - 1).start()]
            await fixture.nap(0.005)
            os._exit(6)

        asyncio.run(main())
        """,
        6,
    ),
}


def test_exit_many_times() -> None:
    """200 processes that end in every way, a few at a time: no crash, no hang, not a byte on stderr."""
    with ThreadPoolExecutor(3) as pool:
        ends = [pool.submit(run, source, "", code) for _ in range(25) for source, code in MANY.values()]
        assert len(ends) == 200
        for end in ends:
            end.result()
