# Sets up a Python environment of the repository, or reuses it; sourced by test.sh and demo.sh.
#
# Set $version before ("3.12", "3.13"), else 3.11 is taken, of which the environment is .venv; of others .venv-3.13 and so
# on. Needs that Python: $HEADBRIDGE_PYTHON311 (or ...PYTHON313), else python3.11, else python3 or python when it is 3.11.
# Afterwards $root is the repository and $python the environment's interpreter.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
version=${version:-3.11}
folder=.venv
# Blender as a module, without its dependencies: its metadata asks for NumPy 1, and it runs with NumPy 2 (all but its
# audio module, which says so when it is loaded). The others are in pyproject.toml's [dev].
case "$version" in
  3.11) bpy=bpy==5.0.1 ;;
  3.12) bpy= folder=.venv-3.12 ;; # no Blender has this Python
  3.13) bpy=bpy==5.3.0 folder=.venv-3.13 ;;
  *) echo "error: HeadBridge runs on Python 3.11, 3.12 and 3.13, not on '$version'." >&2; exit 2 ;;
esac
case "$(uname -s)" in
  MINGW* | MSYS* | CYGWIN*) python=$root/$folder/Scripts/python.exe ;;
  *) python=$root/$folder/bin/python ;;
esac

headbridge_is_wanted_python() {
  # A Python without ensurepip (Debian's without python3-venv) cannot make a usable environment.
  "$1" -c 'import sys, ensurepip, venv; sys.exit("%d.%d" % sys.version_info[:2] != sys.argv[1])' "$version" >/dev/null 2>&1
}

headbridge_find_python() {
  local candidate variable=HEADBRIDGE_PYTHON${version/./}
  if [ -n "${!variable:-}" ]; then
    headbridge_is_wanted_python "${!variable}" && { echo "${!variable}"; return 0; }
    echo "error: $variable=${!variable} is no Python $version with venv; name another." >&2
    return 1
  fi
  for candidate in $(type -ap "python$version" python3 python); do
    headbridge_is_wanted_python "$candidate" && { echo "$candidate"; return 0; }
  done
  echo "error: Python $version with venv was not found; install it (Debian, Ubuntu: apt install python$version-venv;" \
    "macOS: brew install python@$version), or name one in $variable." >&2
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
  local found stamp_file=$root/$folder/headbridge.stamp
  if ! headbridge_is_wanted_python "$python"; then
    found=$(headbridge_find_python) || return 1
    echo "Creating $root/$folder with $found"
    "$found" -m venv --clear "$root/$folder" || return 1
  fi
  if [ "$(cat "$stamp_file" 2>/dev/null)" = "$(headbridge_stamp)" ]; then
    echo "Using $root/$folder"
    return 0
  fi
  echo "Installing the pinned packages into $root/$folder (first time: half a GB, or 4 GB with the CUDA build of PyTorch; a few minutes)"
  rm -f "$stamp_file"
  (cd "$root" && "$python" -m pip install --quiet --disable-pip-version-check --editable '.[dev]' &&
    { [ -z "$bpy" ] || "$python" -m pip install --quiet --disable-pip-version-check --no-deps "$bpy"; }) || {
    echo "error: the packages could not be installed; see pip's message above, then run this again." >&2
    return 1
  }
  headbridge_stamp >"$stamp_file"
}

headbridge_prepare || exit 1
