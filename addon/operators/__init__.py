# SPDX-License-Identifier: GPL-3.0-or-later
"""All operators, `bpy.ops.headbridge.*`: every module here lists its own in `CLASSES`."""

import importlib
import pkgutil

import bpy

from .. import job_runner
from . import compare
from .job_operator import JobOperator

_MODULES = [importlib.import_module(f".{found.name}", __name__) for found in pkgutil.iter_modules(__path__)]
CLASSES = tuple(cls for module in _MODULES for cls in getattr(module, "CLASSES", ()))
JOBS = tuple(cls for cls in CLASSES if issubclass(cls, JobOperator))


def register():
    for cls in CLASSES:
        # A tooltip breaks its lines itself.
        cls.bl_description = " ".join(cls.__doc__.split())
        bpy.utils.register_class(cls)
    compare.register_keys()


def unregister():
    for workspace in bpy.data.workspaces:
        # What runs and tools of the mouse have their hints there.
        workspace.status_text_set(None)
    job_runner.abort()
    compare.unregister_keys()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
