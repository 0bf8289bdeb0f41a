"""Labels and cuts of target faces without a counterpart: what they hang on decides."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from ..mesh import Mesh
from ..mesh.adjacency import connected_labels, face_neighbours
from ..mesh.normals import triangle_areas
from ..mesh.uv_layout import signed_areas
from .edges import SharedEdges
from .matching import Counterparts

# A region is large from this share of the whole surface on, and has no room where its border encloses a smaller share
# of its area, both at the layout's scale.
_LARGE, _LEAST_ROOM = 0.005, 0.1


def spread_labels(labels: np.ndarray, free: np.ndarray, edges: SharedEdges, centres: np.ndarray) -> np.ndarray:
    """(F,) labels in which every free face has that of the matched face nearest to it along the surface.

    labels : (F,) patches; free : (F,) bool, faces without counterpart; centres : (F, 3) mm."""
    count = len(labels)
    length = np.linalg.norm(centres[edges.faces[:, 0]] - centres[edges.faces[:, 1]], axis=1) + 1e-9
    graph = sp.coo_matrix((length, (edges.faces[:, 0], edges.faces[:, 1])), shape=(count, count)).tocsr()
    touching = edges.faces[free[edges.faces[:, 0]] != free[edges.faces[:, 1]]]
    rim = np.unique(touching[~free[touching]])
    if not len(rim):
        return labels
    _, _, nearest = dijkstra(graph, directed=False, indices=rim, min_only=True, return_predecessors=True)
    out = labels.copy()
    reached = free & (nearest >= 0)
    out[reached] = labels[nearest[reached]]
    return out


def repair_cuts(cut: np.ndarray, labels: np.ndarray, free: np.ndarray, edges: SharedEdges) -> np.ndarray:
    """(E,) cuts without those in free regions that no cut of the matched surface leads into.

    A mouth bag inside one chart stays whole, wherever its far end happens to lie; a neck below the end of a seam is
    cut on in the seam's direction."""
    inside = free[edges.faces].any(axis=1)
    both = free[edges.faces].all(axis=1)
    regions = connected_labels(len(labels), edges.faces[both])
    ends = np.zeros(int(edges.vertices.max(initial=-1)) + 1, bool)
    ends[edges.vertices[cut & ~inside].reshape(-1)] = True
    face = np.where(free[edges.faces[:, 0]], edges.faces[:, 0], edges.faces[:, 1])
    led_into = np.zeros(int(regions.max()) + 1, bool)
    touching = inside & ends[edges.vertices].any(axis=1)
    led_into[regions[face[touching]]] = True
    return cut & (~inside | led_into[regions[face]])


def faces_without_room(
    part: Mesh, positions: np.ndarray, found: Counterparts, triangles: np.ndarray, uvs: np.ndarray
) -> np.ndarray:
    """(F,) bool, faces of large regions without counterpart that the layout leaves no room for: the inside of a mouth
    hangs on a slit, and would be pressed into it.

    positions : (V, 3) mm; triangles : (T, 3) UV points of `part.triangles`; uvs : (N, 2), right where there is a
    counterpart. The room of a region is what its border encloses: the sum of the signed areas of its triangles,
    wherever its inner points lie. What lies beyond the source's open boundary finds room there (`overhang`)."""
    free = np.minimum.reduceat(found.weights[part.corners], part.face_starts) == 0.0
    edges = face_neighbours(part)
    regions = connected_labels(len(free), edges[free[edges].all(axis=1)])
    face = np.repeat(np.arange(len(free)), part.face_sizes - 2)
    areas, laid = triangle_areas(positions, part.triangles), signed_areas(uvs[triangles])
    matched = ~free[face]
    scale = np.abs(laid[matched]).sum() / max(areas[matched].sum(), 1e-300)
    area = np.bincount(regions[face], areas)
    room = np.abs(np.bincount(regions[face], laid)) / max(scale, 1e-300)
    beyond = np.bincount(regions, np.maximum.reduceat(found.beyond[part.corners], part.face_starts)) > 0.0
    return free & ((area > _LARGE * areas.sum()) & (room < _LEAST_ROOM * area) & ~beyond)[regions]
