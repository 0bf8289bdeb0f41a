#!/usr/bin/env bash
# Builds and validates the Blender extension: dist/headbridge-<version>.zip.
#
#   scripts/build_extension.sh [OUTPUT-FOLDER]
#
# Uses `blender` when it is on PATH, else the extension tool inside the `bpy` wheel of $PYTHON (default: python3).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
output=$(mkdir -p "${1:-$root/dist}" && cd "${1:-$root/dist}" && pwd)
python=${PYTHON:-python3}

if command -v blender >/dev/null; then
  tool=(blender --factory-startup --background --command extension)
elif cli=$("$python" "$root/scripts/extension_tool.py"); then
  tool=("$python" "$cli")
else
  exit 1
fi

"${tool[@]}" build --source-dir "$root" --output-dir "$output"
archive=$(ls -t "$output"/headbridge-*.zip | head -1)
"${tool[@]}" validate "$archive"
echo "$archive"
