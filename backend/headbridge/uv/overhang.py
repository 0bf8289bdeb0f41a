"""Target surface that goes on beyond the source's open boundary: a longer neck, a bust."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from ..mesh import Mesh
from ..mesh.adjacency import boundary_edges, connected_labels
from .cut import CutMesh
from .embedding import embed_inside
from .matching import Counterparts
from .patches import Patches

# The overhang shares the layout with this many times its own depth of the surface next to it.
_ROOM = 6.0


@dataclass(frozen=True, eq=False)
class Room:
    """A mapping in which the overhang has room.

    uvs : (N, 2); weights : (N,) counterpart weights, now also 0 next to the overhang; pinned : (N,) bool, points of the
    target's open boundary, put onto the source's, and of the seams in between, spread along them.
    """

    uvs: np.ndarray
    weights: np.ndarray
    pinned: np.ndarray


def make_room(
    uvs: np.ndarray,
    weights: np.ndarray,
    cut: CutMesh,
    triangles: np.ndarray,
    part: Mesh,
    positions: np.ndarray,
    found: Counterparts,
    patches: Patches,
) -> Room:
    """Pin the target's open boundary to the source's where it reaches beyond, and free the surface next to it.

    Without that the overhang would have no place but the boundary line itself. uvs : (N, 2); weights : (N,) counterpart
    weights of the points; triangles : (T, 3) points of `part`; positions : (V, 3) mm."""
    edges, sides, edge_uvs = _source_boundary(patches)
    open_edges = boundary_edges(part)
    open_vertices = np.zeros(len(part.vertices), bool)
    open_vertices[open_edges[_longest(open_edges, part.vertices)]] = True
    # An edge that only stands off the source's surface keeps the UV below it: nothing else would hold it in the layout.
    pinned = open_vertices[cut.point_vertices] & (weights == 0.0)
    chosen = np.flatnonzero(pinned & found.beyond[cut.point_vertices] & np.isin(cut.point_patches, sides))
    if not len(chosen):
        return Room(uvs, weights, pinned)
    out, freed = np.array(uvs), np.array(weights)
    around = _directions(patches.vertices[edges])
    for patch in np.unique(cut.point_patches[chosen]):
        points = chosen[cut.point_patches[chosen] == patch]
        own = sides == patch
        segments = around(patches.vertices[edges[own]])
        out[points] = _nearest_on(around(positions[cut.point_vertices[points]]), segments, edge_uvs[own])
    depth = found.distances[cut.point_vertices]
    reach = _distance_less_depth(positions[cut.point_vertices], triangles, chosen, depth)
    freed[reach < 0.0] = 0.0
    spread = cut.on_seam & (freed == 0.0) & ~pinned
    # Along the seam first: the points of a line spread evenly between its ends.
    out = embed_inside(out, cut.seam_pairs[:, [0, 1, 1]], spread)
    return Room(out, freed, pinned | spread)


def _source_boundary(patches: Patches) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(B, 2) source vertices of the mesh's own open boundary along eligible triangles, (B,) their patches, and (B, 2, 2)
    the UVs of their ends."""
    starts = patches.triangles.reshape(-1).astype(np.int64)
    ends = np.roll(patches.triangles, -1, axis=1).reshape(-1).astype(np.int64)
    keys = np.minimum(starts, ends) * (int(patches.triangles.max()) + 1) + np.maximum(starts, ends)
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    open_ = first[counts == 1]
    triangle, corner = open_ // 3, open_ % 3
    kept = patches.core[triangle] >= 0
    triangle, corner, open_ = triangle[kept], corner[kept], open_[kept]
    uvs = np.stack([patches.triangle_uvs[triangle, corner], patches.triangle_uvs[triangle, (corner + 1) % 3]], axis=1)
    edges = np.stack([starts[open_], ends[open_]], axis=1)
    loop = _longest(edges, patches.vertices)
    return edges[loop], patches.core[triangle[loop]], uvs[loop]


def _longest(edges: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """(B,) bool, the boundary edges of the longest connected line of them."""
    if not len(edges):
        return np.zeros(0, bool)
    labels = connected_labels(len(vertices), edges)[edges[:, 0]]
    length = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    return labels == np.argmax(np.bincount(labels, length))


def _directions(segments: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """A function from (..., 3) places to (..., 2) directions around the loop of (B, 2, 3) segments, as seen along its
    axis: shoulders belong to the neck's sides, though the nearest point of the neck is the same for most of them."""
    points = segments.reshape(-1, 3)
    centre = points.mean(axis=0)
    plane = np.linalg.svd(points - centre, full_matrices=False)[2][:2]

    def around(places: np.ndarray) -> np.ndarray:
        flat = (places - centre) @ plane.T
        return flat / np.maximum(np.linalg.norm(flat, axis=-1, keepdims=True), 1e-12)

    return around


def _nearest_on(points: np.ndarray, segments: np.ndarray, uvs: np.ndarray) -> np.ndarray:
    """(P, 2) UV at the nearest place of (B, 2, D) segments for each of (P, D) points."""
    start, along = segments[:, 0], segments[:, 1] - segments[:, 0]
    share = np.einsum("pbd,bd->pb", points[:, None] - start, along) / np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(share, 0.0, 1.0)
    gaps = np.linalg.norm(points[:, None] - start - share[..., None] * along, axis=2)
    best = np.argmin(gaps, axis=1)
    share = share[np.arange(len(points)), best][:, None]
    return (1.0 - share) * uvs[best, 0] + share * uvs[best, 1]


def _distance_less_depth(
    places: np.ndarray, triangles: np.ndarray, starts: np.ndarray, depth: np.ndarray
) -> np.ndarray:
    """(N,) distance along edges from each point to an overhang's rim point, less the room that one asks for."""
    pairs = np.concatenate([triangles[:, :2], triangles[:, 1:], triangles[:, ::2]])
    length = np.linalg.norm(places[pairs[:, 0]] - places[pairs[:, 1]], axis=1) + 1e-9
    count = len(places)
    graph = sp.coo_matrix((length, (pairs[:, 0], pairs[:, 1])), shape=(count, count)).tocsr()
    # Shared edges were added up; both triangles give the same length.
    graph.data = (
        np.linalg.norm(places[np.repeat(np.arange(count), np.diff(graph.indptr))] - places[graph.indices], axis=1)
        + 1e-9
    )
    found, _, sources = dijkstra(graph, directed=False, indices=starts, min_only=True, return_predecessors=True)
    asked = np.where(sources >= 0, _ROOM * depth[np.maximum(sources, 0)], 0.0)
    return found - asked
