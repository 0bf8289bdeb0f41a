#!/usr/bin/env bash
# Builds and validates the Blender extension: dist/headbridge-<version>.zip.
#
#   scripts/build_extension.sh [--without flame] [OUTPUT-FOLDER]
#
# --without flame leaves out all that derives from FLAME's template, whose use clauses go beyond the GPL; what needs it
# then says so. Uses `blender` when it is on PATH, else the extension tool inside the `bpy` wheel of $PYTHON (default:
# python3).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
output=$root/dist
flame=yes
while [ $# -gt 0 ]; do
  case $1 in
    --without)
      [ "${2:-}" = flame ] || { echo "error: only flame can be left out, not '${2:-}'." >&2; exit 2; }
      flame=no
      shift
      ;;
    -*) echo "error: unknown argument '$1'; see the head of scripts/build_extension.sh." >&2; exit 2 ;;
    *) output=$1 ;;
  esac
  shift
done
output=$(mkdir -p "$output" && cd "$output" && pwd)
. "$root/scripts/extension_tool.sh"

source=$root
if [ $flame = no ]; then
  source=$(mktemp -d)
  trap 'rm -rf "$source"' EXIT
  (cd "$root" && cp -R __init__.py blender_manifest.toml pyproject.toml LICENSE README.md THIRD_PARTY.md addon backend "$source")
  flame_assets=$("$python" -c 'import ast, sys
for node in ast.parse(open(sys.argv[1], encoding="utf-8").read()).body:
    if isinstance(node, ast.Assign) and node.targets[0].id == "FLAME_ASSETS":
        print(*ast.literal_eval(node.value))' "$root/backend/headbridge/topologies/builtin.py")
  # MIT's text for the UV layout, which is in flame.npz, goes with it.
  (cd "$source/backend/headbridge/assets" && rm $flame_assets LICENSE.flame.md LICENSE.flame_uv.txt)
fi
"${tool[@]}" build --source-dir "$source" --output-dir "$output"
archive=$(ls -t "$output"/headbridge-[0-9]*.zip | head -1)
"${tool[@]}" validate "$archive"
echo "$archive"
