# Names Blender's extension tool in $tool, to be sourced: `blender` when it is on PATH, else the tool inside the `bpy`
# wheel of $PYTHON (default: python3).
python=${PYTHON:-python3}
if command -v blender >/dev/null; then
  tool=(blender --factory-startup --background --command extension)
elif cli=$("$python" "$(dirname "${BASH_SOURCE[0]}")/extension_tool.py"); then
  tool=("$python" "$cli")
else
  exit 1
fi
