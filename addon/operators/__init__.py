# SPDX-License-Identifier: GPL-3.0-or-later
"""All operators, `bpy.ops.headbridge.*`."""

import bpy

from . import (
    add_head,
    backend,
    backend_setup,
    bake_texture,
    batch,
    compare,
    create_head,
    doctor,
    fit_convert,
    fit_landmarks,
    fit_mesh,
    fit_photo,
    fit_sample,
    fit_scan,
    help,
    job_operator,
    landmarks,
    motion_edit,
    motion_export,
    motion_import,
    open_head,
    photo_landmarks,
    photo_view,
    project_texture,
    register_heads,
    rig_add,
    rig_bake,
    rig_keys,
    rig_load,
    rig_values,
    texture_choose,
    texture_complete,
    texture_export,
    texture_fit,
    texture_new,
    texture_render,
    texture_sliders,
    transfer_uvs,
    uv_view,
)

_MODULES = (
    add_head,
    open_head,
    create_head,
    register_heads,
    landmarks,
    compare,
    transfer_uvs,
    bake_texture,
    uv_view,
    texture_choose,
    texture_new,
    texture_sliders,
    texture_render,
    texture_complete,
    texture_fit,
    texture_export,
    rig_add,
    rig_load,
    rig_keys,
    rig_values,
    rig_bake,
    motion_import,
    motion_export,
    motion_edit,
    fit_mesh,
    fit_landmarks,
    fit_scan,
    fit_convert,
    fit_sample,
    fit_photo,
    photo_view,
    photo_landmarks,
    project_texture,
    batch,
    doctor,
    backend,
    backend_setup,
    help,
)
CLASSES = tuple(cls for module in _MODULES for cls in module.CLASSES)


def register():
    for cls in CLASSES:
        # A tooltip breaks its lines itself.
        cls.bl_description = " ".join(cls.__doc__.split())
        bpy.utils.register_class(cls)
    compare.register_keys()


def unregister():
    job_operator.abort_running()
    backend_setup.abort_running()
    compare.unregister_keys()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
