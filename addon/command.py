# SPDX-License-Identifier: GPL-3.0-or-later
"""`blender -b --command headbridge ...`: the backend's command line, run by the backend's interpreter.

Only what the backend cannot do is done here: OUT of `register` and `uv` may also be a .blend file, which then holds the
result as an object.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile

import bpy

from . import blend_output, paths
from .job_client import BackendError, worker_environment

NAME = "headbridge"
FAILED = 1
BAD_INPUT = 2
# Good, and written but to be looked at.
WRITTEN = (0, 3)

_handle = None


def run(arguments: list[str]) -> int:
    """Run the backend's command line with these arguments and return its exit code."""
    try:
        python = paths.interpreter()
    except BackendError as problem:
        return _tell(str(problem), BAD_INPUT)
    outputs, others = _outputs(arguments)
    if others[:1] not in (["register"], ["uv"]) or not (outputs.output or "").lower().endswith(".blend"):
        return _backend(python, arguments)
    if not os.path.isdir(os.path.dirname(os.path.abspath(outputs.output))):
        return _tell(f"{outputs.output}: the folder does not exist; create it first.", BAD_INPUT)
    with tempfile.TemporaryDirectory(prefix="headbridge-") as folder:
        mesh_file = os.path.join(folder, "result.npz")
        metrics_file = outputs.json or os.path.join(folder, "metrics.json")
        status = _backend(python, [*others, "--output", mesh_file, "--json", metrics_file])
        if status in WRITTEN:
            try:
                blend_output.save(mesh_file, metrics_file, outputs.output)
            except (OSError, RuntimeError) as problem:
                return _tell(f"{outputs.output} could not be written: {problem}", FAILED)
    return status


def _outputs(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("-o", "--output", nargs="?")
    parser.add_argument("--json", nargs="?")
    return parser.parse_known_args(arguments)


def _backend(python: str, arguments: list[str]) -> int:
    in_use = paths.use_environment(python)
    variables = worker_environment(paths.BACKEND_FOLDER, threads=paths.preferences().threads)
    process = subprocess.Popen([python, "-m", "headbridge", *arguments], env=variables)
    while True:
        try:
            status = process.wait()
        except KeyboardInterrupt:
            # The terminal sends Ctrl-C to the backend too, which ends by itself with its own exit code.
            continue
        if in_use is not None:
            in_use.release()
        return status


def _tell(text: str, status: int) -> int:
    print(f"headbridge: error: {text}", file=sys.stderr)
    return status


def register():
    global _handle
    _handle = bpy.utils.register_cli_command(NAME, run)


def unregister():
    bpy.utils.unregister_cli_command(_handle)
