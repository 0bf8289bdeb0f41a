"""Another triangulation of a surface with edges of about a given length."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from retriangulate import Collapse, random_diagonals

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import edge_table, vertex_neighbours
from headbridge.mesh.normals import triangle_cross, vertex_normals

# In one round at most one vertex in so many goes.
_ROUND = 5


def remesh(mesh: Mesh, edge: float, seed: int) -> Mesh:
    """The mesh triangulated anew with edges of about a length in the mesh's units, and no more than half as many
    vertices again as equilateral triangles of that length would have.

    Vertices lie on the given surface; nearly none is one of its vertices. Where the mesh is finer than `edge` (lids,
    lips), so is the result.
    """
    rng = np.random.default_rng(seed)
    count = len(mesh.vertices)
    cut = Mesh.from_faces(mesh.vertices, random_diagonals(mesh, rng))
    fine = split_long_edges(split_edges(cut, 0.0, rng), 1.7 * edge, rng)
    area = 0.5 * np.linalg.norm(triangle_cross(fine.vertices, fine.triangles), axis=1).sum()
    excess = len(fine.vertices) - int(area / (0.5 * np.sqrt(3.0) * edge**2))
    collapse = Collapse(fine.vertices, fine.triangles)
    # The mesh's own vertices all go, whatever the count.
    for vertex in rng.permutation(count):
        excess -= collapse.remove(int(vertex))
    for vertex in count + rng.permutation(len(fine.vertices) - count):
        if excess <= 0:
            break
        excess -= collapse.remove(int(vertex))
    return collapse.mesh(f"{mesh.name}, triangulated anew")


def collapsed(mesh: Mesh, vertices: int, seed: int) -> Mesh:
    """The mesh with about that many of its vertices, the others collapsed onto neighbours.

    In rounds, each over vertices of which no two are neighbours, flat places first, so that no fan grows large. The
    surface may refuse the last of them.
    """
    rng = np.random.default_rng(seed)
    name, excess = mesh.name, len(mesh.vertices) - vertices
    while excess > 0:
        collapse, neighbours = Collapse(mesh.vertices, mesh.triangles), vertex_neighbours(mesh).tocsr()
        kept = np.zeros(len(mesh.vertices), bool)
        allowed, removed = min(excess, len(mesh.vertices) // _ROUND), 0
        for vertex in np.argsort(_heights(mesh, neighbours) * (1.0 + 0.1 * rng.random(len(kept)))):
            if removed == allowed:
                break
            if not kept[vertex] and collapse.remove(int(vertex)):
                removed += 1
                kept[neighbours.indices[neighbours.indptr[vertex] : neighbours.indptr[vertex + 1]]] = True
        if not removed:
            break
        mesh, excess = collapse.mesh(f"{name}, coarser"), excess - removed
    return mesh


def _heights(mesh: Mesh, neighbours: sp.csr_matrix) -> np.ndarray:
    """(V,) how far every vertex stands out of the plane through its neighbours' mean."""
    mean = (neighbours @ mesh.vertices) / np.maximum(np.asarray(neighbours.sum(axis=1)).reshape(-1, 1), 1.0)
    return np.abs(((mesh.vertices - mean) * vertex_normals(mesh.vertices, mesh.triangles)).sum(axis=1))


def split_long_edges(mesh: Mesh, longest: float, rng: np.random.Generator) -> Mesh:
    """Split edges near their middle until none is longer than `longest`, as (T, 3) triangles without T-junctions."""
    while True:
        fine = split_edges(mesh, longest, rng)
        if len(fine.vertices) == len(mesh.vertices):
            return fine
        mesh = fine


def split_edges(mesh: Mesh, longest: float, rng: np.random.Generator) -> Mesh:
    """Split the edges longer than `longest` once, near their middle; the old vertices come first."""
    mesh = Mesh.from_faces(mesh.vertices, mesh.triangles, name=mesh.name)
    table = edge_table(mesh)
    ends = mesh.vertices[table.edges]
    long = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) > longest
    share = rng.uniform(0.4, 0.6, long.sum())[:, None]
    middle = np.full(len(long), -1)
    middle[long] = len(mesh.vertices) + np.arange(long.sum())
    vertices = np.concatenate([mesh.vertices, (1.0 - share) * ends[long, 0] + share * ends[long, 1]])
    return Mesh.from_faces(vertices, _split(mesh.triangles, middle[table.corner_edges.reshape(-1, 3)]), name=mesh.name)


def _split(triangles: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """Triangles cut at the new vertices on their edges; `middle` (T, 3) holds -1 where an edge stays."""
    count = (middle >= 0).sum(axis=1)
    parts = [triangles[count == 0]]
    for number, lone in ((1, True), (2, False)):
        # Turn each triangle so that its only split edge, or its only whole edge, comes first.
        rows = np.flatnonzero(count == number)
        first = ((middle[rows] >= 0) == lone).argmax(axis=1)
        order = (first[:, None] + np.arange(3)) % 3
        (a, b, c) = np.take_along_axis(triangles[rows], order, axis=1).T
        (ab, bc, ca) = np.take_along_axis(middle[rows], order, axis=1).T
        corners = [(a, ab, c), (ab, b, c)] if lone else [(ca, bc, c), (a, b, bc), (a, bc, ca)]
        parts += [np.stack(corner, axis=1) for corner in corners]
    (a, b, c), (ab, bc, ca) = triangles[count == 3].T, middle[count == 3].T
    parts += [np.stack(part, axis=1) for part in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
    return np.concatenate(parts)
