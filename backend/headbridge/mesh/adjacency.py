"""Which edges, faces and vertices of a mesh touch: edge tables, boundaries, components, rings and face neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse import csgraph

from ..errors import InputError
from .mesh import Mesh


@dataclass(frozen=True)
class EdgeTable:
    """The undirected edges of a polygon mesh and the face corners that run along them.

    edges : (E, 2) int32, lower vertex first, in lexicographic order.
    corner_edges : (C,) int32, the edge from every face corner to the next corner of its face.
    corner_ends : (C,) int32, the vertex that edge leads to.
    face_counts : (E,) int32, how many face sides lie on each edge: 1 on a boundary, 2 inside, more where non-manifold.
    """

    edges: np.ndarray
    corner_edges: np.ndarray
    corner_ends: np.ndarray
    face_counts: np.ndarray


def edge_table(mesh: Mesh) -> EdgeTable:
    """Edges of the polygons themselves (no diagonals of a triangulation)."""
    ends = np.roll(mesh.corners, -1)
    last = mesh.face_starts + mesh.face_sizes - 1
    ends[last] = mesh.corners[mesh.face_starts]
    low, high = np.minimum(mesh.corners, ends).astype(np.int64), np.maximum(mesh.corners, ends).astype(np.int64)
    keys, inverse, counts = np.unique(low * len(mesh.vertices) + high, return_inverse=True, return_counts=True)
    edges = np.stack(np.divmod(keys, max(len(mesh.vertices), 1)), axis=1).astype(np.int32)
    return EdgeTable(edges, inverse.reshape(-1).astype(np.int32), ends, counts.astype(np.int32))


def unique_edges(mesh: Mesh) -> np.ndarray:
    """(E, 2) int32, every undirected edge once, lower vertex first, in lexicographic order."""
    return edge_table(mesh).edges


def boundary_edges(mesh: Mesh) -> np.ndarray:
    """(B, 2) int32, edges with one face, directed as that face runs along them."""
    table = edge_table(mesh)
    corners = np.flatnonzero(table.face_counts[table.corner_edges] == 1)
    return np.stack([mesh.corners[corners], table.corner_ends[corners]], axis=1)


def non_manifold_edges(mesh: Mesh) -> np.ndarray:
    """(N, 2) int32, edges with more than two faces, or with two faces that run along them in the same direction."""
    table = edge_table(mesh)
    forward = (mesh.corners < table.corner_ends).astype(np.int64)
    agree = np.bincount(table.corner_edges, weights=2 * forward - 1, minlength=len(table.edges)) != 0
    return table.edges[(table.face_counts > 2) | ((table.face_counts == 2) & agree)]


def boundary_loops(mesh: Mesh) -> list[np.ndarray]:
    """Every boundary as a closed curve of vertex indices (K,) int32, directed as its faces run, longest first.

    A loop starts at its lowest vertex. Where boundaries touch in one vertex they are split there, so no loop visits a
    vertex twice. Raises InputError where the faces along a boundary disagree in orientation.
    """
    directed = boundary_edges(mesh)
    following: dict[int, list[int]] = {}
    for start, end in directed[np.lexsort((directed[:, 1], directed[:, 0]))].tolist():
        following.setdefault(start, []).append(end)
    loops = []
    for first in sorted(following):
        while following[first]:
            path, place = [first], {first: 0}
            while path:
                if not following.get(path[-1]):
                    raise InputError(
                        f"{mesh.name}: faces along the boundary at vertex {path[-1]} disagree in orientation; "
                        "make the normals consistent first."
                    )
                vertex = following[path[-1]].pop()
                if vertex not in place:
                    place[vertex] = len(path)
                    path.append(vertex)
                    continue
                loop = path[place[vertex] :]
                path = path[: place[vertex] + 1] if place[vertex] else []
                for closed in loop[1 if path else 0 :]:
                    del place[closed]
                loops.append(np.roll(np.array(loop, np.int32), -int(np.argmin(loop))))
    return sorted(loops, key=lambda loop: (-len(loop), int(loop[0])))


def vertex_neighbours(mesh: Mesh) -> sp.csr_matrix:
    """(V, V) boolean CSR, true where two vertices share an edge; row i's `indices` are i's neighbours, ascending."""
    edges = unique_edges(mesh)
    count = len(mesh.vertices)
    rows, columns = np.concatenate([edges, edges[:, ::-1]]).T
    return sp.csr_matrix((np.ones(len(rows), bool), (rows, columns)), shape=(count, count))


def vertex_rings(mesh: Mesh, rings: int) -> sp.csr_matrix:
    """(V, V) boolean CSR, true where a vertex is reached over at most `rings` edges, itself included."""
    neighbours = vertex_neighbours(mesh).astype(np.int32) + sp.identity(len(mesh.vertices), np.int32, format="csr")
    reached = sp.identity(len(mesh.vertices), np.int32, format="csr")
    for _ in range(rings):
        reached = reached @ neighbours
        reached.data[:] = 1
    reached.sort_indices()
    return reached.astype(bool)


def grow(mesh: Mesh, mask: np.ndarray, rings: int) -> np.ndarray:
    """(V,) bool, the vertices within `rings` edges of a (V,) bool mask."""
    neighbours = vertex_neighbours(mesh)
    grown = np.array(mask, bool)
    for _ in range(rings):
        grown = grown | (neighbours @ grown.astype(np.int32) > 0)
    return grown


def connected_labels(count: int, pairs: np.ndarray) -> np.ndarray:
    """(count,) int labels of what (P, 2) pairs connect."""
    graph = sp.coo_matrix((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return csgraph.connected_components(graph, directed=False)[1]


def connected_components(mesh: Mesh) -> np.ndarray:
    """(V,) int32, the component of every vertex, numbered by their lowest vertex; a vertex without faces is its own."""
    _, labels = csgraph.connected_components(vertex_neighbours(mesh), directed=False)
    _, first = np.unique(labels, return_index=True)
    rank = np.empty(len(first), np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return rank[labels] if len(labels) else np.zeros(0, np.int32)


def face_neighbours(mesh: Mesh) -> np.ndarray:
    """(P, 2) int32, every pair of faces that share an edge, lower face first, each pair once."""
    table = edge_table(mesh)
    faces = np.repeat(np.arange(len(mesh.face_sizes), dtype=np.int32), mesh.face_sizes)
    order = np.argsort(table.corner_edges, kind="stable")
    sorted_edges, sorted_faces = table.corner_edges[order], faces[order]
    pairs = [np.zeros((0, 2), np.int32)]
    for step in range(1, int(table.face_counts.max(initial=1))):
        same = sorted_edges[:-step] == sorted_edges[step:]
        pairs.append(np.stack([sorted_faces[:-step][same], sorted_faces[step:][same]], axis=1))
    pairs = np.sort(np.concatenate(pairs), axis=1)
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)


def triangle_neighbours(triangles: np.ndarray) -> np.ndarray:
    """(T, 3) int32, the triangle across edge (k, k+1) of each of (T, 3) triangles; -1 on a boundary or where more than
    two triangles meet."""
    starts = triangles.reshape(-1).astype(np.int64)
    ends = np.roll(triangles, -1, axis=1).reshape(-1).astype(np.int64)
    keys = np.minimum(starts, ends) * (int(triangles.max(initial=0)) + 1) + np.maximum(starts, ends)
    order = np.argsort(keys, kind="stable")
    _, first, counts = np.unique(keys[order], return_index=True, return_counts=True)
    pair = first[counts == 2]
    one, other = order[pair], order[pair + 1]
    across = np.full(len(keys), -1, np.int32)
    across[one], across[other] = other // 3, one // 3
    return across.reshape(triangles.shape)
