# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to follow when the user undoes, redoes, saves or loads a file, deletes objects, or disables the add-on."""

import bpy
from bpy.app.handlers import persistent

from . import (
    borrowed_views,
    comparison,
    comparison_drawing,
    file_upgrade,
    job_runner,
    picked,
    result_object,
    session_report,
    viewport_shading,
)
from .texture import basis, follow

# What was given back for a file that is being written: views, and objects that a view of Compare hides.
_lent: list = []


@persistent
def _after_undo(*_arguments):
    if job_runner.running() is None:
        result_object.remove_stray_previews()
    follow.after_undo()
    borrowed_views.follow_cameras()
    viewport_shading.give_back_unneeded(bpy.context)
    comparison_drawing.forget()


@persistent
def _before_save(*_arguments):
    picked.forget_all_deleted()
    _lent.append((borrowed_views.Loan(), comparison.show_hidden()))


@persistent
def _after_save(*_arguments):
    while _lent:
        views, hidden = _lent.pop()
        views.take_again()
        comparison.hide_again(hidden)


@persistent
def _before_load(*_arguments):
    borrowed_views.give_back_all()


@persistent
def _after_load(*_arguments):
    job_runner.abort()
    follow.stop()
    comparison_drawing.forget()
    session_report.after_load()
    file_upgrade.upgrade()


@persistent
def _after_change(scene, depsgraph):
    comparison_drawing.forget_changed(depsgraph)
    # What was deleted is no longer in a collection.
    if depsgraph.id_type_updated("COLLECTION") or depsgraph.id_type_updated("SCENE"):
        picked.forget_deleted(scene)


_HANDLERS = (
    ("undo_post", _after_undo),
    ("redo_post", _after_undo),
    ("save_pre", _before_save),
    ("save_post", _after_save),
    ("save_post_fail", _after_save),
    ("load_pre", _before_load),
    ("load_post", _after_load),
    ("depsgraph_update_post", _after_change),
)


def register():
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister():
    follow.stop()
    basis.forget()
    borrowed_views.give_back_all()
    comparison.show_hidden()
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).remove(handler)
