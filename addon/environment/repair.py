# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving an environment a new base interpreter when the Blender it was made with has moved or was removed.

The packages stay, so this takes a second or two. It needs a Python of the same version.
"""

from __future__ import annotations

import os
import subprocess
import sys

from ..job_client import NO_WINDOW, BackendError
from . import base_python
from .store import Environment


def base_folder(environment: Environment) -> str:
    """The folder of the interpreter the environment was made with; empty when it does not say."""
    try:
        with open(os.path.join(environment.folder, "pyvenv.cfg"), encoding="utf-8") as file:
            lines = [line.partition("=") for line in file]
    except OSError:
        return ""
    return next((value.strip() for name, _, value in lines if name.strip() == "home"), "")


def runs(environment: Environment) -> bool:
    """Whether the environment's interpreter has the one it was made with."""
    # Elsewhere the interpreter is a link to the base; on Windows it is a program that starts the base.
    base = os.path.join(base_folder(environment), "python.exe") if sys.platform == "win32" else environment.interpreter
    return os.path.exists(base)


def repair(environment: Environment, own: str = sys.executable, **search) -> None:
    """Make the environment run again; raises `BackendError` when it cannot be.

    own, search : see `base_python.find`."""
    major, minor = map(int, environment.python.split("."))
    try:
        base = base_python.find((major, minor), (major, minor + 1), own, **search)
    except BackendError as problem:
        raise BackendError(
            f"The environment was made with the Python {environment.python} in {base_folder(environment)}, which is "
            "gone: press Update Environment in the add-on's preferences."
        ) from problem
    _remove_dead_links(os.path.dirname(environment.interpreter))
    made = subprocess.run(
        [base.program, "-m", "venv", "--upgrade", "--without-pip", environment.folder],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        **NO_WINDOW,
    )
    if made.returncode != 0 or not runs(environment):
        raise BackendError(
            f"The environment could not be repaired ({made.stderr.strip()[-200:]}): press Update Environment in the "
            "add-on's preferences."
        )


def _remove_dead_links(folder: str) -> None:
    # `venv --upgrade` leaves a link alone, wherever it leads.
    for entry in os.scandir(folder):
        if entry.is_symlink() and not os.path.exists(entry.path):
            os.remove(entry.path)
