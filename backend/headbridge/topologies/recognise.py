"""Which known topology a mesh has: by its counts and faces, never by its positions."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..mesh import Mesh
from .builtin import TOPOLOGY_KEYS, load_builtin, load_topology, shipped
from .topology import Topology

# So many triangles of a mesh are looked at before all are.
_SAMPLE = 256
# More vertices than this no head has that can be known; the cube fits in 64 bits.
_VERTICES = 2**21


def _triangle_keys(triangles: np.ndarray) -> np.ndarray:
    """(T,) int64, a number per oriented triangle of (T, 3) vertices, whichever corner comes first."""
    first = np.argmin(triangles, axis=1)[:, None]
    a, b, c = np.take_along_axis(triangles, (first + np.arange(3)) % 3, axis=1).astype(np.int64).T
    return (a * _VERTICES + b) * _VERTICES + c


@cache
def _cuts(key: str) -> tuple[np.ndarray, list[tuple[int, list[list[np.ndarray]]]]]:
    """The numbers of all triangles that a built-in topology may be cut into, ascending; and for its triangles and its
    quads by every way to cut them the (N,) numbers of every part."""
    mesh = load_builtin(key)
    three, four = (mesh.corners[mesh.face_starts[mesh.face_sizes == n][:, None] + np.arange(n)] for n in (3, 4))
    ways = [[four[:, [0, 1, 2]], four[:, [0, 2, 3]]], [four[:, [0, 1, 3]], four[:, [1, 2, 3]]]]
    cuts = [
        (size, [[_triangle_keys(part) for part in cut] for cut in all_cuts])
        for size, all_cuts in ((3, [[three]]), (4, ways))
    ]
    return np.unique(np.concatenate([part for _, all_cuts in cuts for cut in all_cuts for part in cut])), cuts


def faces_in_place(mesh: Mesh, key: str) -> tuple[np.ndarray, int]:
    """(F,) bool, which faces of a built-in topology the mesh has under the same vertex numbers, whole or in any
    triangulation, and how many of the mesh's triangles these are."""
    reference = load_builtin(key)
    found = np.zeros(len(reference.face_sizes), bool)
    known, cuts = _cuts(key)
    # A few triangles tell most strangers.
    sampled = _triangle_keys(mesh.triangles[:: max(1, len(mesh.triangles) // _SAMPLE)])
    if len(mesh.vertices) > _VERTICES or not (known[np.searchsorted(known, sampled) % len(known)] == sampled).any():
        return found, 0
    ours = _triangle_keys(mesh.triangles)
    number = 0
    for size, all_cuts in cuts:
        there = np.any([np.all([np.isin(part, ours) for part in cut], axis=0) for cut in all_cuts], axis=0)
        found[np.flatnonzero(reference.face_sizes == size)[there]] = True
        number += (size - 2) * int(there.sum())
    return found, number


def has_faces(mesh: Mesh, key: str) -> bool:
    """Whether a mesh has the faces of a built-in topology, whole or in any triangulation, and no others."""
    total = len(load_builtin(key).triangles)
    if len(mesh.triangles) != total or len(np.unique(_triangle_keys(mesh.triangles))) != total:
        return False
    return bool(faces_in_place(mesh, key)[0].all())


def recognise(mesh: Mesh) -> Topology | None:
    """The topology of a mesh with the vertex order and faces of a built-in one (quads or any triangulation of them).

    Where its vertices are does not matter; neither does the order of its faces."""
    for key in filter(shipped, TOPOLOGY_KEYS):
        if len(mesh.vertices) == len(load_topology(key).skin) and has_faces(mesh, key):
            return load_topology(key)
    return None
