"""Target surface that goes on beyond the source's open boundary: a longer neck, a bust."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from ..mesh import Mesh
from ..mesh.adjacency import boundary_edges
from .cut import CutMesh
from .embedding import embed_inside
from .sheets import Sheets

# The overhang shares the layout with this many times its own depth of the surface next to it.
_ROOM = 3.0


@dataclass(frozen=True, eq=False)
class Room:
    """A mapping in which the overhang has room.

    uvs : (N, 2); weights : (N,) counterpart weights, now also 0 next to the overhang; pinned : (N,) bool, points of the
    target's open boundary, put onto the source's; on_seam : (N,) bool, points spread along the seam in between.
    """

    uvs: np.ndarray
    weights: np.ndarray
    pinned: np.ndarray
    on_seam: np.ndarray


def make_room(
    uvs: np.ndarray,
    weights: np.ndarray,
    cut: CutMesh,
    triangles: np.ndarray,
    part: Mesh,
    positions: np.ndarray,
    distances: np.ndarray,
    sheets: Sheets,
) -> Room:
    """Pin the target's open boundary to the source's where it reaches beyond, and free the surface next to it.

    Without that the overhang would have no place but the boundary line itself. uvs : (N, 2); weights : (N,) counterpart
    weights of the points; triangles : (T, 3) points of `part`; positions : (V, 3) mm; distances : (V,) mm from the
    source's surface."""
    nothing = np.zeros(len(uvs), bool)
    edges, sides, edge_uvs = _source_boundary(sheets)
    open_vertices = np.zeros(len(part.vertices), bool)
    open_vertices[boundary_edges(part).reshape(-1)] = True
    beyond = open_vertices[cut.point_vertices] & (weights == 0.0)
    chosen = np.flatnonzero(beyond & np.isin(cut.point_sheets, sides))
    if not len(chosen):
        return Room(uvs, weights, nothing, nothing)
    out, freed, pinned = np.array(uvs), np.array(weights), np.array(nothing)
    for sheet in np.unique(cut.point_sheets[chosen]):
        points = chosen[cut.point_sheets[chosen] == sheet]
        own = sides == sheet
        out[points] = _nearest_on(positions[cut.point_vertices[points]], sheets.vertices[edges[own]], edge_uvs[own])
    pinned[chosen] = True
    depth = distances[cut.point_vertices]
    reach = _distance_less_depth(positions[cut.point_vertices], triangles, chosen, depth)
    freed[reach < 0.0] = 0.0
    spread = cut.on_seam & (freed == 0.0) & ~pinned
    # Along the seam first: the points of a line spread evenly between its ends.
    out = embed_inside(out, cut.seam_pairs[:, [0, 1, 1]], spread)
    return Room(out, freed, pinned, spread)


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
