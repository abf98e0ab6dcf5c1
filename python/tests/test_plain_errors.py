"""Errors that are no classes of the author's: `std::io::Error`, boxed errors, `anyhow`."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap
import traceback
from typing import Any

import fixture
import pytest


def test_an_io_error_is_the_os_error_of_its_number(run: Any) -> None:
    async def main() -> None:
        with pytest.raises(FileNotFoundError) as caught:
            await fixture.fail_by_system(errno.ENOENT)
        assert (caught.value.errno, caught.value.strerror) == (errno.ENOENT, os.strerror(errno.ENOENT))
        with pytest.raises(OSError) as other:
            await fixture.fail_by_system(errno.EMFILE)
        assert other.value.errno == errno.EMFILE

    run(main())


@pytest.mark.parametrize(
    ("kind", "error", "number"),
    [
        ("not_found", FileNotFoundError, errno.ENOENT),
        ("timed_out", TimeoutError, errno.ETIMEDOUT),
        ("broken_pipe", BrokenPipeError, errno.EPIPE),
        ("other", OSError, None),
    ],
)
def test_a_kind_has_its_number(run: Any, kind: str, error: type[OSError], number: int | None) -> None:
    async def main() -> None:
        with pytest.raises(OSError) as caught:
            await fixture.fail_by_kind(kind)
        assert (type(caught.value), caught.value.errno) == (error, number)
        assert "so it is" in str(caught.value)

    run(main())


def test_a_boxed_error_is_what_is_in_it(run: Any) -> None:
    with pytest.raises(RuntimeError, match="^just text$") as caught:
        fixture.fail_now()
    assert type(caught.value) is RuntimeError

    async def main() -> None:
        with pytest.raises(FileNotFoundError, match="no such row"):
            await fixture.fail_boxed()

    run(main())


def test_a_chain(run: Any) -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match="^opening") as caught:
            await fixture.fail_anyhow()
        reading = caught.value.__cause__
        assert str(reading) == "reading the table"
        assert isinstance(reading.__cause__, FileNotFoundError)
        lines = "".join(traceback.format_exception(caught.type, caught.value, caught.tb))
        assert "await fixture.fail_anyhow()" in lines, "it shows who awaited"

    run(main())


def test_an_exception_of_python_comes_out_of_a_chain(run: Any) -> None:
    error = KeyError("mine")

    async def fails() -> None:
        raise error

    async def main() -> None:
        with pytest.raises(RuntimeError, match="^asking") as caught:
            await fixture.fail_as(fails)
        assert caught.value.__cause__ is error

    run(main())


def test_a_rust_backtrace_is_a_note() -> None:
    script = """
        import asyncio, fixture
        async def main():
            try:
                await fixture.fail_anyhow()
            except RuntimeError as error:
                print(getattr(error, "__notes__", []))
        asyncio.run(main())
    """

    def notes(**env: str) -> str:
        command = [sys.executable, "-c", textwrap.dedent(script)]
        return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=True).stdout

    assert notes(RUST_LIB_BACKTRACE="0").strip() == "[]"
    noted = notes(RUST_LIB_BACKTRACE="1")
    assert "in Rust:" in noted and "fail_anyhow" in noted
