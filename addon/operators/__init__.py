# SPDX-License-Identifier: GPL-3.0-or-later
"""All operators, `bpy.ops.headbridge.*`."""

import bpy

from . import add_head, backend, compare, landmarks, register_heads

CLASSES = (*add_head.CLASSES, *register_heads.CLASSES, *landmarks.CLASSES, *compare.CLASSES, *backend.CLASSES)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister():
    register_heads.abort_running()
    backend.abort_running()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
