"""``python -m ponton lab``."""

from __future__ import annotations

import argparse
import os
import sys

from .lab import cli


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m ponton")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    cli.add_parser(commands)
    try:
        return cli.main(parser.parse_args())
    except BrokenPipeError:
        # A reader such as `head` that has seen enough is no failure; the flush at exit must not try again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
