# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in heads: read from the backend's assets, which need no backend process, and made into objects."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Vector

from . import materials, mesh_arrays, paths
from .landmark_pairs import HEAD_KEY
from .mesh_arrays import MeshArrays, MeshError

GAP_METRES = 0.05
# What is larger than so many heads is a room or a floor: a head stands in it.
_LARGEST = 12.0
# So often a head moves on when it meets something.
_MOST_MOVES = 100


@dataclass(frozen=True)
class Head:
    """A built-in head: `key` is its name in the backend, `file` and `texture` its mesh and picture in the assets."""

    key: str
    label: str
    description: str
    icon: str
    file: str
    texture: str = ""


HEADS = {
    "FLAME": Head("flame", "FLAME", "The FLAME mean template, 5,023 vertices", "USER", "flame.npz"),
    "HACK": Head(
        "hack",
        "HACK",
        "The HACK topology, 14,062 vertices in quads: the ICT head without its inner parts",
        "USER",
        "ict.npz",
    ),
    "ICT": Head(
        "ict",
        "ICT Full",
        "The ICT-FaceKit head with eyes, teeth, tongue and lashes, 26,719 vertices",
        "USER",
        "ict.npz",
    ),
    "MAKEHUMAN": Head(
        "makehuman", "MakeHuman", "The head of the MakeHuman base mesh", "ARMATURE_DATA", "makehuman.npz"
    ),
    "LEE_PERRY_SMITH": Head(
        "lee-perry-smith",
        "Demo Scan",
        "A textured scan of a real head (Lee Perry-Smith, CC BY 3.0)",
        "IMAGE_DATA",
        "lee_perry_smith.npz",
        "lee_perry_smith_color.jpg",
    ),
}


def add(kind: str, collection: bpy.types.Collection) -> bpy.types.Object:
    """A new object of a built-in head at the world's origin; raises `MeshError` when its asset is missing."""
    head = HEADS[kind]
    arrays = read(head)
    mesh = mesh_arrays.new_mesh(
        head.label, mesh_arrays.from_canonical(arrays.vertices), arrays.corners, arrays.face_sizes
    )
    mesh_arrays.add_uv_layer(mesh, arrays.uvs)
    mesh_arrays.mark_seams(mesh, mesh_arrays.uv_seams(arrays.corners, arrays.face_sizes, arrays.uvs))
    _dress(mesh, head, arrays)
    obj = bpy.data.objects.new(head.label, mesh)
    obj[HEAD_KEY] = head.key
    collection.objects.link(obj)
    return obj


def read(head: Head) -> MeshArrays:
    """The arrays of a built-in head; raises `MeshError` when its asset is missing."""
    # Each distinct UV is stored once, with an index per corner.
    path = os.path.join(paths.ASSETS_FOLDER, head.file)
    if head.key == "flame" and not os.path.exists(path):
        raise MeshError("This build of HeadBridge has no FLAME data; install the one that has it.")
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = MeshArrays(
                vertices=stored["vertices"].astype(np.float64),
                corners=stored["corners"].astype(np.int32),
                face_sizes=stored["face_sizes"].astype(np.int32),
                uvs=stored["uvs"].astype(np.float32)[stored["corner_uvs"]],
                face_materials=stored["face_materials"].astype(np.int32),
                material_names=tuple(str(name) for name in stored["material_names"]),
            )
            return _first_vertices(arrays, int(stored["hack_vertices"])) if head.key == "hack" else arrays
    except (OSError, ValueError, KeyError) as problem:
        raise MeshError(
            f"The file of the head '{head.label}' cannot be read ({problem}); install the extension again."
        ) from problem


def _first_vertices(arrays: MeshArrays, count: int) -> MeshArrays:
    """The first `count` vertices and the faces among them."""
    starts = np.cumsum(arrays.face_sizes) - arrays.face_sizes
    faces = np.maximum.reduceat(arrays.corners, starts) < count
    corners = np.repeat(faces, arrays.face_sizes)
    used, face_materials = np.unique(arrays.face_materials[faces], return_inverse=True)
    return MeshArrays(
        vertices=arrays.vertices[:count],
        corners=arrays.corners[corners],
        face_sizes=arrays.face_sizes[faces],
        uvs=arrays.uvs[corners],
        face_materials=face_materials.astype(np.int32),
        material_names=tuple(arrays.material_names[index] for index in used),
    )


def _dress(mesh: bpy.types.Mesh, head: Head, arrays: MeshArrays) -> None:
    if head.texture:
        mesh.materials.append(_textured(head))
        return
    dress_parts(mesh, arrays)


def dress_parts(mesh: bpy.types.Mesh, arrays: MeshArrays) -> None:
    """Give the faces plain materials by the names of the head's parts."""
    for part in arrays.material_names:
        colour = materials.part_colour(part)
        name = "Skin" if colour == materials.SKIN else part.removeprefix("M_")
        mesh.materials.append(materials.plain_material(f"HeadBridge {name}", colour))
    mesh.polygons.foreach_set("material_index", arrays.face_materials)


def _textured(head: Head) -> bpy.types.Material:
    name = f"HeadBridge {head.label}"
    found = bpy.data.materials.get(name)
    if found is not None:
        return found
    image = bpy.data.images.load(os.path.join(paths.ASSETS_FOLDER, head.texture))
    image.pack()
    return materials.textured_material(name, image)


def free_place(
    scene: bpy.types.Scene,
    obj: bpy.types.Object,
    moved: bpy.types.Object | None = None,
    seen_from: Sequence[Vector] = (),
) -> None:
    """Move a new object to the right until it stands in no other mesh that is seen.

    moved : what is moved in its place, such as its armature. seen_from : points in the world, between which and the object
    nothing is to stand either."""
    low, high = _box(obj)
    largest = _LARGEST * (high - low).max()
    low, high = (limit([side, *seen_from], axis=0) for limit, side in ((np.min, low), (np.max, high)))
    others = [_box(other) for other in scene.objects if _is_in_the_way(other, obj)]
    others = [box for box in others if (box[1] - box[0]).max() < largest]
    for _move in range(_MOST_MOVES):
        right = [box[1][0] for box in others if (box[0] <= high).all() and (box[1] >= low).all()]
        if not right:
            return
        step = max(right) + GAP_METRES - low[0]
        low[0], high[0] = low[0] + step, high[0] + step
        (moved or obj).location.x += step


def _is_in_the_way(other: bpy.types.Object, obj: bpy.types.Object) -> bool:
    return other.type == "MESH" and other != obj and other.visible_get() and len(other.data.polygons) > 0


def _box(obj: bpy.types.Object) -> tuple[np.ndarray, np.ndarray]:
    """(3,) lowest and (3,) highest corner of an object in the world."""
    corners = np.array([obj.matrix_world @ Vector(corner) for corner in obj.bound_box])
    return corners.min(axis=0), corners.max(axis=0)
