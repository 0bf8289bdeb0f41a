"""Checks that stand between a user's input and the computation: each names the cause and how to mend it."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from .adjacency import edge_table
from .mesh import Mesh

_FARTHEST = 1e4


def check_mesh(mesh: Mesh, role: str) -> None:
    """Raise `InputError` unless `mesh` is a sound surface; `role` ("source", "target") says which one in the message.

    Refused are no faces, NaN or infinite vertices, no extent, faces that repeat a vertex, duplicate faces, edges of
    more than two faces, and neighbours that disagree about the outside. Open boundaries, several parts and loose
    vertices are fine.
    """
    name = f"The {role} '{mesh.name}'"
    if not len(mesh.vertices) or not len(mesh.face_sizes):
        raise InputError(
            f"{name} has no {'faces' if len(mesh.vertices) else 'vertices'}; choose a mesh with a surface."
        )
    _check_positions(mesh, name)
    _check_faces(mesh, name)
    _check_edges(mesh, name)


def _check_positions(mesh: Mesh, name: str) -> None:
    broken = ~np.isfinite(mesh.vertices).all(axis=1)
    if broken.any():
        raise InputError(
            f"{name} has {_count(broken, 'vertex', 'vertices')} with NaN or infinite coordinates, the first is vertex "
            f"{int(np.argmax(broken))}; delete or move them."
        )
    far = broken_vertices(mesh.vertices)
    if far.any():
        worst = int(np.argmax(far))
        raise InputError(
            f"{name} has {_count(far, 'vertex', 'vertices')} more than {_FARTHEST:.0f} times as far away as the others "
            f"are from each other, the first is vertex {worst}; delete them or export the mesh again."
        )
    used = mesh.vertices[mesh.corners]
    extent = np.ptp(used, axis=0)
    if not extent.max() > 1e-12 * max(np.abs(used).max(), 1e-300):
        raise InputError(
            f"{name} has no extent: the vertices of all faces are at one point; scale it up or export it again."
        )


def broken_vertices(vertices: np.ndarray) -> np.ndarray:
    """(V,) bool: NaN, infinite, or thrown far from all others by a damaged number: the scale would follow such a vertex,
    and everything else become a point. Rooms around a head are a hundred times as large as it is."""
    broken = ~np.isfinite(vertices).all(axis=1)
    if broken.all():
        return broken
    with np.errstate(over="ignore", invalid="ignore"):
        distance = np.abs(vertices - np.median(vertices[~broken], axis=0)).max(axis=1)
    # The extent of the scene without its few farthest vertices.
    usual = np.quantile(distance[~broken], 0.9)
    return broken | ~(distance <= _FARTHEST * usual) if usual > 0.0 else broken


def _check_faces(mesh: Mesh, name: str) -> None:
    # Sorting the corners within each face makes both repeated vertices and repeated faces neighbours.
    face = np.repeat(np.arange(len(mesh.face_sizes)), mesh.face_sizes)
    inside = mesh.corners[np.lexsort((mesh.corners, face))]
    repeated = np.zeros(len(mesh.face_sizes), dtype=bool)
    repeated[face[1:][(inside[1:] == inside[:-1]) & (face[1:] == face[:-1])]] = True
    if repeated.any():
        raise InputError(
            f"{name} has {_count(repeated, 'face that uses', 'faces that use')} a vertex twice, the first is face "
            f"{int(np.argmax(repeated))}; in Blender use Mesh > Clean Up > Degenerate Dissolve."
        )
    duplicates = 0
    for size in np.unique(mesh.face_sizes):
        faces = inside[np.repeat(mesh.face_sizes == size, mesh.face_sizes)].reshape(-1, size)
        duplicates += len(faces) - len(np.unique(faces, axis=0))
    if duplicates:
        what = "face that lies" if duplicates == 1 else "faces that lie"
        raise InputError(
            f"{name} has {duplicates} {what} on another one with the same vertices; in Blender use "
            "Mesh > Clean Up > Merge by Distance, or delete the doubles."
        )


def _check_edges(mesh: Mesh, name: str) -> None:
    table = edge_table(mesh)
    crowded = table.face_counts > 2
    if crowded.any():
        raise InputError(
            f"{name} is not manifold: {_count(crowded, 'edge has', 'edges have')} more than two faces; in Blender find "
            "them with Select > All by Trait > Non Manifold, then delete the extra faces or use "
            "Mesh > Clean Up > Merge by Distance."
        )
    forward = np.bincount(table.corner_edges, weights=mesh.corners < table.corner_ends, minlength=len(table.edges))
    turned = (table.face_counts == 2) & (forward != 1)
    if turned.any():
        raise InputError(
            f"{name} has faces that look to opposite sides at {_count(turned, 'edge', 'edges')}; in Blender use "
            "Mesh > Normals > Recalculate Outside."
        )


def check_distinct(source: Mesh, target: Mesh) -> None:
    """Raise `InputError` when source and target are the same surface: there would be nothing to register."""
    same = source is target or (
        np.array_equal(source.corners, target.corners)
        and np.array_equal(source.face_sizes, target.face_sizes)
        and np.array_equal(source.vertices, target.vertices)
    )
    if same:
        raise InputError(f"Source and target are the same mesh ('{source.name}'); choose two different ones.")


def check_vertex_values(values: np.ndarray, mesh: Mesh, what: str) -> None:
    """Raise `InputError` unless `values` (a mask or weights) has one finite, non-negative entry per vertex of
    `mesh`."""
    if np.shape(values) != (len(mesh.vertices),):
        raise InputError(
            f"The {what} should have one value for each of the {len(mesh.vertices)} vertices of '{mesh.name}', "
            f"not shape {np.shape(values)}."
        )
    if not np.isfinite(values).all() or np.min(values, initial=0) < 0:
        raise InputError(f"The {what} holds negative or non-finite values; set them to zero or more.")


def _count(flags: np.ndarray, one: str, many: str) -> str:
    number = int(np.count_nonzero(flags))
    return f"{number} {one if number == 1 else many}"
