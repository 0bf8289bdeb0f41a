"""The end state: no flipped triangle, and no self-intersection that the template does not have itself."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from ..linalg import SparseCholesky
from ..mesh.laplacian import cotangent_laplacian, thin_plate
from ..metrics.flips import FlipTest
from ..progress import Progress
from ..spatial.intersections import SelfIntersections
from .rotations import LocalRotations

# Rounds widen the region that is given back to the plate and weaken its hold on the place it had.
# Stiffness of a restored offset, mm^2: firm against the plate at bending lengths of a few millimetres.
_CONTACT = 20.0
_ROUNDS = ((1, 1.0), (2, 1.0), (2, 0.3), (3, 0.1), (4, 0.03), (5, 0.01), (6, 0.003), (8, 0.0), (10, 0.0), (14, 0.0))


class Untangler:
    """Relaxes the surroundings of flipped and intersecting triangles towards the template's own local shape.

    Parameters
    ----------
    rest : (V, 3) mm, the undeformed source; triangles : (T, 3); device : for the intersection queries.
    """

    def __init__(self, rest: np.ndarray, triangles: np.ndarray, device: str = "cpu"):
        self._rest = rest
        self._triangles = triangles
        self._flips = FlipTest(rest, triangles)
        self._crossings = SelfIntersections(rest, triangles, device)
        self._own_pairs = self._codes(self._crossings.pairs())
        self._laplacian = cotangent_laplacian(rest, triangles)
        self._plate, self._areas = thin_plate(rest, triangles)
        self._rotations = LocalRotations(rest, triangles, smoothing=12)
        adjacency = (self._laplacian != 0).astype(np.int8)
        self._neighbours = adjacency.tocsr()

    def _codes(self, pairs: np.ndarray) -> np.ndarray:
        return pairs[:, 0].astype(np.int64) * len(self._triangles) + pairs[:, 1]

    def faults(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N,) flipped triangles, and (P, 2) pairs of intersecting triangles that the template does not have."""
        flipped = np.flatnonzero(self._flips.flipped(positions))
        self._crossings.move(positions)
        pairs = self._crossings.pairs()
        return flipped, pairs[~np.isin(self._codes(pairs), self._own_pairs)]

    def run(self, positions: np.ndarray, progress: Progress, span: tuple[float, float]) -> np.ndarray:
        """(V, 3) positions with as few faults as the rounds reach, usually none."""
        x = np.array(positions)
        contacts = np.zeros((0, 2), np.int32)
        for number, (rings, hold) in enumerate(_ROUNDS):
            progress.report(
                span[0] + (span[1] - span[0]) * number / len(_ROUNDS),
                "Removing folds",
                x if progress.wants_vertices else None,
            )
            flipped, crossing = self.faults(x)
            if len(flipped) == 0 and len(crossing) == 0:
                break
            contacts = np.unique(np.concatenate([contacts, crossing]), axis=0)
            free = np.zeros(len(x), bool)
            free[self._triangles[flipped]] = True
            free[self._triangles[contacts]] = True
            for _ in range(rings):
                free = (self._neighbours @ free.astype(np.int8)) > 0
            x = self._relaxed(x, np.flatnonzero(free), hold, contacts)
        return x

    def _relaxed(self, x: np.ndarray, free: np.ndarray, hold: float, contacts: np.ndarray) -> np.ndarray:
        plate = self._plate
        spring = hold * self._areas
        matrix = plate + sp.diags(spring + 1e-9)
        if len(contacts):
            # Two sheets that crossed get back the offset their triangles have in the template, turned with them.
            count = len(contacts)
            corners = self._triangles[contacts].reshape(count, 6)
            signs = np.repeat([[1.0, 1.0, 1.0, -1.0, -1.0, -1.0]], count, axis=0) / 3.0
            apart = sp.csr_matrix(
                (signs.ravel(), corners.ravel(), np.arange(0, 6 * count + 1, 6)), shape=(count, len(x))
            )
            matrix = matrix + _CONTACT * (apart.T @ apart)
        matrix = matrix.tocsr()[free]
        inside = matrix[:, free]
        factor = SparseCholesky(inside)
        out = np.array(x)
        for _ in range(2):
            rotations = self._rotations.at(out)
            force = self._laplacian @ (self._rotations.turned(rotations) / self._areas[:, None]) + spring[:, None] * x
            if len(contacts):
                offset = np.einsum("nkij,nj->ni", rotations[corners], apart @ self._rest) / 6.0
                force += _CONTACT * (apart.T @ offset)
            out[free] = factor.solve(force[free] - (matrix @ out - inside @ out[free]))
        return out
