# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads as files, by Blender's own exporters."""

from __future__ import annotations

import os

import bpy

from ..mesh_arrays import MeshError
from . import rigged_head


def write(obj: bpy.types.Object, path: str, context: bpy.types.Context) -> None:
    """Write a mesh object: as it looks now to .obj and .ply, with shape keys, armature and UVs to .glb.

    Files have Y up and face +Z, in Blender's unit (metres). Raises `MeshError` for other endings and missing folders,
    `RuntimeError` when Blender's exporter fails. The selection stays as it was."""
    ending = os.path.splitext(path)[1].lower()
    if ending not in _WRITERS:
        raise MeshError(f"'{os.path.basename(path)}' should end in .obj, .ply or .glb; choose one of these.")
    if not os.path.isdir(os.path.dirname(path)):
        raise MeshError(f"The folder '{os.path.dirname(path)}' does not exist; create it first.")
    rigged = rigged_head.find(obj)
    wanted = [obj, rigged.rig] if rigged is not None and ending == ".glb" else [obj]
    selected = list(context.view_layer.objects.selected)
    try:
        for other in selected:
            other.select_set(False)
        for part in wanted:
            part.select_set(True)
        _WRITERS[ending](path)
    finally:
        for part in wanted:
            part.select_set(False)
        for other in selected:
            other.select_set(True)


def _write_obj(path: str) -> None:
    bpy.ops.wm.obj_export(filepath=path, export_selected_objects=True, apply_modifiers=True, export_materials=False)


def _write_ply(path: str) -> None:
    bpy.ops.wm.ply_export(
        filepath=path, export_selected_objects=True, apply_modifiers=True, forward_axis="NEGATIVE_Z", up_axis="Y"
    )


def _write_glb(path: str) -> None:
    bpy.ops.export_scene.gltf(
        filepath=path,
        export_format="GLB",
        use_selection=True,
        export_morph=True,
        export_morph_normal=False,
        export_skins=True,
        export_def_bones=True,
        export_animations=False,
    )


_WRITERS = {".obj": _write_obj, ".ply": _write_ply, ".glb": _write_glb}
