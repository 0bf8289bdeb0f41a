#!/usr/bin/env bash
# Prints which share of each package's lines the tests run; arguments go to pytest (default: the quick half).
#
#   scripts/coverage.sh                       the quick half, in one process
#   scripts/coverage.sh tests/backend/mesh    some of them
#
# What tests run in processes of their own (commands, workers, Blender) is not seen.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
cd "$root"
"$python" -m pip install --quiet --disable-pip-version-check $("$python" -c '
import tomllib
print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["coverage"])')
[ $# -gt 0 ] || set -- -m "not slow"
data=$(mktemp)
trap 'rm -f "$data"' EXIT
COVERAGE_FILE=$data "$python" -m coverage run --source backend/headbridge,addon -m pytest -q "$@" || failed=$?
COVERAGE_FILE=$data "$python" -m coverage json -q -o - | "$python" -c '
import collections, json, sys
lines = collections.defaultdict(lambda: [0, 0])
for name, file in json.load(sys.stdin)["files"].items():
    parts = name.replace("\\", "/").split("/")
    package = parts[0] if parts[0] == "addon" else "/".join(parts[1:-1][:2])
    for key in (package, "all"):
        lines[key][0] += file["summary"]["covered_lines"]
        lines[key][1] += file["summary"]["num_statements"]
for package, (run, there) in sorted(lines.items()):
    print(f"{package:<36}{run:>8} of {there:>6} lines {run / max(there, 1):>6.0%}")'
exit "${failed:-0}"
