# SPDX-License-Identifier: GPL-3.0-or-later
"""`blender -b --command headbridge ...`: the backend's command line, run by the backend's interpreter."""

from __future__ import annotations

import subprocess
import sys

import bpy

from . import paths
from .job_client import BackendError, worker_environment

NAME = "headbridge"
BAD_INPUT = 2
CANCELLED = 130

_handle = None


def run(arguments: list[str]) -> int:
    """Run the backend's command line with these arguments and return its exit code."""
    try:
        python = paths.interpreter()
    except BackendError as problem:
        print(f"headbridge: {problem}", file=sys.stderr)
        return BAD_INPUT
    command = [python, "-m", "headbridge", *arguments]
    process = subprocess.Popen(command, env=worker_environment(paths.BACKEND_FOLDER))
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait()
        return CANCELLED


def register():
    global _handle
    _handle = bpy.utils.register_cli_command(NAME, run)


def unregister():
    bpy.utils.unregister_cli_command(_handle)
