#!/usr/bin/env bash
# Sets up the environment, checks the code's form and runs the tests; arguments go to pytest.
#
#   scripts/test.sh                          all tests
#   scripts/test.sh -m "not slow"            the quick half, in under two minutes
#   scripts/test.sh tests/backend/mesh -x    some of them
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
cd "$root"
echo "Checking the code's form (mended by: .venv/bin/ruff check --fix . && .venv/bin/ruff format .)"
"$python" -m ruff check .
"$python" -m ruff format --check .
echo "Running the tests"
exec "$python" -m pytest "$@"
