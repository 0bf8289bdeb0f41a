"""Target surface that goes on beyond the source's open boundary: a longer neck, a bust."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from ..mesh import Mesh
from ..mesh.adjacency import boundary_edges
from .cut import CutMesh
from .sheets import Sheets

# The overhang shares the layout with this many times its own depth of the surface next to it.
_ROOM = 3.0


def make_room(
    uvs: np.ndarray, weights: np.ndarray, cut: CutMesh, triangles: np.ndarray, target: Mesh, positions: np.ndarray,
    distances: np.ndarray, sheets: Sheets,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pin the target's open boundary to the source's where it reaches beyond, and free the surface in between.

    uvs : (N, 2); weights : (N,) counterpart weights of the points; triangles : (T, 3) points; positions : (V, 3) mm;
    distances : (V,) mm from the source. Returns new uvs, new weights and (N,) bool, the pinned points. Without it the
    overhang would have no place but the boundary line itself.
    """
    pinned = np.zeros(len(uvs), bool)
    edges, sides, edge_uvs = _source_boundary(sheets)
    open_vertices = np.zeros(len(target.vertices), bool)
    open_vertices[boundary_edges(target).reshape(-1)] = True
    beyond = open_vertices[cut.point_vertices] & (weights == 0.0)
    # Only boundaries joined to matched surface by a chain of edges that all reach beyond: not a socket's inner rim.
    chosen = np.flatnonzero(beyond & np.isin(cut.point_sheets, sides))
    if not len(chosen) or not len(edges):
        return uvs, weights, pinned
    out, freed = np.array(uvs), np.array(weights)
    for sheet in np.unique(cut.point_sheets[chosen]):
        points = chosen[cut.point_sheets[chosen] == sheet]
        own = sides == sheet
        out[points] = _nearest_on(positions[cut.point_vertices[points]], sheets.vertices[edges[own]], edge_uvs[own])
    pinned[chosen] = True
    depth = distances[cut.point_vertices]
    reach = _distance_less_depth(positions[cut.point_vertices], triangles, chosen, depth)
    freed[reach < 0.0] = 0.0
    return out, freed, pinned


def _source_boundary(sheets: Sheets) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(B, 2) source vertices of the mesh's own open boundary along eligible triangles, (B,) their sheets, and (B, 2, 2)
    the UVs of their ends."""
    starts = sheets.triangles.reshape(-1).astype(np.int64)
    ends = np.roll(sheets.triangles, -1, axis=1).reshape(-1).astype(np.int64)
    keys = np.minimum(starts, ends) * (int(sheets.triangles.max()) + 1) + np.maximum(starts, ends)
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    open_ = first[counts == 1]
    triangle, corner = open_ // 3, open_ % 3
    kept = sheets.core[triangle] >= 0
    triangle, corner, open_ = triangle[kept], corner[kept], open_[kept]
    uvs = np.stack(
        [sheets.triangle_uvs[triangle, corner], sheets.triangle_uvs[triangle, (corner + 1) % 3]], axis=1
    )
    return np.stack([starts[open_], ends[open_]], axis=1), sheets.core[triangle], uvs


def _nearest_on(points: np.ndarray, segments: np.ndarray, uvs: np.ndarray) -> np.ndarray:
    """(P, 2) UV at the nearest place of (B, 2, 3) segments for each of (P, 3) points."""
    start, along = segments[:, 0], segments[:, 1] - segments[:, 0]
    share = np.einsum("pbd,bd->pb", points[:, None] - start, along) / np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(share, 0.0, 1.0)
    gaps = np.linalg.norm(points[:, None] - start - share[..., None] * along, axis=2)
    best = np.argmin(gaps, axis=1)
    share = share[np.arange(len(points)), best][:, None]
    return (1.0 - share) * uvs[best, 0] + share * uvs[best, 1]


def _distance_less_depth(places: np.ndarray, triangles: np.ndarray, starts: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """(N,) distance along edges from each point to an overhang's rim point, less the room that one asks for."""
    pairs = np.concatenate([triangles[:, :2], triangles[:, 1:], triangles[:, ::2]])
    length = np.linalg.norm(places[pairs[:, 0]] - places[pairs[:, 1]], axis=1) + 1e-9
    count = len(places)
    graph = sp.coo_matrix((length, (pairs[:, 0], pairs[:, 1])), shape=(count, count)).tocsr()
    # Shared edges were added up; both triangles give the same length.
    graph.data = np.linalg.norm(
        places[np.repeat(np.arange(count), np.diff(graph.indptr))] - places[graph.indices], axis=1
    ) + 1e-9
    found, _, sources = dijkstra(graph, directed=False, indices=starts, min_only=True, return_predecessors=True)
    asked = np.where(sources >= 0, _ROOM * depth[np.maximum(sources, 0)], 0.0)
    return found - asked
