#!/usr/bin/env bash
# Sets up the environment and runs the tests; arguments go to pytest.
#
#   scripts/test.sh                          all tests
#   scripts/test.sh tests/backend/mesh -x    some of them
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
cd "$root"
echo "Running the tests"
exec "$python" -m pytest "$@"
