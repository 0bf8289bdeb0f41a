"""Print the path of `blender_ext.py`, the extension tool that comes inside the `bpy` wheel from version 5.0 on."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def extension_tool() -> Path | None:
    """The tool's file, found without importing bpy; None when there is no wheel that has it."""
    found = importlib.util.find_spec("bpy")
    if found is None or not found.submodule_search_locations:
        return None
    pattern = "*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
    return next((file for folder in found.submodule_search_locations for file in Path(folder).glob(pattern)), None)


if __name__ == "__main__":
    tool = extension_tool()
    if tool is None:
        sys.exit("Building needs `blender` on PATH, or `pip install bpy==5.0.1` for the Python named by PYTHON.")
    print(tool)
