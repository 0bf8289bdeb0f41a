"""Which known topology a mesh has: by its counts and faces, never by its positions."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.adjacency import edge_table
from .builtin import TOPOLOGY_KEYS, load_builtin, load_topology
from .topology import Topology


@lru_cache(maxsize=None)
def _reference(key: str) -> tuple[np.ndarray, np.ndarray]:
    """Face table and undirected edge keys of a built-in topology."""
    mesh = load_builtin(key)
    edges = edge_table(mesh).edges.astype(np.int64)
    return _face_table(mesh), edges[:, 0] * len(mesh.vertices) + edges[:, 1]


def _canonical(faces: np.ndarray) -> np.ndarray:
    """(F, 4) faces (triangles padded with -1) rotated so that the lowest vertex comes first, in lexicographic order."""
    triangle = faces[:, 3] < 0
    size = np.where(triangle, 3, 4)[:, None]
    first = np.argmin(np.where(faces < 0, np.iinfo(np.int32).max, faces), axis=1)[:, None]
    turn = np.where(np.arange(4) < size, (np.arange(4) + first) % size, 3)
    faces = np.take_along_axis(faces, turn, axis=1)
    return faces[np.lexsort(faces.T[::-1])]


def _padded(mesh: Mesh) -> np.ndarray:
    """(F, 4) int64 faces of a mesh of triangles and quads, triangles padded with -1."""
    last = mesh.corners[np.where(mesh.face_sizes == 4, mesh.face_starts + 3, 0)]
    columns = [mesh.corners[mesh.face_starts + k] for k in range(3)] + [np.where(mesh.face_sizes == 4, last, -1)]
    return np.stack(columns, axis=1).astype(np.int64)


def _face_table(mesh: Mesh) -> np.ndarray:
    return _canonical(_padded(mesh))


def _joined(faces: np.ndarray, edge_keys: np.ndarray, count: int) -> np.ndarray | None:
    """Join the triangle pairs whose common edge is no edge of the reference; None where that leaves odd ones."""
    triangles = faces[faces[:, 3] < 0, :3]
    ends = np.roll(triangles, -1, axis=1)
    keys = np.minimum(triangles, ends) * count + np.maximum(triangles, ends)
    diagonal = ~np.isin(keys, edge_keys)
    if np.any(diagonal.sum(axis=1) > 1):
        return None
    halves, side = np.nonzero(diagonal)
    order = np.argsort(keys[halves, side], kind="stable")
    halves, side = halves[order], side[order]
    if len(halves) % 2 or np.any(keys[halves[::2], side[::2]] != keys[halves[1::2], side[1::2]]):
        return None
    one, other, at, across = halves[::2], halves[1::2], side[::2], side[1::2]
    quads = np.stack(
        [
            triangles[one, (at + 2) % 3],
            triangles[one, at],
            triangles[other, (across + 2) % 3],
            triangles[one, (at + 1) % 3],
        ],
        axis=1,
    )
    single = triangles[~diagonal.any(axis=1)]
    return np.concatenate([faces[faces[:, 3] >= 0], quads, np.pad(single, ((0, 0), (0, 1)), constant_values=-1)])


def _same_faces(mesh: Mesh, key: str) -> bool:
    if not len(mesh.face_sizes) or mesh.face_sizes.max() > 4:
        return False
    reference, edge_keys = _reference(key)
    faces = _padded(mesh)
    if len(faces) != len(reference):
        faces = _joined(faces, edge_keys, len(mesh.vertices))
        if faces is None or len(faces) != len(reference):
            return False
    return np.array_equal(_canonical(faces), reference)


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
