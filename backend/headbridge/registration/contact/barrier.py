"""The barrier of incremental potential contact: it grows without bound as two sheets come to touch (Li et al. 2020)."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from ...spatial.proximity import NearPairs, Proximity


class Barrier:
    """Sum over near pairs of kappa b(d), b(d) = -(d/r - 1)^2 ln(d/r) for distances d below the range r, else 0.

    Parameters
    ----------
    proximity : finds the pairs. own_reach : r within one sheet, mm. strength : kappa, mm^2 like the other energies
    around it.
    """

    def __init__(self, proximity: Proximity, own_reach: float, strength: float):
        self._proximity = proximity
        self._own_reach = own_reach
        self._strength = strength

    def at(self, positions: np.ndarray, reach: float) -> BarrierState:
        """The barrier at (V, 3) positions; `reach` : r between the sheets, mm."""
        return BarrierState(self._proximity.near(positions, reach, self._own_reach), positions, self._strength)

    def narrowed(self, state: BarrierState, reach: float) -> BarrierState:
        """The barrier at the same positions with a shorter reach."""
        pairs = state.pairs
        radii = np.where(pairs.radii > self._own_reach, max(reach, self._own_reach), pairs.radii)
        keep = state.distances < radii
        return BarrierState(
            NearPairs(pairs.vertices[keep], pairs.weights[keep], radii[keep]), state.positions, self._strength
        )

    def free_share(self, positions: np.ndarray, step: np.ndarray) -> float:
        """See `Proximity.free_share`."""
        return self._proximity.free_share(positions, step)


class BarrierState:
    """The barrier at one place: `energy` and, on demand, its gradient and Gauss-Newton matrix."""

    def __init__(self, pairs: NearPairs, positions: np.ndarray, strength: float):
        self.pairs = pairs
        self.positions = positions
        offsets = pairs.offsets(positions)
        self.distances = np.linalg.norm(offsets, axis=1)
        self._directions = offsets / np.maximum(self.distances, 1e-300)[:, None]
        u = np.maximum(self.distances / pairs.radii, 1e-300)
        log = np.log(u)
        self.energy = float(strength * np.sum(-((u - 1.0) ** 2) * log))
        self._slope = strength / pairs.radii * (-2.0 * (u - 1.0) * log - (u - 1.0) ** 2 / u)
        self._curvature = strength / pairs.radii**2 * (-2.0 * log - 4.0 * (u - 1.0) / u + (u - 1.0) ** 2 / u**2)

    def rows(self) -> sp.csr_matrix:
        """(P, 3 V) gradients of the pairs' distances; coordinates of a vertex lie beside each other."""
        values = self.pairs.weights[:, :, None] * self._directions[:, None, :]
        columns = 3 * self.pairs.vertices[:, :, None].astype(np.int64) + np.arange(3)
        starts = np.arange(0, 12 * len(values) + 1, 12)
        return sp.csr_matrix((values.ravel(), columns.ravel(), starts), shape=(len(values), 3 * len(self.positions)))

    def gradient(self, rows: sp.csr_matrix) -> np.ndarray:
        """(U,) gradient in the coordinates of the columns of `rows` (P, U)."""
        return rows.T @ self._slope

    def matrix(self, rows: sp.csr_matrix) -> sp.csr_matrix:
        """(U, U) positive semi-definite: the second derivative along the distances; their own curvature, by which
        sheets in contact repel each other sideways, is left out."""
        return (rows.T @ sp.diags(self._curvature) @ rows).tocsr()
