"""The surroundings of a rim as a mesh of their own, on which the contact is solved."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse import csgraph
from scipy.spatial import cKDTree

from ...mesh.laplacian import cotangent_laplacian, thin_plate
from ...mesh.normals import corner_matrix
from ..rotations import LocalRotations
from .rims import Rim, cut_at_corners

# How far from the rim skin and linings move, mm. Linings have nothing else to hold them, and a longer way to come.
_SKIN_REACH = 6.0
_LINING_REACH = 9.0
# Rings around the moving vertices that stay where they are, so that the plate is whole at all that moves.
_FIXED_RINGS = 3


class RimPatch:
    """What moves around a rim, and what it hangs on to; all arrays are in the patch's own numbering.

    Parameters
    ----------
    rest : (V, 3) mm, the undeformed source; triangles : (T, 3); has_data : (V,) bool; curve : (K,) the rim; up : (3,)
    unit;
    deep : the whole lining behind the rim moves (an eye socket, the mouth bag).

    vertices : (N,) the patch's vertices in the source. free : (F,) those that move. rim : its halves. rim_distance :
    (N,) mm in the template. sheets : (N,) 1 on the upper and -1 on the lower side, by the shorter way along the
    surface.
    """

    def __init__(
        self,
        rest: np.ndarray,
        triangles: np.ndarray,
        has_data: np.ndarray,
        curve: np.ndarray,
        up: np.ndarray,
        deep: bool = False,
    ):
        away, _ = cKDTree(rest[curve]).query(rest, distance_upper_bound=np.inf if deep else _LINING_REACH)
        free = np.isfinite(away) & (_lining(triangles, has_data, curve) | (has_data & (away < _SKIN_REACH)))
        kept = free.copy()
        for _ in range(_FIXED_RINGS):
            kept[triangles[kept[triangles].any(axis=1)]] = True
        self.vertices = np.flatnonzero(kept)
        place = np.full(len(rest), -1)
        place[self.vertices] = np.arange(len(self.vertices))
        self.triangles = np.ascontiguousarray(place[triangles[kept[triangles].all(axis=1)]], dtype=np.int32)
        self.rest = rest[self.vertices]
        self.has_data = has_data[self.vertices]
        self.deep = deep
        self.free = np.flatnonzero(free[self.vertices])
        self.is_free = free[self.vertices]
        self.rim = cut_at_corners(self.rest, place[curve], up)
        self.rim_distance = np.minimum(away, _LINING_REACH)[self.vertices]
        self.laplacian = cotangent_laplacian(self.rest, self.triangles)
        self.plate, self.areas = thin_plate(self.rest, self.triangles, self.laplacian)
        self.rotations = LocalRotations(self.rest, self.triangles, self.laplacian, smoothing=8)
        self.corners = corner_matrix(self.triangles, len(self.rest))
        self.sheets = self._sheets()
        # The skin around tells above from below: a template's lips may overlap, so that their rims do not.
        if self.has_lips():
            above, below = (self.rest[self.has_data & (self.sheets == side)] @ up for side in (1, -1))
            if above.mean() < below.mean():
                self.rim, self.sheets = Rim(self.rim.lower, self.rim.upper), -self.sheets
        self.moving_triangles = self.triangles[self.is_free[self.triangles].any(axis=1)]

    def __len__(self) -> int:
        return len(self.vertices)

    def has_lips(self) -> bool:
        """Whether matched skin is left on both sides of the rim."""
        near = self.has_data & (self.rim_distance < _SKIN_REACH)
        return bool((near & (self.sheets > 0)).any() and (near & (self.sheets < 0)).any())

    def turned_shape(self, positions: np.ndarray, flat: np.ndarray | None = None) -> np.ndarray:
        """(N, 3) the template's differential coordinates, turned with the neighbourhoods of (N, 3) positions; 0 at the
        vertices `flat`."""
        out = self.rotations.turned(self.rotations.at(positions))
        if flat is not None:
            out[flat] = 0.0
        return out

    def rim_lengths(self) -> np.ndarray:
        """(N,) mm, the length of rim that belongs to each vertex, 0 off the rim."""
        out = np.zeros(len(self))
        for half in (self.rim.upper, self.rim.lower):
            length = np.linalg.norm(np.diff(self.rest[half.vertices], axis=0), axis=1)
            out[half.vertices[1:]] += 0.5 * length
            out[half.vertices[:-1]] += 0.5 * length
        return out

    def _sheets(self) -> np.ndarray:
        ends = self.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
        length = np.linalg.norm(self.rest[ends[:, 0]] - self.rest[ends[:, 1]], axis=1)
        # Where triangles share an edge the matrix would add up their entries.
        ends, first = np.unique(np.sort(ends, axis=1), axis=0, return_index=True)
        graph = sp.csr_matrix((length[first], (ends[:, 0], ends[:, 1])), shape=(len(self), len(self)))
        upper, lower = (
            csgraph.dijkstra(graph, directed=False, indices=half.inner, min_only=True)
            for half in (self.rim.upper, self.rim.lower)
        )
        # What does not hang together with the rim is infinitely far from both halves.
        return (upper < lower).astype(np.int32) - (lower < upper)


def _lining(triangles: np.ndarray, has_data: np.ndarray, curve: np.ndarray) -> np.ndarray:
    """(V,) bool, unmatched vertices that hang together with the rim without skin in between."""
    inside = ~has_data
    inside[curve] = True
    ends = triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    ends = ends[inside[ends].all(axis=1)]
    graph = sp.csr_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(has_data), len(has_data)))
    _, labels = csgraph.connected_components(graph, directed=False)
    return ~has_data & np.isin(labels, labels[curve])
