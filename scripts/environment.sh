# Sets up a Python environment of the repository, or reuses it; sourced by test.sh, demo.sh and coverage.sh.
#
# Set $version before ("3.12", "3.13"), else the first of 3.11, 3.13 and 3.12 that is there is taken. The environment of
# 3.11 is .venv, of others .venv-3.13 and so on. A Python is looked for in $HEADBRIDGE_PYTHON311 (or ...PYTHON313), then
# as python3.11, then as python3 or python when that is 3.11. Set $needs_module before where only a Python will do for
# which there is a Blender. Afterwards $root is the repository and $python the environment's interpreter.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case "$(uname -s)" in
  MINGW* | MSYS* | CYGWIN*) inside=Scripts/python.exe ;;
  *) inside=bin/python ;;
esac

# headbridge_is_python PROGRAM VERSION: a Python without ensurepip (Debian's without python3-venv) cannot make a usable
# environment.
headbridge_is_python() {
  "$1" -c 'import sys, ensurepip, venv; sys.exit("%d.%d" % sys.version_info[:2] != sys.argv[1])' "$2" >/dev/null 2>&1
}

# headbridge_folder VERSION: where its environment is.
headbridge_folder() { [ "$1" = 3.11 ] && echo "$root/.venv" || echo "$root/.venv-$1"; }

# headbridge_named VERSION: the Python that the user has named, if any.
headbridge_named() {
  local variable=HEADBRIDGE_PYTHON${1/./}
  echo "${!variable:-}"
}

# headbridge_on_path VERSION: the first Python of it.
headbridge_on_path() {
  local candidate
  for candidate in $(type -ap "python$1" python3 python); do
    headbridge_is_python "$candidate" "$1" && { echo "$candidate"; return 0; }
  done
  return 1
}

if [ -z "${version:-}" ]; then
  # Those for which Blender is a module come first.
  for version in 3.11 3.13 3.12 none; do
    if [ "$version" = none ] || [ -n "$(headbridge_named $version)" ] || headbridge_on_path $version >/dev/null ||
      headbridge_is_python "$(headbridge_folder $version)/$inside" $version; then
      break
    fi
  done
fi
# Blender as a module, without its dependencies: its metadata asks for NumPy 1, and it runs with NumPy 2 (all but its
# audio module, which says so when it is loaded). The others are in pyproject.toml's [dev].
case "$version" in
  3.11) bpy=bpy==5.0.1 ;;
  3.12) bpy= ;;
  3.13) bpy=bpy==5.3.0 ;;
  none)
    echo "error: no Python 3.11, 3.12 or 3.13 with venv was found; install one (Debian, Ubuntu: apt install python3-venv;" \
      "macOS: brew install python@3.13), or name one in HEADBRIDGE_PYTHON311, ...312 or ...313." >&2
    exit 1
    ;;
  *) echo "error: HeadBridge runs on Python 3.11, 3.12 and 3.13, not on '$version'." >&2; exit 2 ;;
esac
if [ -n "${needs_module:-}" ] && [ -z "$bpy" ]; then
  echo "error: there is no Blender module for Python $version: name a Blender program with --blender, or a Python 3.11 or" \
    "3.13 in HEADBRIDGE_PYTHON311 or HEADBRIDGE_PYTHON313." >&2
  exit 1
fi
folder=$(headbridge_folder "$version")
python=$folder/$inside

headbridge_find_python() {
  local named
  named=$(headbridge_named "$version")
  if [ -n "$named" ]; then
    headbridge_is_python "$named" "$version" && { echo "$named"; return 0; }
    echo "error: HEADBRIDGE_PYTHON${version/./}=$named is no Python $version with venv; name another." >&2
    return 1
  fi
  headbridge_on_path "$version" && return 0
  echo "error: Python $version with venv was not found; install it (Debian, Ubuntu: apt install python$version-venv;" \
    "macOS: brew install python@$version), or name one in HEADBRIDGE_PYTHON${version/./}." >&2
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
  local found stamp_file=$folder/headbridge.stamp
  if ! headbridge_is_python "$python" "$version"; then
    found=$(headbridge_find_python) || return 1
    echo "Creating $folder with $found"
    "$found" -m venv --clear "$folder" || return 1
  fi
  if [ "$(cat "$stamp_file" 2>/dev/null)" = "$(headbridge_stamp)" ]; then
    echo "Using $folder"
    return 0
  fi
  echo "Installing the pinned packages into $folder (first time: 2 GB, or 7 GB with the CUDA build of PyTorch; a few minutes)"
  rm -f "$stamp_file"
  (cd "$root" && "$python" -m pip install --quiet --disable-pip-version-check --editable '.[dev]' &&
    { [ -z "$bpy" ] || "$python" -m pip install --quiet --disable-pip-version-check --no-deps "$bpy"; }) || {
    echo "error: the packages could not be installed; see pip's message above, then run this again." >&2
    return 1
  }
  headbridge_stamp >"$stamp_file"
}

# The module that is there must load: it needs libraries that a bare Linux server lacks.
headbridge_check_module() {
  local problem
  [ -n "$bpy" ] || return 0
  problem=$("$python" -c 'import bpy' 2>&1) && return 0
  echo "error: Blender's module cannot be loaded: ${problem##*$'\n'}" >&2
  echo "Install the system library it names (Debian, Ubuntu: apt install libegl1 libgl1 libsm6 libxfixes3 libxi6" \
    "libxkbcommon0 libxrender1 libxxf86vm1)." >&2
  return 1
}

headbridge_prepare || exit 1
