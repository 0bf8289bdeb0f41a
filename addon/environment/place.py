# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the environments are, and the files inside one."""

from __future__ import annotations

import glob
import os
import sys

FOLDER_VARIABLE = "HEADBRIDGE_ENVIRONMENTS"


def environments_folder(variables=os.environ, platform: str = sys.platform) -> str:
    """The folder of all environments of this user. It is short, as Windows programs may not name files by more than
    259 characters and PyTorch's own take 167 of them."""
    if variables.get(FOLDER_VARIABLE):
        return os.path.abspath(variables[FOLDER_VARIABLE])
    home = os.path.expanduser("~")
    if platform == "win32":
        base = variables.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
        return os.path.join(base, "HeadBridge", "env")
    if platform == "darwin":
        return os.path.join(home, "Library", "Application Support", "HeadBridge", "env")
    # The base directory specification wants a path that is not absolute to be ignored.
    base = variables.get("XDG_DATA_HOME", "")
    return os.path.join(base if os.path.isabs(base) else os.path.join(home, ".local", "share"), "headbridge", "env")


def environment_python(folder: str) -> str:
    """The interpreter inside a virtual environment."""
    return (
        os.path.join(folder, "Scripts", "python.exe")
        if sys.platform == "win32"
        else os.path.join(folder, "bin", "python")
    )


def package_count(folder: str) -> int:
    """How many packages a virtual environment has."""
    parts = ("Lib",) if sys.platform == "win32" else ("lib", "python*")
    return len(glob.glob(os.path.join(glob.escape(folder), *parts, "site-packages", "*.dist-info")))
