"""What a layout is to keep while it is made injective: shapes, anchors, fixed points, in units of a typical triangle."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import scipy.sparse as sp

from .embedding import point_neighbours
from .mapping_energy import MappingEnergy, jacobian_slopes

# Rest triangles squeezed more than this, against an equilateral one, count as squeezed this much; tiny ones count as
# this share of a typical one.
_THINNEST = 1.0e-2
_EQUILATERAL = np.array([[1.0, 0.5], [0.0, np.sqrt(0.75)]])
# Triangles lighter than this share of the heaviest count as this.
_LIGHTEST = 1.0e-9
# Rounding to float32 moves a coordinate by at most this share of it.
_ROUNDING = 2.0**-24


class LayoutProblem:
    """Positions are (N,) complex, in `unit`s of length; weights are shares of the heaviest triangle's.

    Parameters as for `headbridge.uv.injective.make_injective`.

    Attributes
    ----------
    unit : length of the typical rest triangle, in UV units; heaviest : what an energy of 1 here is outside.
    triangles : (T, 3); rest_areas : (T,) twice the rest triangles' areas; fixed : (N,) bool.
    """

    def __init__(
        self,
        triangles: np.ndarray,
        rest: np.ndarray,
        weights: np.ndarray,
        anchors: np.ndarray,
        anchor_weights: np.ndarray,
        fixed: np.ndarray,
    ):
        self.triangles = np.asarray(triangles)
        self.fixed = np.asarray(fixed, bool)
        rest = _sound_shapes(np.asarray(rest, np.float64))
        areas = np.linalg.det(rest)
        self.unit = float(np.sqrt(np.median(areas))) if len(areas) else 1.0
        self.rest_areas = areas / self.unit**2
        self.heaviest = float(np.max(weights, initial=0.0)) or 1.0
        self._slopes = jacobian_slopes(rest / self.unit)
        self._weights = np.maximum(np.asarray(weights, np.float64) / self.heaviest, _LIGHTEST)
        self._anchor_weights = np.asarray(anchor_weights, np.float64) * (self.unit**2 / self.heaviest)
        held = self._anchor_weights > 0.0
        self._anchors = self.positions(np.where(held[:, None], np.asarray(anchors, np.float64), 0.0))

    def positions(self, uvs: np.ndarray) -> np.ndarray:
        """(N,) complex positions of (N, 2) UVs."""
        return np.ascontiguousarray(uvs, np.float64).view(complex).reshape(-1) / self.unit

    def uvs(self, positions: np.ndarray) -> np.ndarray:
        """(N, 2) UVs of (N,) complex positions."""
        return (positions * self.unit).view(np.float64).reshape(-1, 2)

    def energy(
        self, free: np.ndarray, pull: float = 1.0, shrinkage: np.ndarray | None = None, lightest: float = 0.0
    ) -> MappingEnergy:
        """The energy of (N,) bool free points, anchors `pull` times as strong, rest shapes shrunk by (T,) factors and
        no triangle lighter than `lightest`."""
        slopes = self._slopes if shrinkage is None else self._slopes / shrinkage[:, None]
        weights = np.maximum(self._weights, lightest)
        return MappingEnergy(self.triangles, slopes, weights, self._anchors, pull * self._anchor_weights, free)

    def folded(self, positions: np.ndarray, triangles: np.ndarray | None = None) -> np.ndarray:
        """(T,) bool, triangles (all, or some) that are flipped or may lose their area once rounded to float32."""
        corners = positions[self.triangles if triangles is None else triangles]
        first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        moves = 2.0 * _ROUNDING * np.maximum(np.abs(corners.real), np.abs(corners.imag)).max(axis=1)
        length = np.abs(first.real) + np.abs(first.imag) + np.abs(second.real) + np.abs(second.imag)
        return cross(first, second) <= moves * (length + 2.0 * moves)

    def grown(self, points: np.ndarray, rings: int) -> np.ndarray:
        """(N,) bool, the points within so many edges of (N,) bool points."""
        for _ in range(rings):
            points = points | (self._neighbours @ points > 0)
        return points

    @cached_property
    def _neighbours(self) -> sp.csr_matrix:
        return point_neighbours(self.triangles, len(self.fixed))


def cross(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Cross products of complex vectors: twice the signed area between them."""
    return first.real * second.imag - first.imag * second.real


def _sound_shapes(rest: np.ndarray) -> np.ndarray:
    """(T, 2, 2) rest triangles with positive orientation, none thinner than `_THINNEST` and none without size."""
    # As maps z p + w conj(p) of an equilateral triangle, whose longest and shortest stretch are |z| + |w| and |z| - |w|.
    edges = rest[:, 0] + 1j * rest[:, 1]
    slopes = jacobian_slopes(_EQUILATERAL[None])[0, 1:]
    z, w = (edges * slopes).sum(axis=1), (edges * slopes.conj()).sum(axis=1)
    mirrored = np.abs(w) > np.abs(z)
    z, w = np.where(mirrored, w.conj(), z), np.where(mirrored, z.conj(), w)
    smallest = _THINNEST * (float(np.median(np.abs(z))) or 1.0) if len(z) else 1.0
    tiny = np.abs(z) < smallest
    z, w = np.where(tiny, smallest, z), np.where(tiny, 0.0, w)
    needed = np.abs(w) * ((1.0 + _THINNEST) / (1.0 - _THINNEST))
    thin = needed > np.abs(z)
    w = w * np.where(thin, np.abs(z) / np.maximum(needed, smallest), 1.0)
    equilateral = _EQUILATERAL[0] + 1j * _EQUILATERAL[1]
    sound = z[:, None] * equilateral + w[:, None] * equilateral.conj()
    changed = mirrored | tiny | thin
    return np.where(changed[:, None, None], np.stack([sound.real, sound.imag], axis=1), rest)
