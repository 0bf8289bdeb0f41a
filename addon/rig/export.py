# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads as files, by Blender's own exporters."""

from __future__ import annotations

import math
import os

import bpy

from .. import model_terms
from ..mesh_arrays import MeshError
from . import inner_parts, rigged_head
from .export_materials import has_tiles, plain_materials

PURPOSES = [
    ("GAME", "Game", "Bones that deform alone, pictures in the file; FBX with tangents"),
    ("FILM", "Film", "All bones, faces as they are, pictures as they are; OBJ with materials"),
    ("WEB", "Web", "Small files: pictures as JPEG in GLB"),
]


def write(obj: bpy.types.Object, path: str, context: bpy.types.Context, purpose: str = "GAME") -> None:
    """Write a mesh object, a rigged head with its inner parts: as it looks now to .obj and .ply; with shape keys,
    armature, UVs and what animates them to .glb and .fbx; as a cache of the vertices of every frame to .abc. purpose :
    the first word of one of `PURPOSES`.

    Files have Y up and face +Z, in Blender's unit (metres). Motion is that of all frames its actions have keys in. The
    selection stays as it was. Where models of others were used, NAME.credits.txt beside the file credits them. Raises
    `MeshError` for other endings and missing folders, `RuntimeError` when Blender's exporter fails."""
    ending = os.path.splitext(path)[1].lower()
    if ending not in _WRITERS:
        raise MeshError(
            f"'{os.path.basename(path)}' should end in .obj, .ply, .glb, .fbx or .abc; choose one of these."
        )
    if not os.path.isdir(os.path.dirname(path)):
        raise MeshError(f"The folder '{os.path.dirname(path)}' does not exist; create it first.")
    rigged = rigged_head.find(obj)
    wanted = [obj]
    if rigged is not None:
        wanted += inner_parts.find(rigged) + ([rigged.rig] if ending in (".glb", ".fbx") else [])
    selected, scene = list(context.view_layer.objects.selected), context.scene
    played = scene.frame_start, scene.frame_end, scene.frame_current
    try:
        scene.frame_start, scene.frame_end = action_range(obj) or played[:2]
        for other in selected:
            other.select_set(False)
        for part in wanted:
            part.select_set(True)
        with plain_materials(obj):
            _WRITERS[ending](path, purpose, obj)
        model_terms.write_credits(path, scene)
    finally:
        scene.frame_start, scene.frame_end = played[:2]
        scene.frame_set(played[2])
        for part in wanted:
            part.select_set(False)
        for other in selected:
            other.select_set(True)


def action_range(obj: bpy.types.Object) -> tuple[int, int] | None:
    """First and last frame in which actions have keys for an object, its shape keys or its armature; None without."""
    rigged = rigged_head.find(obj)
    owners = [obj, getattr(obj.data, "shape_keys", None)] + ([rigged.rig] if rigged is not None else [])
    datas = [owner.animation_data for owner in owners if owner is not None]
    ranges = [data.action.frame_range for data in datas if data is not None and data.action is not None]
    if not ranges:
        return None
    return math.floor(min(each[0] for each in ranges)), math.ceil(max(each[1] for each in ranges))


def _write_obj(path: str, purpose: str, _obj: bpy.types.Object) -> None:
    bpy.ops.wm.obj_export(
        filepath=path, export_selected_objects=True, apply_modifiers=True, export_materials=purpose == "FILM"
    )


def _write_ply(path: str, _purpose: str, _obj: bpy.types.Object) -> None:
    bpy.ops.wm.ply_export(
        filepath=path, export_selected_objects=True, apply_modifiers=True, forward_axis="NEGATIVE_Z", up_axis="Y"
    )


def _write_glb(path: str, purpose: str, obj: bpy.types.Object) -> None:
    bpy.ops.export_scene.gltf(
        filepath=path,
        export_format="GLB",
        use_selection=True,
        export_copyright="; ".join(model_terms.credit_lines(bpy.context.scene)),
        export_morph=True,
        export_morph_normal=False,
        export_skins=True,
        export_def_bones=purpose != "FILM",
        export_animations=action_range(obj) is not None,
        export_animation_mode="ACTIVE_ACTIONS",
        export_morph_animation=True,
        export_frame_range=True,
        export_optimize_animation_size=False,
        # The exporter turns no tiles into JPEG.
        export_image_format="JPEG" if purpose == "WEB" and not has_tiles(obj) else "AUTO",
    )


def _write_fbx(path: str, purpose: str, obj: bpy.types.Object) -> None:
    for_game = purpose != "FILM"
    bpy.ops.export_scene.fbx(
        filepath=path,
        use_selection=True,
        object_types={"ARMATURE", "MESH"},
        mesh_smooth_type="FACE",
        # Not in triangles: of faces that it triangulates, Blender forgets how keys move, and writes the face as they stand
        # for the neutral one.
        use_tspace=for_game,
        use_armature_deform_only=for_game,
        add_leaf_bones=False,
        bake_anim=action_range(obj) is not None,
        bake_anim_use_all_bones=True,
        bake_anim_use_nla_strips=False,
        bake_anim_use_all_actions=False,
        bake_anim_simplify_factor=0.0,
        path_mode="COPY",
        embed_textures=True,
    )


def _write_abc(path: str, _purpose: str, _obj: bpy.types.Object) -> None:
    scene = bpy.context.scene
    bpy.ops.wm.alembic_export(filepath=path, selected=True, start=scene.frame_start, end=scene.frame_end)


_WRITERS = {".obj": _write_obj, ".ply": _write_ply, ".glb": _write_glb, ".fbx": _write_fbx, ".abc": _write_abc}
