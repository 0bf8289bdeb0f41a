# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture on a head of the library."""

from __future__ import annotations

import bpy
import numpy as np

from .. import materials
from ..image_files import FIRST_TILE, tile_of
from ..mesh_arrays import foreach_floats, foreach_ints


def wear(head: bpy.types.Object, image: bpy.types.Image, matte: bool = False) -> None:
    """Show an image on the faces of the UV tiles it has; those of other tiles keep their plain materials, and those
    that no face has any more go. A matte one has no highlights."""
    mesh = head.data
    uvs = foreach_floats(mesh.uv_layers.active.uv, "vector", 2)
    starts, sizes = foreach_ints(mesh.polygons, "loop_start"), foreach_ints(mesh.polygons, "loop_total")
    columns, rows = np.floor(np.add.reduceat(uvs, starts) / sizes[:, None]).astype(np.int32).T
    tiled = image.source == "TILED"
    tiles = [tile_of(tile.number) for tile in image.tiles] if tiled else [tile_of(FIRST_TILE)]
    shown = np.any([(columns == u) & (rows == v) for u, v in tiles], axis=0)
    mesh.materials.append(materials.textured_material(image.name, image, mesh.uv_layers.active.name, matte))
    chosen = np.where(shown, len(mesh.materials) - 1, foreach_ints(mesh.polygons, "material_index"))
    mesh.polygons.foreach_set("material_index", chosen.astype(np.int32))
    _drop_unused(mesh, set(np.unique(chosen).tolist()))
    mesh.update()


def _drop_unused(mesh: bpy.types.Mesh, used: set[int]) -> None:
    """Remove the slots that are not used, and their materials where nothing else has them."""
    for index in reversed(range(len(mesh.materials))):
        if index in used:
            continue
        material = mesh.materials.pop(index=index)
        if material is not None and material.users == 0:
            bpy.data.materials.remove(material)
