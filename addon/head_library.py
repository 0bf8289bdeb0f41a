# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in heads: read from the backend's assets, which need no backend process, and made into objects."""

from __future__ import annotations

import os
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Vector

from . import materials, mesh_arrays, paths
from .landmark_pairs import HEAD_KEY

GAP_METRES = 0.05


@dataclass(frozen=True)
class Head:
    """A built-in head: `key` is its name in the backend, `texture` a picture in the assets folder for its UVs."""

    key: str
    label: str
    description: str
    icon: str
    texture: str = ""


HEADS = {
    "FLAME": Head("flame", "FLAME", "The FLAME mean template, 5,023 vertices", "USER"),
    "HACK": Head("hack", "HACK", "The HACK topology, 14,062 vertices in quads: the ICT head without its inner parts", "USER"),
    "ICT": Head("ict", "ICT Full", "The ICT-FaceKit head with eyes, teeth, tongue and lashes, 26,719 vertices", "USER"),
    "MAKEHUMAN": Head("makehuman", "MakeHuman", "The MakeHuman base mesh", "ARMATURE_DATA"),
    "LEE_PERRY_SMITH": Head(
        "lee-perry-smith", "Demo Scan", "A textured scan of a real head (Lee Perry-Smith, CC BY 3.0)", "IMAGE_DATA", "lee-perry-smith.jpg"
    ),
}


def add(kind: str, collection: bpy.types.Collection) -> bpy.types.Object:
    """A new object of a built-in head at the world's origin; raises `MeshError` when its asset is missing."""
    head = HEADS[kind]
    stored = _read(os.path.join(paths.ASSETS_FOLDER, f"{head.key}.npz"))
    vertices = mesh_arrays.from_canonical(np.asarray(stored["vertices"], np.float64))
    corners, face_sizes = stored["corners"].astype(np.int32), stored["face_sizes"].astype(np.int32)
    mesh = mesh_arrays.new_mesh(head.label, vertices, corners, face_sizes)
    if "uvs" in stored:
        uvs = stored["uvs"].astype(np.float32)
        mesh_arrays.add_uv_layer(mesh, uvs)
        mesh_arrays.mark_seams(mesh, mesh_arrays.uv_seams(corners, face_sizes, uvs))
    _dress(mesh, head, stored)
    obj = bpy.data.objects.new(head.label, mesh)
    obj[HEAD_KEY] = head.key
    collection.objects.link(obj)
    return obj


def _read(path: str) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError) as problem:
        raise mesh_arrays.MeshError(f"The head's file cannot be read ({problem}); install the extension again.")


def _dress(mesh: bpy.types.Mesh, head: Head, stored: dict[str, np.ndarray]) -> None:
    if head.texture:
        mesh.materials.append(_textured(head))
        return
    parts = [str(name) for name in stored.get("material_names", ())] or ["Skin"]
    for part in parts:
        colour = materials.part_colour(part)
        name = "Skin" if colour == materials.SKIN else part.removeprefix("M_")
        mesh.materials.append(materials.plain_material(f"HeadBridge {name}", colour))
    if "face_materials" in stored and len(parts) > 1:
        mesh.polygons.foreach_set("material_index", stored["face_materials"].astype(np.int32))


def _textured(head: Head) -> bpy.types.Material:
    name = f"HeadBridge {head.label}"
    found = bpy.data.materials.get(name)
    if found is not None:
        return found
    image = bpy.data.images.load(os.path.join(paths.ASSETS_FOLDER, head.texture))
    image.pack()
    return materials.textured_material(name, image)


def free_place(scene: bpy.types.Scene, obj: bpy.types.Object) -> None:
    """Move a new object to the right of the built-in heads already in the scene, so that none stand in each other."""
    others = [o for o in scene.objects if HEAD_KEY in o and o != obj]
    if not others:
        return
    right = max(max((o.matrix_world @ _corner(o, k)).x for k in (0, 6)) for o in others)
    obj.location.x += right + GAP_METRES - (obj.location.x + _corner(obj, 0).x)


def _corner(obj: bpy.types.Object, number: int) -> Vector:
    return Vector(obj.bound_box[number])
