#!/usr/bin/env bash
# Goes through Blender's window as a user does, and takes a picture of it at every step: OUTPUT-FOLDER/start.png ...
#
#   scripts/window_tour.sh [OUTPUT-FOLDER] [CHAPTER...]     (default: out/window, all chapters: pair photo video look german)
#
# Uses `blender` (or $BLENDER) with a profile of its own, the extension as scripts/build_extension.sh builds it, and the
# backend's interpreter $HEADBRIDGE_PYTHON (default: .venv/bin/python). It needs ImageMagick's `import`, and without a
# display Xvfb (Debian: imagemagick, xvfb); OpenGL in software will do. The jobs are real: all chapters take about fifteen minutes on two cores.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
output=$(mkdir -p "${1:-$root/out/window}" && cd "${1:-$root/out/window}" && pwd)
shift || true
blender=${BLENDER:-blender}
work=$(mktemp -d)
display=
taker=
trap 'for process in $taker $display; do kill "$process"; done; rm -rf "$work"' EXIT
command -v import >/dev/null || { echo "error: there is no \`import\`; install ImageMagick (Debian: apt install imagemagick)." >&2; exit 2; }

export BLENDER_USER_RESOURCES=$work/profile
export HEADBRIDGE_PYTHON=${HEADBRIDGE_PYTHON:-$root/.venv/bin/python}
[ -x "$HEADBRIDGE_PYTHON" ] || { echo "error: '$HEADBRIDGE_PYTHON' is not there; run scripts/test.sh once, or set HEADBRIDGE_PYTHON." >&2; exit 2; }
if [ -z "${DISPLAY:-}" ]; then
  command -v Xvfb >/dev/null || { echo "error: there is no display; install Xvfb (Debian: apt install xvfb), or set DISPLAY." >&2; exit 2; }
  exec 3<>"$work/number"
  Xvfb -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp 3>"$work/number" 2>/dev/null & display=$!
  for _ in $(seq 50); do [ -s "$work/number" ] && break; sleep 0.1; done
  export DISPLAY=:$(cat "$work/number")
fi
mkdir -p "$BLENDER_USER_RESOURCES"
archive=$("$root/scripts/build_extension.sh" "$work" | tail -1)
"$blender" -b --command extension install-file -r user_default --enable "$archive" >"$work/install.log" 2>&1 || { cat "$work/install.log" >&2; exit 1; }
# Blender says by a file when its window is ready for a picture, and waits until that file is gone.
while sleep 0.2; do
  for wanted in "$output"/*.wanted; do
    [ -e "$wanted" ] || continue
    import -window root "${wanted%.wanted}.png" && echo "${wanted%.wanted}.png"
    rm "$wanted"
  done
done & taker=$!
"$blender" --enable-event-simulate --window-geometry 0 0 1600 1000 --python-exit-code 1 --python "$root/scripts/window_tour.py" -- "$output" "$@"
