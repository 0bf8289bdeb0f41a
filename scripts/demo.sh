#!/usr/bin/env bash
# The demo: registers FLAME onto HACK, HACK onto FLAME and HACK onto a scan, gives HACK FLAME's UVs and bakes the scan's
# photograph into them, fits a head to a portrait and to a picture of the scan, in real Blender without a window, and
# leaves a .blend file, pictures and a report in out/.
#
#   scripts/demo.sh [--output FOLDER]        with the bpy module of the environment it sets up
#   scripts/demo.sh --blender [PROGRAM]      with a Blender program: PROGRAM, else $HEADBRIDGE_BLENDER, else `blender`
#
# Exit code: 0 done, 1 when a job failed or turned triangles over, 2 for wrong arguments.
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

output=$scripts/../out
blender=${HEADBRIDGE_BLENDER:-}
while [ $# -gt 0 ]; do
  case $1 in
    --output)
      [ $# -gt 1 ] || { echo "error: --output needs a folder." >&2; exit 2; }
      output=$2
      shift 2
      ;;
    --blender)
      if [ $# -gt 1 ] && [ "${2#--}" = "$2" ]; then
        blender=$2
        shift
      fi
      blender=${blender:-blender}
      shift
      ;;
    -h | --help)
      sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *)
      echo "error: unknown argument '$1'; see scripts/demo.sh --help." >&2
      exit 2
      ;;
  esac
done
if [ -n "$blender" ] && ! command -v "$blender" >/dev/null; then
  echo "error: '$blender' is no program; name Blender's with --blender or HEADBRIDGE_BLENDER." >&2
  exit 2
fi

needs_module=$([ -n "$blender" ] || echo yes)
. "$scripts/environment.sh"
mkdir -p "$output"
output=$(cd "$output" && pwd)
# A Blender profile of its own, so that the user's settings and extensions stay as they are.
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
export BLENDER_USER_RESOURCES=$profile/resources HEADBRIDGE_PYTHON=$python

echo "Building the extension"
PYTHON=$python "$scripts/build_extension.sh" "$profile" >"$profile/build.log" 2>&1 || {
  cat "$profile/build.log" >&2
  exit 1
}
extension=$(ls "$profile"/headbridge-*.zip)

if [ -n "$blender" ]; then
  command=("$blender" --background --python-exit-code 1 --python "$scripts/demo.py" --)
else
  headbridge_check_module || { echo "Or use a Blender program with --blender." >&2; exit 1; }
  command=("$python" "$scripts/demo.py")
fi
# Blender tells of every tile and file it renders; what is left are the demo's own lines.
"${command[@]}" --extension "$extension" --output "$output" |
  { grep --line-buffered -v -E '^Fra:|Saved: |^ *Time: |^$' || true; }
