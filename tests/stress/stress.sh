#!/usr/bin/env bash
# Mixed operations on one host, or on each in turn: `stress.sh MINUTES [SEED] [HOST] [ROUND]`, what is empty is chosen.
# Needs the fixture as `make test-python test-node test-web` builds it.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=$(awk -v minutes="${1:-1}" 'BEGIN { print minutes * 60 }')
seed=${2:-$(date +%s)}
round=${4:+--round $4}
newest=$(tests/tools/pythons.sh --ends | cut -d' ' -f1 | tail -1)

python() {
    PYTHONPATH=target/test/python/$newest ".venv/$newest/bin/python" tests/stress/python/stress.py \
        --seconds "$seconds" --seed "$seed" $round
}

node() {
    command node tests/stress/js/node.mjs --addon "$(echo target/test/node/fixture/*.node)" \
        --seconds "$seconds" --seed "$seed" $round
}

web() {
    command node tests/stress/js/web.mjs --package target/test/web/fixture --seconds "$seconds" --seed "$seed" $round
}

case ${3:-} in
    '') for host in python node web; do "$host"; done ;;
    python | node | web) "$3" ;;
    *) echo "HOST is python, node or web, not '$3'" >&2 && exit 2 ;;
esac
