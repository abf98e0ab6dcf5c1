#!/usr/bin/env bash
# What type checkers make of the golden stubs: `check.sh VENV`.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
MYPYPATH=crates/cli/tests/golden "$1/bin/mypy" --strict crates/cli/tests/types/callbacks.py
node/node_modules/.bin/tsc -p crates/cli/tests/types
