# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to follow when the user undoes, redoes or loads a file."""

import bpy
from bpy.app.handlers import persistent

from . import result_object, viewport_shading
from .operators import job_operator
from .texture import basis, follow


@persistent
def _after_undo(*_arguments):
    if job_operator.running() is None:
        result_object.remove_stray_previews()
    follow.after_undo()
    viewport_shading.apply(bpy.context)


@persistent
def _after_load(*_arguments):
    job_operator.abort_running()
    follow.stop()
    session = bpy.context.window_manager.headbridge
    session.task = session.error = session.error_log = ""
    viewport_shading.apply(bpy.context)


_HANDLERS = (("undo_post", _after_undo), ("redo_post", _after_undo), ("load_post", _after_load))


def register():
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister():
    follow.stop()
    basis.forget()
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).remove(handler)
