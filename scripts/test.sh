#!/usr/bin/env bash
# Sets up the environment, checks the code's form and runs the tests, one process a core; arguments go to pytest.
#
#   scripts/test.sh                          all tests
#   scripts/test.sh -m "not slow"            the quick half, in under two minutes
#   scripts/test.sh tests/backend/mesh -x    some of them
#   scripts/test.sh -n 0 --pdb               in one process
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
cd "$root"
echo "Checking the code's form (mended by: .venv/bin/ruff check --fix . && .venv/bin/ruff format .)"
"$python" -m ruff check .
"$python" -m ruff format --check .
echo "Running the tests"
# Tests of a file stay together: they share what its fixtures cost. Threads of numerical libraries wait without spinning,
# or the processes would take the cores from each other.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-PASSIVE}"
exec "$python" -m pytest --numprocesses auto --dist loadfile "$@"
