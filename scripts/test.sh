#!/usr/bin/env bash
# Sets up the environment, checks the code's form and types and runs the tests, one process a core; arguments go to pytest.
#
#   scripts/test.sh                          all tests, on Python 3.11, else 3.13, else 3.12
#   scripts/test.sh -m "not slow"            the quick half, in under two minutes
#   scripts/test.sh tests/backend/mesh -x    some of them
#   scripts/test.sh -n 0 --pdb               in one process
#   scripts/test.sh --python 3.13 ...        on another Python, in an environment of its own (.venv-3.13)
set -euo pipefail
if [ "${1:-}" = --python ]; then
  [ $# -gt 1 ] || { echo "error: --python needs a version, such as 3.13." >&2; exit 2; }
  version=$2
  shift 2
fi
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
cd "$root"
headbridge_check_module || exit 1
echo "Checking the code's form (mended by: $python -m ruff check --fix . && $python -m ruff format .)"
"$python" -m ruff check .
"$python" -m ruff format --check .
"$python" -m pyrefly check --python-interpreter-path "$python" --output-format min-text
echo "Running the tests"
# Tests of a file stay together: they share what its fixtures cost. Threads of numerical libraries wait without spinning,
# or the processes would take the cores from each other.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-PASSIVE}"
exec "$python" -m pytest --numprocesses auto --dist loadfile "$@"
