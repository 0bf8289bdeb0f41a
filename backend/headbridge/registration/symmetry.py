"""A soft preference for keeping a symmetric topology symmetric."""

from __future__ import annotations

import numpy as np


class SymmetryTerm:
    """Sum over vertices of w_i |a_i(x) - s_i|^2, where a_i is how far vertex i is from its partner's mirror image.

    Surface data say nothing about sliding along the surface; noise and unequal tessellation of the target then drag the
    two halves of a symmetric topology apart. The mirror plane is that of the positions themselves, so a head may turn
    and move freely. What is asymmetric at the start, s = a(rest), may stay so: a template's own unevenness (FLAME's mean
    has up to two millimetres of it) and what a statistical start found.

    Parameters
    ----------
    rest : (V, 3) mm, where the deformation starts; mirror : (V,) partner of every vertex, itself on the midline, -1 without; weights : (V,) mm^2.
    """

    def __init__(self, rest: np.ndarray, mirror: np.ndarray, weights: np.ndarray):
        paired = mirror >= 0
        self._partner = np.where(paired, mirror, np.arange(len(mirror)))
        self._weights = np.where(paired, weights + weights[self._partner], 0.0)
        self.at(rest)
        self._start = self._asymmetry(rest)

    def at(self, positions: np.ndarray) -> None:
        """Take the mirror plane from (V, 3) positions."""
        sides = positions - positions[self._partner]
        # The direction between partners, whichever of the two comes first.
        self._normal = np.linalg.eigh((self._weights[:, None] * sides).T @ sides)[1][:, -1]
        self._distance = float(self._weights @ (positions @ self._normal) / self._weights.sum())

    def _mirrored(self, vectors: np.ndarray) -> np.ndarray:
        across = vectors[self._partner]
        return across - 2.0 * np.einsum("vd,d->v", across, self._normal)[:, None] * self._normal

    def _asymmetry(self, positions: np.ndarray) -> np.ndarray:
        return positions - self._mirrored(positions) - 2.0 * self._distance * self._normal

    def pull(self, positions: np.ndarray) -> np.ndarray:
        """(V, 3) negative gradient at (V, 3) positions, with the plane of the last `at`."""
        pull = self._weights[:, None] * (self._start - self._asymmetry(positions))
        # Both partners feel every difference.
        return 0.5 * (pull - self._mirrored(pull))

    def apply(self, step: np.ndarray) -> np.ndarray:
        """The term's matrix times a (V, 3) step."""
        return self._weights[:, None] * (step - self._mirrored(step))

    def diagonal(self) -> np.ndarray:
        """(V,) the stiffness at every vertex."""
        return self._weights
