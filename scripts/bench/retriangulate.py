"""Another triangulation of the same surface, of which no vertex is a vertex of the first."""

from __future__ import annotations

import numpy as np

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import edge_table
from headbridge.mesh.normals import triangle_cross

_SMALLEST_COSINE = 0.8


def retriangulate(mesh: Mesh, vertex_share: float, seed: int) -> Mesh:
    """Cut every quad along a random diagonal, split every edge at its middle, then collapse the mesh's own vertices and
    after them random ones, until `vertex_share` of the original vertex count is left.

    Collapses only move a corner onto a neighbour, so every vertex left lies on an edge of the given surface. A few
    of the original vertices may remain where a collapse would fold the surface.
    """
    rng = np.random.default_rng(seed)
    split = _split_edges(Mesh.from_faces(mesh.vertices, _random_diagonals(mesh, rng)))
    collapse = _Collapse(split.vertices, split.triangles)
    count = len(mesh.vertices)
    rest = count + rng.permutation(len(split.vertices) - count)
    excess = len(split.vertices) - int(vertex_share * count)
    for vertex in np.concatenate([rng.permutation(count), rest]):
        if excess <= 0:
            break
        excess -= collapse.remove(int(vertex))
    return collapse.mesh(f"{mesh.name}, triangulated anew")


def _random_diagonals(mesh: Mesh, rng: np.random.Generator) -> np.ndarray:
    triangles = mesh.triangles.copy()
    first = np.flatnonzero(mesh.face_sizes[mesh.triangle_faces] == 4)[::2]
    first = first[rng.random(len(first)) < 0.5]
    a, b, c, d = triangles[first, 0], triangles[first, 1], triangles[first, 2], triangles[first + 1, 2]
    triangles[first], triangles[first + 1] = np.stack([a, b, d], axis=1), np.stack([b, c, d], axis=1)
    return triangles


def _split_edges(mesh: Mesh) -> Mesh:
    table = edge_table(mesh)
    middle = len(mesh.vertices) + table.corner_edges.reshape(-1, 3)
    (a, b, c), (ab, bc, ca) = mesh.triangles.T, middle.T
    parts = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    triangles = np.concatenate([np.stack(part, axis=1) for part in parts])
    return Mesh.from_faces(np.concatenate([mesh.vertices, mesh.vertices[table.edges].mean(axis=1)]), triangles)


class _Collapse:
    """Half-edge collapses that keep the mesh manifold and turn no triangle by more than 37 degrees."""

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray):
        self._points = vertices
        self._triangles = [tuple(t) for t in triangles.tolist()]
        self._around: list[set[int]] = [set() for _ in range(len(vertices))]
        for index, triangle in enumerate(self._triangles):
            for vertex in triangle:
                self._around[vertex].add(index)

    def remove(self, vertex: int) -> bool:
        """Collapse `vertex` onto the nearest neighbour that allows it; False when none does."""
        faces = self._around[vertex]
        neighbours: dict[int, int] = {}
        for face in faces:
            for other in self._triangles[face]:
                if other != vertex:
                    neighbours[other] = neighbours.get(other, 0) + 1
        on_boundary = 1 in neighbours.values()
        for onto in sorted(
            neighbours, key=lambda other: float(((self._points[other] - self._points[vertex]) ** 2).sum())
        ):
            # A boundary vertex may only slide along the boundary.
            if on_boundary and neighbours[onto] != 1:
                continue
            shared = faces & self._around[onto]
            beyond = {v for face in self._around[onto] for v in self._triangles[face]} - {onto, vertex}
            if len(beyond & neighbours.keys()) == len(shared) and self._keeps_normals(faces - shared, vertex, onto):
                self._merge(vertex, onto, shared)
                return True
        return False

    def _keeps_normals(self, faces: set[int], vertex: int, onto: int) -> bool:
        triangles = np.array([self._triangles[face] for face in faces])
        if not len(triangles):
            return True
        before, after = (
            triangle_cross(self._points, corners)
            for corners in (triangles, np.where(triangles == vertex, onto, triangles))
        )
        lengths = np.sqrt((before**2).sum(axis=1) * (after**2).sum(axis=1))
        return bool(((before * after).sum(axis=1) > _SMALLEST_COSINE * lengths).all())

    def _merge(self, vertex: int, onto: int, shared: set[int]) -> None:
        for face in shared:
            for corner in self._triangles[face]:
                if corner != vertex:
                    self._around[corner].discard(face)
        for face in self._around[vertex] - shared:
            self._triangles[face] = tuple(onto if v == vertex else v for v in self._triangles[face])
            self._around[onto].add(face)
        self._around[vertex] = set()

    def mesh(self, name: str) -> Mesh:
        kept = sorted(set().union(*self._around))
        triangles = np.array([self._triangles[face] for face in kept])
        used, local = np.unique(triangles, return_inverse=True)
        return Mesh.from_faces(self._points[used], local.reshape(-1, 3), name=name)
