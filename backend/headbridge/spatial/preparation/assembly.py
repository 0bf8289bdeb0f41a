"""Putting a mesh together again from what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...mesh import Mesh


@dataclass(frozen=True, eq=False)
class Assembled:
    """A mesh and how it belongs to the one it was made from: vertex_of (V',), triangle_of (T',) and corner_of (C',),
    the originals; prepared_of (V,), what every original vertex became, or -1. All int32."""

    mesh: Mesh
    vertex_of: np.ndarray
    prepared_of: np.ndarray
    triangle_of: np.ndarray
    corner_of: np.ndarray


def assembled(mesh: Mesh, kept: np.ndarray, turned: np.ndarray, joined: np.ndarray) -> Assembled:
    """The mesh of the `kept` triangles, some of them `turned` (both (T,) bool), with vertices `joined` ((V,) indices).

    A polygon stays one when all its triangles do and turn alike."""
    face_of, count = mesh.triangle_faces, len(mesh.face_sizes)
    whole = np.bincount(face_of, kept, count) == mesh.face_sizes - 2
    turned_share = np.bincount(face_of, turned, count)
    whole &= (turned_share == 0) | (turned_share == mesh.face_sizes - 2)
    single = kept & ~whole[face_of]
    # Corners of the whole faces, backwards from the first one where they turn.
    in_whole = np.flatnonzero(np.repeat(whole, mesh.face_sizes))
    face = np.repeat(np.arange(count), mesh.face_sizes)[in_whole]
    start, size = mesh.face_starts[face], mesh.face_sizes[face]
    backwards = start + (size - (in_whole - start)) % size
    polygon_corners = np.where(turned_share[face] > 0, backwards, in_whole)
    pieces = mesh.triangle_corners[single]
    pieces = np.where(turned[single, None], pieces[:, [0, 2, 1]], pieces)
    # A face is either whole or in pieces, so sorting by it puts everything where it was.
    corner_order = np.argsort(np.concatenate([face, np.repeat(face_of[single], 3)]), kind="stable")
    corners = np.concatenate([polygon_corners, pieces.reshape(-1)])[corner_order]
    faces = np.concatenate([np.flatnonzero(whole), face_of[single]])
    face_order = np.argsort(faces, kind="stable")
    sizes = np.concatenate([mesh.face_sizes[whole], np.full(len(pieces), 3, np.int32)])[face_order]
    faces = faces[face_order]
    used, local = np.unique(joined[mesh.corners[corners]], return_inverse=True)
    rank = np.full(len(joined), -1, np.int32)
    rank[used] = np.arange(len(used), dtype=np.int32)
    triangle = np.flatnonzero(kept)
    # The fan of a polygon that was turned runs the other way around its apex.
    reverse = (whole & (turned_share > 0))[face_of[triangle]]
    triangle = triangle[np.lexsort((np.where(reverse, -triangle, triangle), face_of[triangle]))]
    made = Mesh(
        mesh.vertices[used],
        local.reshape(-1),
        sizes,
        None if mesh.uvs is None else mesh.uvs[corners],
        None if mesh.face_materials is None else mesh.face_materials[faces],
        mesh.material_names,
        mesh.name,
    )
    return Assembled(made, used.astype(np.int32), rank[joined], triangle.astype(np.int32), corners.astype(np.int32))
