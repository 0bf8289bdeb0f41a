# Sets up the Python environment .venv of the repository, or reuses it; sourced by test.sh and demo.sh.
#
# Needs Python 3.11: $HEADBRIDGE_PYTHON311, else python3.11, else python3 or python when it is 3.11.
# Afterwards $root is the repository and $python the environment's interpreter.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case "$(uname -s)" in
  MINGW* | MSYS* | CYGWIN*) python=$root/.venv/Scripts/python.exe ;;
  *) python=$root/.venv/bin/python ;;
esac
# Blender as a module, without its dependencies: its metadata asks for NumPy 1, and it runs with NumPy 2 (all but its
# audio module, which says so when it is loaded). The others are in pyproject.toml's [dev].
bpy=bpy==5.0.1

headbridge_is_python311() {
  # A Python without ensurepip (Debian's without python3-venv) cannot make a usable environment.
  "$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1
}

headbridge_find_python311() {
  local candidate
  if [ -n "${HEADBRIDGE_PYTHON311:-}" ]; then
    headbridge_is_python311 "$HEADBRIDGE_PYTHON311" && { echo "$HEADBRIDGE_PYTHON311"; return 0; }
    echo "error: HEADBRIDGE_PYTHON311=$HEADBRIDGE_PYTHON311 is no Python 3.11 with venv; name another." >&2
    return 1
  fi
  for candidate in $(type -ap python3.11 python3 python); do
    headbridge_is_python311 "$candidate" && { echo "$candidate"; return 0; }
  done
  echo "error: Python 3.11 with venv was not found; install it (Debian, Ubuntu: apt install python3.11-venv;" \
    "macOS: brew install python@3.11), or name one in HEADBRIDGE_PYTHON311." >&2
  return 1
}

headbridge_stamp() {
  # The folder belongs to the stamp because an editable install points to it.
  "$python" - "$root" <<'PYTHON'
import hashlib, pathlib, sys
root = pathlib.Path(sys.argv[1])
files = [root / name for name in ("pyproject.toml", "backend/headbridge/requirements.txt", "scripts/environment.sh")]
content = [sys.version.encode(), str(root).encode(), *(file.read_bytes() for file in files)]
print(hashlib.sha256(b"\0".join(content)).hexdigest())
PYTHON
}

headbridge_prepare() {
  local found stamp_file=$root/.venv/headbridge.stamp
  if ! headbridge_is_python311 "$python"; then
    found=$(headbridge_find_python311) || return 1
    echo "Creating $root/.venv with $found"
    "$found" -m venv --clear "$root/.venv" || return 1
  fi
  if [ "$(cat "$stamp_file" 2>/dev/null)" = "$(headbridge_stamp)" ]; then
    echo "Using $root/.venv"
    return 0
  fi
  echo "Installing the pinned packages into $root/.venv (first time: half a GB, or 4 GB with the CUDA build of PyTorch; a few minutes)"
  rm -f "$stamp_file"
  (cd "$root" && "$python" -m pip install --quiet --disable-pip-version-check --editable '.[dev]' &&
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps "$bpy") || {
    echo "error: the packages could not be installed; see pip's message above, then run this again." >&2
    return 1
  }
  headbridge_stamp >"$stamp_file"
}

headbridge_prepare || exit 1
