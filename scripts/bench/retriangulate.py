"""Another triangulation of the same surface, of which no vertex is a vertex of the first."""

from __future__ import annotations

import math

import numpy as np

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import edge_table

_SMALLEST_COSINE = 0.8


def retriangulate(mesh: Mesh, vertex_share: float, seed: int) -> Mesh:
    """Cut every quad along a random diagonal, split every edge at its middle, then collapse the mesh's own vertices and
    after them random ones, until `vertex_share` of the original vertex count is left.

    Collapses only move a corner onto a neighbour, so every vertex left lies on an edge of the given surface. A few
    of the original vertices may remain where a collapse would fold the surface.
    """
    rng = np.random.default_rng(seed)
    split = _split_edges(Mesh.from_faces(mesh.vertices, random_diagonals(mesh, rng)))
    collapse = Collapse(split.vertices, split.triangles)
    count = len(mesh.vertices)
    rest = count + rng.permutation(len(split.vertices) - count)
    excess = len(split.vertices) - int(vertex_share * count)
    for vertex in np.concatenate([rng.permutation(count), rest]):
        if excess <= 0:
            break
        excess -= collapse.remove(int(vertex))
    return collapse.mesh(f"{mesh.name}, triangulated anew")


def random_diagonals(mesh: Mesh, rng: np.random.Generator) -> np.ndarray:
    """(T, 3) triangles of a mesh, every quad cut along a random one of its diagonals."""
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


class Collapse:
    """Half-edge collapses that keep the mesh manifold and turn no triangle by more than 37 degrees."""

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray):
        self._vertices = vertices
        # Single points are read millions of times, where plain numbers are much faster than arrays.
        self._points = [tuple(point) for point in vertices.tolist()]
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
        points = self._points
        for onto in sorted(neighbours, key=lambda other: math.dist(points[other], points[vertex])):
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
        points = self._points
        for face in faces:
            corners = self._triangles[face]
            before = _cross(*(points[v] for v in corners))
            after = _cross(*(points[onto if v == vertex else v] for v in corners))
            product = _dot(before, after)
            if product <= _SMALLEST_COSINE * math.sqrt(_dot(before, before) * _dot(after, after)):
                return False
        return True

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
        return Mesh.from_faces(self._vertices[used], local.reshape(-1, 3), name=name)


def _cross(a: tuple[float, ...], b: tuple[float, ...], c: tuple[float, ...]) -> tuple[float, float, float]:
    """The normal of a triangle, as long as twice its area."""
    px, py, pz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    qx, qy, qz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    return py * qz - pz * qy, pz * qx - px * qz, px * qy - py * qx


def _dot(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
