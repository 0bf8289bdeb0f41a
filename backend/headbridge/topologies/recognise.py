"""Which known topology a mesh has: by its counts and faces, never by its positions."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from .builtin import TOPOLOGY_KEYS, load_builtin, load_topology
from .topology import Topology


def _triangle_keys(triangles: np.ndarray, count: int) -> np.ndarray:
    """(T,) int64, a number per oriented triangle of (T, 3) vertices below `count`, whichever corner comes first."""
    first = np.argmin(triangles, axis=1)[:, None]
    a, b, c = np.take_along_axis(triangles, (first + np.arange(3)) % 3, axis=1).astype(np.int64).T
    return (a * count + b) * count + c


@cache
def _reference(key: str) -> tuple[int, list[list[np.ndarray]]]:
    """How many triangles a built-in topology has, and for every face the ways to cut it: per way one key per part."""
    mesh = load_builtin(key)
    count = len(mesh.vertices)
    corner = [mesh.corners[mesh.face_starts[mesh.face_sizes == 4] + k] for k in range(4)]
    single = mesh.corners[mesh.face_starts[mesh.face_sizes == 3][:, None] + np.arange(3)]

    def part(i, j, k):
        return _triangle_keys(np.stack([corner[i], corner[j], corner[k]], axis=1), count)

    ways = [[[_triangle_keys(single, count)]], [[part(0, 1, 2), part(0, 2, 3)], [part(0, 1, 3), part(1, 2, 3)]]]
    return len(mesh.triangles), ways


def _same_faces(mesh: Mesh, key: str) -> bool:
    total, ways = _reference(key)
    keys = np.unique(_triangle_keys(mesh.triangles, len(mesh.vertices)))
    if len(mesh.triangles) != total or len(keys) != total:
        return False
    for cuts in ways:
        found = [np.all([np.isin(part, keys) for part in cut], axis=0) for cut in cuts]
        if not np.any(found, axis=0).all():
            return False
    return True


def recognise(mesh: Mesh) -> Topology | None:
    """The topology of a mesh with the vertex order and faces of a built-in one (quads or any triangulation of them).

    Where its vertices are does not matter; neither does the order of its faces."""
    for key in TOPOLOGY_KEYS:
        if len(mesh.vertices) == len(load_topology(key).skin) and _same_faces(mesh, key):
            return load_topology(key)
    return None


def check_topology(mesh: Mesh, key: str) -> Topology:
    """The topology `key`, or InputError with the cause when the mesh does not have it."""
    topology = load_topology(key)
    expected, found = len(topology.skin), len(mesh.vertices)
    if found != expected:
        raise InputError(
            f"{mesh.name} has {found} vertices, but the {topology.label} topology has {expected}; "
            "choose the right topology, or import the file without merging or splitting vertices."
        )
    if not _same_faces(mesh, key):
        raise InputError(
            f"{mesh.name} has the {expected} vertices of the {topology.label} topology but other faces or another "
            "vertex order; import it again with the original vertex order."
        )
    return topology
