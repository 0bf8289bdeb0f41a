#!/usr/bin/env bash
# Builds the pages under docs/ as a site in site/: open site/index.html, which needs no server and no network (only its
# search wants a server, such as `python -m http.server -d site`). Ends with an error where a link leads nowhere.
#
#   scripts/build_docs.sh
#
# The generator is pinned in pyproject.toml's [docs] and gets an environment of its own, .venv-docs, made with $PYTHON
# (default: python3).
set -euo pipefail
cd "$(dirname "$0")/.."
environment=.venv-docs
if [ ! -e "$environment/pip-done" ] || [ pyproject.toml -nt "$environment/pip-done" ]; then
  "${PYTHON:-python3}" -m venv "$environment"
  # Windows has its programs in Scripts.
  [ -d "$environment/bin" ] || ln -s Scripts "$environment/bin"
  packages=$("$environment/bin/python" -c '
import tomllib
print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["docs"])')
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check $packages
  touch "$environment/pip-done"
fi
"$environment/bin/zensical" build --strict --clean --config-file mkdocs.yml
echo site/index.html
