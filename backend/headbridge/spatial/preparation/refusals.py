"""What no repair makes a head's surface."""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from ...mesh import Mesh
from ...mesh.validate import broken_vertices

# More broken vertices than this share say that the mesh as a whole is broken.
_MOST_BROKEN = 0.01
# Faces with more corners than this, where they make up the mesh, are triangle strips read as polygons.
_STRIP = 100
# A surface less deep than this share of its length is a flat sheet; a face's mask is a quarter as deep as high.
_FLAT = 0.02


def refuse_hopeless(mesh: Mesh, role: str) -> np.ndarray:
    """(V,) bool, the vertices whose coordinates are finite and not thrown far away.

    Raises `InputError` for a mesh without faces or extent, of triangle strips, or with many broken vertices; `role`
    ("target", "scan") and the mesh's name are in the message."""
    name = f"The {role} '{mesh.name}'"
    if not len(mesh.vertices):
        raise InputError(f"{name} has no vertices; choose a mesh with a surface.")
    if not len(mesh.face_sizes):
        raise InputError(
            f"{name} has no faces, so it is a point cloud; make a surface of it first, in Blender with a Remesh of its "
            "points or in the scanning software."
        )
    long = mesh.face_sizes > _STRIP
    if 2 * int(mesh.face_sizes[long].sum()) > len(mesh.corners):
        raise InputError(
            f"{name} has {int(long.sum())} faces with more than {_STRIP} corners each, as triangle strips have that were "
            "read as polygons; export it again as triangles."
        )
    finite = ~broken_vertices(mesh.vertices)
    broken = int((~finite).sum())
    if broken > _MOST_BROKEN * len(finite):
        raise InputError(
            f"{name} has {broken} of {len(finite)} vertices with NaN or infinite coordinates, or far from all others, "
            f"the first is vertex "
            f"{int(np.argmin(finite))}; export it again."
        )
    used = np.zeros(len(finite), bool)
    used[mesh.corners] = True
    points = mesh.vertices[used & finite]
    # Below this the differences of coordinates are rounding.
    if not len(points) or not np.ptp(points, axis=0).max() > 1e-12 * max(np.abs(points).max(), 1e-300):
        raise InputError(
            f"{name} has no extent: the vertices of all faces are at one point; scale it up or export it again."
        )
    return finite


def refuse_flat(vertices: np.ndarray, triangles: np.ndarray, subject: str) -> None:
    """Raise `InputError`, naming the subject, when all (T, 3) triangles lie in one plane."""
    used = np.zeros(len(vertices), bool)
    used[triangles] = True
    centred = vertices[used] - vertices[used].mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    extent = np.ptp(centred @ axes, axis=0)
    if extent[0] < _FLAT * extent[2]:
        raise InputError(
            f"The {subject} is one flat sheet ({extent[0] / extent[2]:.1%} as deep as long), which shows no head; "
            "choose the mesh of the head."
        )
