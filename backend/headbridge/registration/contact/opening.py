"""A state without crossing sheets to begin the contact with: the opening a little open, everything behind it in its
template's shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ...linalg import SparseCholesky
from ...mesh.similarity import fit_similarity
from ...spatial.intersections import SelfIntersections
from .patch import RimPatch

# How far the halves of the rim are held apart in the middle, mm; the first distance without a crossing serves.
_APART = (0.5, 1.0, 2.0, 3.0, 4.5, 6.0, 8.0)
# Strengths against a plate of bending length 1 mm: the registered skin (per mm^2) and the rim (per mm).
_SKIN = 0.3
_RIM = 5.0
_LINING = 0.05
# The skin keeps its registered place from farther off the rim than this, mm, and fully from farther off than that.
_SHAPED = 2.0
_KEPT = 6.0
_TURNS = 2


@dataclass(frozen=True)
class Opened:
    """positions : (N, 3). flat : vertices whose template shape does not count. triangles : (T, 3) the moving ones that
    cross no other there. dropped : how many do."""

    positions: np.ndarray
    flat: np.ndarray
    triangles: np.ndarray
    dropped: int


def opened(patch: RimPatch, positions: np.ndarray, up: np.ndarray, device: str = "cpu") -> Opened:
    """The patch with its rim held apart by the smallest of a few distances without a crossing.

    Where no distance helps the template's own sheets may be entangled there: then the shape of what crosses is given
    up.
    positions : (N, 3) mm, registered; up : (3,) unit."""
    crossings = SelfIntersections(positions, patch.moving_triangles, device)
    tries = _Tries(patch, positions, up)
    found: Opened | None = None
    flat = np.zeros(0, np.int64)
    for _ in range(2):
        for apart in _APART:
            tries.open(apart, flat)
            crossings.move(tries.positions)
            crossing = np.unique(crossings.pairs())
            if found is None or len(crossing) < found.dropped:
                triangles = np.delete(patch.moving_triangles, crossing, axis=0)
                found = Opened(tries.positions, flat, triangles, len(crossing))
            if len(crossing) == 0:
                return found
        flat = np.unique(patch.moving_triangles[crossing])
    return found


class _Tries:
    """Opens a patch ever farther with one factorisation."""

    def __init__(self, patch: RimPatch, positions: np.ndarray, up: np.ndarray):
        self.positions = np.array(positions)
        self._patch, self._registered, self._up = patch, positions, up
        kept = np.clip((patch.rim_distance - _SHAPED) / (_KEPT - _SHAPED), 0.0, 1.0)
        self._spring = np.where(patch.has_data, _SKIN * kept, 0.0) * patch.areas
        self._places = np.array(positions)
        if patch.deep:
            # A socket that was pulled out of shape goes back behind the skin with the similarity of what is around it.
            lining = np.flatnonzero(~patch.has_data)
            placed = fit_similarity(patch.rest[patch.has_data], positions[patch.has_data]).apply(patch.rest[lining])
            self._places[lining] = placed
            self._spring[lining] = _LINING * np.clip(patch.rim_distance[lining] / _KEPT, 0.0, 1.0) * patch.areas[lining]
        self._spring[patch.rim.vertices] = _RIM * patch.rim_lengths()[patch.rim.vertices]
        self._matrix = (patch.plate + sp.diags(self._spring)).tocsr()[patch.free]
        self._inside = self._matrix[:, patch.free]
        self._factor = SparseCholesky(self._inside + 1e-6 * sp.identity(len(patch.free)))

    def open(self, apart: float, flat: np.ndarray) -> None:
        """Move on to a state with the rim held `apart` mm, or farther where it is registered farther."""
        patch, free = self._patch, self._patch.free
        anchored = self._places.copy()
        places = self._rim_places(apart)
        anchored[patch.rim.vertices] = places[patch.rim.vertices]
        for _ in range(_TURNS):
            shape = patch.turned_shape(self.positions, flat)
            force = self._spring[:, None] * anchored + patch.laplacian @ (shape / patch.areas[:, None])
            moved = self.positions.copy()
            fixed = self._matrix @ moved - self._inside @ moved[free]
            moved[free] = self._factor.solve(force[free] - fixed)
            self.positions = moved

    def _rim_places(self, apart: float) -> np.ndarray:
        """(N, 3) places of the rim's vertices on both sides of its middle line; the opening is an ellipse."""
        count = len(self._registered)
        out = self._registered.copy()
        rim = self._patch.rim
        for half, other, side in ((rim.upper, rim.lower, 0.5), (rim.lower, rim.upper, -0.5)):
            places = half.places[1:-1]
            here, there = self._registered[half.inner], other.rows(places, count) @ self._registered
            height = 2.0 * side * ((here - there) @ self._up)
            wanted = apart * np.sqrt(4.0 * places * (1.0 - places))
            out[half.inner] = here + side * (np.maximum(wanted - height, 0.0))[:, None] * self._up
        return out
