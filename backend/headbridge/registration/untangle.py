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

_ROUNDS = 14
# After so many rounds a state with no more intersecting triangles than the template has is good enough.
_PATIENCE = 3
# Stiffness of a restored offset, mm^2: firm against the plate at bending lengths of a few millimetres.
_SPRING = 20.0


class Untangler:
    """Relaxes the surroundings of flipped and intersecting triangles towards the template's own local shape.

    Only those surroundings move, as a thin plate that holds on to the place it had; triangles that stay at fault free
    more of their surroundings from round to round. Springs restore what the plate alone cannot know: a flipped triangle
    gets its own edges back, two sheets that cross the offset they have in the template, both turned with the surface.

    Parameters
    ----------
    rest : (V, 3) mm, the undeformed source; triangles : (T, 3); device : for the intersection queries.
    """

    def __init__(self, rest: np.ndarray, triangles: np.ndarray, device: str = "cpu"):
        self._rest = rest
        self._triangles = triangles
        self._flips = FlipTest(rest, triangles)
        self._crossings = SelfIntersections(rest, triangles, device)
        own = self._crossings.pairs()
        self._own_pairs, self._own_count = self._codes(own), len(np.unique(own))
        self._laplacian = cotangent_laplacian(rest, triangles)
        self._plate, self._areas = thin_plate(rest, triangles)
        self._rotations = LocalRotations(rest, triangles, smoothing=12)
        self._neighbours = (self._laplacian != 0).astype(np.int8).tocsr()

    def _codes(self, pairs: np.ndarray) -> np.ndarray:
        return pairs[:, 0].astype(np.int64) * len(self._triangles) + pairs[:, 1]

    def faults(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N,) flipped triangles, and (P, 2) pairs of intersecting triangles that the template does not have."""
        flipped = np.flatnonzero(self._flips.flipped(positions))
        self._crossings.move(positions)
        self._pairs = pairs = self._crossings.pairs()
        return flipped, pairs[~np.isin(self._codes(pairs), self._own_pairs)]

    def run(self, positions: np.ndarray, progress: Progress, span: tuple[float, float]) -> np.ndarray:
        """(V, 3) positions with as few faults as the rounds reach, usually none."""
        x = np.array(positions)
        contacts = np.zeros((0, 2), np.int32)
        turned_over = np.zeros(0, np.int64)
        # How often each triangle has been found at fault.
        age = np.zeros(len(self._triangles), np.int32)
        for number in range(_ROUNDS):
            progress.report(
                span[0] + (span[1] - span[0]) * number / _ROUNDS, "Removing folds", x if progress.wants_vertices else None
            )
            flipped, crossing = self.faults(x)
            crossings = len(np.unique(self._pairs))
            if len(flipped) == 0 and (len(crossing) == 0 or (crossings <= self._own_count and number >= _PATIENCE)):
                break
            contacts = np.unique(np.concatenate([contacts, crossing]), axis=0)
            turned_over = np.union1d(turned_over, flipped)
            age[np.union1d(flipped, crossing)] += 1
            hold, free = self._regions(age)
            x = self._relaxed(x, free, hold, self._springs(contacts, turned_over, age))
        return x

    def _regions(self, age: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(V,) weight of the hold on the present place, and the free vertices, around triangles that were at fault."""
        hold = np.ones(len(self._rest))
        free = np.zeros(len(self._rest), bool)
        for years in range(1, int(age.max()) + 1):
            near = np.zeros(len(self._rest), bool)
            near[self._triangles[age >= years]] = True
            for _ in range(1 + years // 2):
                near = (self._neighbours @ near.astype(np.int8)) > 0
            free |= near
            hold[near] = 0.4**years
        return hold, np.flatnonzero(free)

    def _springs(self, contacts: np.ndarray, turned_over: np.ndarray, age: np.ndarray):
        """Differences of vertices that should be as in the rest shape: (S, V) sparse rows, (S, K) vertices that turn
        them (padded by repetition), (S,) strengths."""
        edges = self._triangles[turned_over][:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
        rows = [
            _differences(np.repeat(self._triangles[contacts].reshape(-1, 6), 1, axis=0), [1 / 3] * 3 + [-1 / 3] * 3, len(self._rest)),
            _differences(edges, [1.0, -1.0], len(self._rest)),
        ]
        turners = np.concatenate([self._triangles[contacts].reshape(-1, 6), np.tile(edges, 3)])
        strengths = np.concatenate([np.full(len(contacts), _SPRING), np.repeat(_SPRING * 3.0 ** age[turned_over].clip(1, 8), 3)])
        return sp.vstack(rows).tocsr(), turners, strengths

    def _relaxed(self, x: np.ndarray, free: np.ndarray, hold: np.ndarray, springs) -> np.ndarray:
        rows, turners, strengths = springs
        weighted = (sp.diags(strengths) @ rows).T.tocsr()
        spring = hold * self._areas
        matrix = (self._plate + weighted @ rows + sp.diags(spring)).tocsr()[free]
        inside = matrix[:, free]
        factor = SparseCholesky(inside)
        out = np.array(x)
        for _ in range(2):
            rotations = self._rotations.at(out)
            force = self._laplacian @ (self._rotations.turned(rotations) / self._areas[:, None]) + spring[:, None] * x
            offsets = np.einsum("skij,sj->si", rotations[turners], rows @ self._rest) / turners.shape[1]
            force += weighted @ offsets
            out[free] = factor.solve(force[free] - (matrix @ out - inside @ out[free]))
        return out


def _differences(vertices: np.ndarray, signs: list[float], count: int) -> sp.csr_matrix:
    """(S, count) rows with `signs` at the (S, K) vertices."""
    size, width = len(vertices), len(signs)
    starts = np.arange(0, width * size + 1, width)
    return sp.csr_matrix((np.tile(signs, size), vertices.ravel(), starts), shape=(size, count))
