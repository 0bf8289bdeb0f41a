# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the extension's own files and its writable folders are, and which interpreter runs the backend."""

from __future__ import annotations

import os
import shutil
import sys
import time

import bpy

from .. import __package__ as base_package
from .job_client import BackendError

INTERPRETER_VARIABLE = "HEADBRIDGE_PYTHON"
EXTENSION_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BACKEND_FOLDER = os.path.join(EXTENSION_FOLDER, "backend")
ASSETS_FOLDER = os.path.join(BACKEND_FOLDER, "headbridge", "assets")


def user_folder(name: str) -> str:
    """A writable folder of this extension, made when it is not there."""
    return bpy.utils.extension_path_user(base_package, path=name, create=True)


def remove_old(folder: str, days: float) -> None:
    """Remove what sessions that ended badly have left in one of the extension's folders."""
    before = time.time() - days * 86400.0
    for entry in os.scandir(folder):
        if entry.stat(follow_symlinks=False).st_mtime < before:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.remove(entry.path)


def environment_folder() -> str:
    """Where the extension keeps its own backend environment (which may not exist yet)."""
    return bpy.utils.extension_path_user(base_package, path="backend", create=False)


def environment_python(folder: str) -> str:
    """The interpreter inside a virtual environment."""
    return (
        os.path.join(folder, "Scripts", "python.exe")
        if sys.platform == "win32"
        else os.path.join(folder, "bin", "python")
    )


def preferences():
    """The add-on's preferences."""
    return bpy.context.preferences.addons[base_package].preferences


def interpreter_choice() -> tuple[str, str]:
    """(path, origin) of the interpreter that is asked for; the path is empty when none is set up."""
    named = os.environ.get(INTERPRETER_VARIABLE, "")
    if named:
        return named, f"environment variable {INTERPRETER_VARIABLE}"
    named = bpy.path.abspath(preferences().interpreter) if preferences().interpreter else ""
    if named:
        return named, "preferences"
    own = environment_python(environment_folder())
    return (own, "created by HeadBridge") if os.path.exists(own) else ("", "")


def interpreter() -> str:
    """The interpreter that runs the backend; raises `BackendError` when there is none."""
    path, origin = interpreter_choice()
    if not path:
        raise BackendError(
            "The backend is not installed: press Create Backend Environment in the add-on's preferences, "
            "or name a Python interpreter there."
        )
    if not os.path.isfile(path):
        raise BackendError(
            f"The backend interpreter '{path}' ({origin}) does not exist; choose another in the add-on's preferences."
        )
    return path
