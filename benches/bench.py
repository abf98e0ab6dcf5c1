"""The benchmarks: Ponton and its peers, side by side, on every host. benches/README.md says how to read them.

.venv/3.13/bin/python benches/bench.py [python] [node] [web] [--quick] [--only CASE,..] [--write]
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from report import hosts, machine, stats, targets
from report.model import HOSTS, PONTON, Missing, Results, Samples, is_ponton
from report.runner import Runner, run
from report.terminal import Terminal, show

BENCHES = Path(__file__).resolve().parent
RESULTS = hosts.ROOT / hosts.BUILT / "results.json"
INTERRUPTED = 130


def main() -> int:
    args = _arguments()
    # As Ctrl-C: what was measured is kept, and no runner is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    terminal = Terminal()
    _requirements(terminal)
    if args.report:
        results, status = Results.load(RESULTS), 0
        _judge(results)
    else:
        results, status = _measure(args, terminal)
    show(results, Terminal(sys.stdout))
    if args.write and results.rows:
        _write(results, terminal)
    return status


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hosts", nargs="*", metavar="python|node|web", help="which hosts (default: all)")
    parser.add_argument(
        "--quick", action="store_true", help="fewer rounds and operations: within 3 minutes, builds aside"
    )
    parser.add_argument("--only", metavar="CASE,..", default="", help="only these cases")
    parser.add_argument("--write", action="store_true", help="write RESULTS.md, plots/ and the table in the README")
    parser.add_argument("--no-build", action="store_true", help="run what was built before")
    parser.add_argument(
        "--report", action="store_true", help="measure nothing: show (and write) the last results again"
    )
    args = parser.parse_args()
    if unknown := set(args.hosts) - set(HOSTS):
        parser.error(f"there is no host {', '.join(sorted(unknown))}: {', '.join(HOSTS)}")
    args.hosts = [host for host in HOSTS if host in args.hosts or not args.hosts]
    return args


def _requirements(terminal: Terminal) -> None:
    """Installs requirements.txt where this runs, if anything of it is missing or of another version."""
    path = BENCHES / "requirements.txt"
    pinned = (line.split(";")[0].split("==") for line in path.read_text().splitlines() if "==" in line)
    if all(_version(name.strip()) == wanted.strip() for name, wanted in pinned):
        return
    if sys.prefix == sys.base_prefix:
        raise SystemExit(
            "bench: run this with a .venv's Python (`make setup` makes it): .venv/3.13/bin/python benches/bench.py"
        )
    terminal.say(f"• installing benches/{path.name}")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(path)]
    if subprocess.run(pip, check=False).returncode:
        raise SystemExit(f"bench: pip could not install benches/{path.name}; see above")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _measure(args: argparse.Namespace, terminal: Terminal) -> tuple[Results, int]:
    """Builds and runs. The second answer is the exit code: 1 if Ponton was not built, or a runner failed."""
    options = hosts.Options(args.quick, tuple(case for case in args.only.split(",") if case))
    results = Results(
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        machine=machine.describe(),
        versions={"build": machine.tools(hosts.ROOT)},
        command=_command(args),
        quick=args.quick,
    )
    samples: list[Samples] = []
    unbuilt: list[Missing] = []
    status = 0
    try:
        todo: list[Runner] = []
        for host in args.hosts:
            found, broken = _prepare(host, options, args.no_build, results, terminal)
            todo += found
            unbuilt += broken
            status = 1 if any(item.subject in (PONTON, None) for item in broken) else status
        for place, runner in enumerate(todo, 1):
            well = _run(runner, f"{place} of {len(todo)}", samples, results, terminal)
            status = status if well else 1
    except KeyboardInterrupt:
        terminal.say("interrupted: what follows was measured before")
        status = INTERRUPTED
    results.rows = stats.rows([one for one in samples if not _stale(one, unbuilt)])
    _judge(results)
    if samples:
        results.save(RESULTS)
        terminal.say(f"wrote {RESULTS.relative_to(hosts.ROOT)}")
    else:
        terminal.say("nothing was measured")
    return results, status


def _prepare(
    host: str, options: hosts.Options, no_build: bool, results: Results, terminal: Terminal
) -> tuple[list[Runner], list[Missing]]:
    """Builds a host's contestants; gives its runners, and what was not built. A host that fails takes no other with it."""
    unbuilt: list[Missing] = []
    try:
        if not no_build:
            terminal.say(terminal.bold(f"Building the contestants of {host}"))
            unbuilt = [replace(item, why=_portable(item.why)) for item in hosts.build(host, options)]
            results.missing += unbuilt
        found, absent = hosts.runners(host, options)
        results.missing += absent
    except Exception as error:  # noqa: BLE001, whatever a build meets is its own host's trouble
        terminal.say(f"  {host}: {error!r}")
        broken = Missing(host, None, None, None, _portable(f"cannot be set up: {error}"))
        results.missing.append(broken)
        return [], [broken]
    return found, unbuilt


def _stale(one: Samples, unbuilt: list[Missing]) -> bool:
    """Whether this is of a package that an earlier build left, because the build of now failed."""
    return any(
        one.host == item.host
        and one.runtime.startswith(item.runtime or "")
        and (one.subject == item.subject or (item.subject == PONTON and is_ponton(one.subject)))
        for item in unbuilt
    )


def _run(runner: Runner, place: str, samples: list[Samples], results: Results, terminal: Terminal) -> bool:
    terminal.say(terminal.bold(f"Running {runner.name} ({place})"))
    started = time.monotonic()
    outcome = run(runner, hosts.ROOT, terminal)
    seconds = time.monotonic() - started
    samples += outcome.samples
    results.versions[outcome.runtime] = outcome.versions
    results.missing += [replace(item, why=_portable(item.why)) for item in outcome.missing]
    cases = len({one.case for one in outcome.samples})
    terminal.say(terminal.dim(f"  {outcome.runtime}: {cases} cases in {seconds:.0f} s"))
    if outcome.failure:
        terminal.say(f"  {outcome.runtime}: {outcome.failure}")
        why = _portable(f"the runner {outcome.failure}; what it measured before is kept")
        results.missing.append(Missing(runner.host, outcome.runtime, None, None, why))
    if outcome.interrupted:
        raise KeyboardInterrupt
    return outcome.failure is None


def _judge(results: Results) -> None:
    file = targets.load(BENCHES / "targets.toml")
    results.targets = targets.verdicts(file, results.rows, int(results.machine["cores"]))


def _write(results: Results, terminal: Terminal) -> None:
    # Not before it is needed: matplotlib may just have been installed, and takes a second to load.
    from report import page, plots

    drawn = plots.write(results, BENCHES / "plots")
    written = [*drawn, *page.write(results, BENCHES / "RESULTS.md", hosts.ROOT / "README.md")]
    for path in written:
        terminal.say(f"wrote {path.relative_to(hosts.ROOT)}")


def _command(args: argparse.Namespace) -> str:
    words = ["python benches/bench.py", *(args.hosts if len(args.hosts) < len(HOSTS) else [])]
    words += ["--quick"] if args.quick else []
    words += ["--only", args.only] if args.only else []
    return " ".join(words)


def _portable(text: str) -> str:
    """Paths of this machine say nothing elsewhere."""
    return text.replace(f"{hosts.ROOT}/", "").replace(str(Path.home()), "~")


if __name__ == "__main__":
    sys.exit(main())
