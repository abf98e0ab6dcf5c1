"""Ctrl-C ends a program that waits, wherever it waits."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import textwrap
import time

import pytest

CASES = {
    "a call is awaited": """
        async def main():
            ready()
            await fixture.wait_forever()
    """,
    "a call is awaited in a Task of its own": """
        async def main():
            tasks = [asyncio.ensure_future(fixture.wait_forever()) for _ in range(100)]
            await asyncio.sleep(0)
            ready()
            await asyncio.gather(*tasks)
    """,
    "the loop drains without end": """
        async def main():
            ready()
            await asyncio.gather(*[fixture.work(2**32 - 1) for _ in range(50)])
            while True:
                await asyncio.gather(*[fixture.work(1).start() for _ in range(2000)])
    """,
    "completions come without end": """
        async def main():
            ready()
            while True:
                await asyncio.gather(*[fixture.work(1).start() for _ in range(2000)])
    """,
    "a plain function that Rust calls runs": """
        def spin(value):
            ready()
            while True:
                pass

        async def main():
            await fixture.apply(1, spin)
    """,
    "a function that is notified runs": """
        def spin(value):
            ready()
            while True:
                pass

        async def main():
            await fixture.count_to(1, spin)
    """,
    "a coroutine that Rust awaits waits": """
        async def wait(value):
            ready()
            await asyncio.Event().wait()

        async def main():
            await fixture.apply(1, wait)
    """,
    "a blocking call waits": """
        async def main():
            asyncio.get_running_loop().call_later(0.01, ready)
            await fixture.block(0.5)
            await fixture.wait_forever()
    """,
}

COMMON = """
    import asyncio, sys
    import fixture

    def ready():
        print("ready", flush=True)
"""

END = """
try:
    asyncio.run(main())
except KeyboardInterrupt:
    assert fixture.created() == fixture.dropped()
    print("interrupted")
"""


@pytest.mark.parametrize("case", CASES)
def test_interrupt(case: str) -> None:
    source = textwrap.dedent(COMMON) + textwrap.dedent(CASES[case]) + END
    program = subprocess.Popen(
        [sys.executable, "-c", source], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    try:
        assert program.stdout.readline() == "ready\n"
        program.send_signal(signal.SIGINT)
        # `asyncio.run` answers the first one by a cancel (3.11+), which code that never awaits does not notice.
        if "spin" in CASES[case] and sys.version_info >= (3, 11):
            time.sleep(0.1)
            program.send_signal(signal.SIGINT)
        # The limit only ends a test that fails: none of these ends by itself.
        out, err = program.communicate(timeout=60)
    finally:
        program.kill()
    if sys.version_info < (3, 11):
        # There Ctrl-C raises wherever the program stands, perhaps between a call and its await.
        err = "".join(re.findall(r"^(?!.*never awaited|.*tracemalloc).*\n", err, re.MULTILINE))
    assert (out, err) == ("interrupted\n", "")
    assert program.returncode == 0


def test_a_blocking_job_does_not_keep_a_program_that_is_interrupted() -> None:
    source = """
        import asyncio, fixture

        async def main():
            asyncio.get_running_loop().call_later(0.01, lambda: print("ready", flush=True))
            await fixture.block(100_000)

        asyncio.run(main())
    """
    program = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(source)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    try:
        assert program.stdout.readline() == "ready\n"
        program.send_signal(signal.SIGINT)
        _, err = program.communicate(timeout=60)
    finally:
        program.kill()
    assert "KeyboardInterrupt" in err
    assert err.splitlines()[-1].startswith("ponton: the program ends while this still runs: block (blocking, ")
    assert program.returncode == -signal.SIGINT
