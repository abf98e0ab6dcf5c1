"""Sub-interpreters are refused, and a second import gives the same classes."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

# Each as (how to make one and run code in it, what the refusal says).
COMMON = """
import sys
import asyncio

SOURCE = '''
try:
    import fixture
except ImportError as error:
    assert "interpreter" in str(error), error
    assert "fixture" in str(error) or "Ponton" in str(error), error
else:
    raise SystemExit("it was not refused")
'''

def refused(run):
    run(SOURCE)
"""

if sys.version_info >= (3, 13):
    KINDS = {
        "isolated": """
            import _interpreters
            each = _interpreters.create("isolated")
            def run(source):
                failure = _interpreters.run_string(each, source)
                assert failure is None, failure
        """,
        "legacy": """
            import _interpreters
            each = _interpreters.create("legacy")
            def run(source):
                failure = _interpreters.run_string(each, source)
                assert failure is None, failure
        """,
    }
else:
    KINDS = {
        "legacy": """
            import _xxsubinterpreters as interpreters
            each = interpreters.create(isolated=False) if sys.version_info >= (3, 10) else interpreters.create()
            def run(source):
                interpreters.run_string(each, source)
        """,
    }

WHEN = {
    "before the main one": """
        refused(run)
        import fixture
    """,
    "after the main one": """
        import fixture
        asyncio.run(fixture.nap(0.001))
        refused(run)
    """,
}


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("kind", KINDS)
def test_refused(kind: str, when: str) -> None:
    source = COMMON + textwrap.dedent(KINDS[kind]) + textwrap.dedent(WHEN[when])
    source += "assert asyncio.run(fixture.nap(0.001, 3)) == 3\n"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_imported_again() -> None:
    source = """
        import asyncio, sys
        import fixture
        from fixture import Counter, Failure, nap
        for name in [name for name in sys.modules if name.startswith("fixture")]:
            del sys.modules[name]
        import fixture as again
        assert again is not fixture
        assert again.Counter is Counter and again.Failure is Failure and again.nap is nap
        assert again.__all__ == fixture.__all__ and again.__doc__ == fixture.__doc__
        assert Counter().plus(again.Counter(start=2)) == 2
        assert asyncio.run(again.nap(0.001, 3)) == 3
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
