"""Closing a rim: a thin plate pulled onto the target and together at its rim, with a barrier between its two sheets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from ...linalg import SparseCholesky
from ...mesh.normals import vertex_normals
from ...spatial.residuals import distance_gradients, welsch
from ..surface_term import selection
from ..target_surface import TargetSurface
from .barrier import Barrier, BarrierState
from .opening import Opened
from .patch import RimPatch

# Bending length and reach, mm, and the least cosine between normals: as in the last stage of the non-rigid registration, but
# a little stiffer, because lips that bite on each other have no data to smooth them.
_BENDING = 0.8
_REACH = 4.0
_MIN_COSINE = 0.5
# The barrier's range, mm, and strength.
BARRIER_REACH = 0.1
BARRIER_STRENGTH = 0.03
# It begins with a wide range, which stops sheets before they touch, and narrows from step to step.
_FIRST_REACH = 0.8
_NARROWING, _NARROWING_STOPPED = 0.5, 0.75
# The closing springs, per mm of rim, and what they leave between the halves, mm: less than where the barrier begins.
_CLOSING = 4.0
_LEFT = 0.07
# Matched skin holds along its normal fully, and along the surface a little; what has no data is hardly held at all.
_ALONG = 0.05
_UNMATCHED = 0.002
_STEPS = 24
# The target is matched again in each of the first steps only, so that the energy comes to rest.
_MATCHING_STEPS = 5
# A longest way that counts as rest, mm.
_STILL = 0.1
_LONGEST = 3.0
_HALVINGS = 6
# Unfolding: rounds, steps in each, how firmly the edges of a triangle at fault are restored (mm^2), and how much more
# so after every round. Gently: what is restored harder crumples the skin around.
_UNFOLDING_ROUNDS, _UNFOLDING_STEPS = 6, 2
_EDGE, _FIRMER = 2.0, 2.0
# How far from a triangle at fault its surroundings move, and how much farther after every round, mm.
_UNFOLDING_REACH = 1.5


@dataclass(frozen=True)
class Closed:
    """positions : (N, 3) mm; steps : Newton steps taken; still : whether they came to rest."""

    positions: np.ndarray
    steps: int
    still: bool


class RimSolver:
    """Minimises plate + data + closing springs + barrier over the free vertices of a patch by Newton's method.

    Every step is cut where two elements would touch, so that a start without crossings stays without.

    patch : what moves. registered : (N, 3) mm, the state before, matched to the target. up : (3,) unit.
    barrier : between the sheets.
    """

    def __init__(
        self, patch: RimPatch, registered: np.ndarray, up: np.ndarray, target: TargetSurface, barrier: Barrier
    ):
        self._patch, self._target, self._barrier = patch, target, barrier
        self._registered = registered
        # Which of the patch's free vertices move in the next steps.
        self._moving = np.arange(len(patch.free))
        across, places = patch.rim.across(len(patch))
        lengths = patch.rim_lengths()[np.concatenate([patch.rim.upper.inner, patch.rim.lower.inner])]
        self._across, self._strengths = across, _CLOSING * lengths
        # The halves part towards the corners' wedges less than in the middle.
        self._left = _LEFT * np.minimum(1.0, 8.0 * places * (1.0 - places))[:, None] * up
        self._edges, self._edge_strengths = sp.csr_matrix((0, len(patch))), np.zeros(0)
        self._edge_vectors = np.zeros((0, 3))
        self._assemble()
        self._match(registered, first=True)

    def run(self, opened: Opened) -> Closed:
        """Close from an opened state."""
        x = np.array(opened.positions)
        self._reach, self._flat = _FIRST_REACH, opened.flat
        self._state = self._barrier.at(x, self._reach)
        for step in range(_STEPS):
            if step <= _MATCHING_STEPS:
                self._shape = self._patch.turned_shape(x, self._flat)
                if step > 0:
                    self._match(x)
            x, longest, share = self._step(x)
            if longest < _STILL and self._reach == BARRIER_REACH:
                return Closed(x, step + 1, True)
            # A step that nothing stopped says that the barrier need not reach so far.
            self._reach = max(BARRIER_REACH, self._reach * (_NARROWING if share > 0.9 else _NARROWING_STOPPED))
            self._state = self._barrier.narrowed(self._state, self._reach)
        return Closed(x, _STEPS, False)

    def unfold(self, positions: np.ndarray, at_fault: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """(N, 3) positions without faults, as far as a few rounds reach, from those of a closed state.

        at_fault : which of the patch's triangles, (T,) bool, are flipped or cross others at (N, 3) positions. They get
        their template's edges, turned with the surroundings and ever more firmly, and their data counts less; the
        barrier stays."""
        patch, x = self._patch, positions
        age = np.zeros(len(patch.triangles), np.int64)
        self._reach = BARRIER_REACH
        self._state = self._barrier.at(x, self._reach)
        best, least = x, np.inf
        for number in range(_UNFOLDING_ROUNDS + 1):
            faults = at_fault(x)
            if faults.sum() < least:
                best, least = x, int(faults.sum())
            if least == 0 or number == _UNFOLDING_ROUNDS:
                break
            age[faults] += 1
            self._restore_edges(x, age)
            self._moving = self._near(x, age)
            for _ in range(_UNFOLDING_STEPS):
                self._shape = patch.turned_shape(x, self._flat)
                x, _, _ = self._step(x)
        return best

    def _near(self, x: np.ndarray, age: np.ndarray) -> np.ndarray:
        """(M,) which of the free vertices lie near triangles of (T,) `age`, farther off the longer they have been at
        fault."""
        patch = self._patch
        folded = np.flatnonzero(age)
        away, triangle = cKDTree(x[patch.triangles[folded]].mean(axis=1)).query(x[patch.free])
        near = away < _UNFOLDING_REACH * (1 + age[folded][triangle])
        return np.flatnonzero(near | np.isin(patch.free, patch.triangles[folded]))

    def _restore_edges(self, x: np.ndarray, age: np.ndarray) -> None:
        """Springs on the edges of triangles that were found at fault `age` (T,) times, and less data on their
        corners."""
        patch = self._patch
        folded = np.flatnonzero(age)
        ends = patch.triangles[folded][:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
        count = len(patch)
        self._edges = (selection(ends[:, 0], count) - selection(ends[:, 1], count)).tocsr()
        self._edge_strengths = np.repeat(_EDGE * _FIRMER ** age[folded].clip(1, 6), 3)
        rotations = patch.rotations.at(x)
        turned = 0.5 * (rotations[ends[:, 0]] + rotations[ends[:, 1]])
        self._edge_vectors = np.einsum("sij,sj->si", turned, self._edges @ patch.rest)
        corners = np.unique(patch.triangles[folded])
        self._along_normal[corners] *= 0.5
        self._all_round[corners] *= 0.5
        self._assemble()
        self._add_data()

    def _assemble(self) -> None:
        """The part of the matrix that does not depend on the matches, (3 F, 3 F)."""
        free = self._patch.free
        closing = self._across.T @ sp.diags(self._strengths) @ self._across
        edges = self._edges.T @ sp.diags(self._edge_strengths) @ self._edges
        scalar = (_BENDING**4 * self._patch.plate + closing + edges).tocsr()[free][:, free]
        self._constant = sp.kron(scalar, sp.identity(3), format="csr")

    def _match(self, x: np.ndarray, first: bool = False) -> None:
        """Set the data term from the closest points of the target."""
        patch = self._patch
        matched = np.flatnonzero(patch.has_data & patch.is_free)
        hits, target_normals, trust = self._target.closest(x[matched])
        normals = vertex_normals(x, patch.triangles, patch.corners)[matched]
        agrees = np.einsum("nd,nd->n", normals, target_normals) > _MIN_COSINE
        keep = agrees & (trust > 0.0) & (hits.distances < _REACH)
        matched = matched[keep]
        offsets = hits.points[keep] - x[matched]
        directions = distance_gradients(offsets, hits.distances[keep], target_normals[keep])
        self._anchors = x.copy() if not first else self._registered.copy()
        self._anchors[matched] += offsets
        self._normals = np.zeros_like(x)
        self._normals[matched] = directions
        self._along_normal = np.zeros(len(x))
        self._along_normal[matched] = welsch(hits.distances[keep], _REACH) * patch.areas[matched]
        self._all_round = _UNMATCHED * patch.areas
        self._all_round[matched] = _ALONG * patch.areas[matched]
        self._add_data()

    def _add_data(self) -> None:
        """The whole matrix without the barrier."""
        free, normal = self._patch.free, self._normals[self._patch.free]
        blocks = self._along_normal[free, None, None] * normal[:, :, None] * normal[:, None, :]
        blocks += self._all_round[free, None, None] * np.eye(3)
        count = len(free)
        data = sp.bsr_matrix((blocks, np.arange(count), np.arange(count + 1)), shape=(3 * count, 3 * count))
        self._matrix = (self._constant + data.tocsr()).tocsr()

    def _energy(self, x: np.ndarray, state: BarrierState) -> float:
        patch = self._patch
        bending = patch.laplacian @ x - self._shape
        away = x - self._anchors
        gaps = self._across @ x - self._left
        return state.energy + 0.5 * (
            _BENDING**4 * float((bending**2 / patch.areas[:, None]).sum())
            + float(self._along_normal @ np.einsum("nd,nd->n", self._normals, away) ** 2)
            + float(self._all_round @ (away**2).sum(axis=1))
            + float(self._strengths @ (gaps**2).sum(axis=1))
            + float(self._edge_strengths @ ((self._edges @ x - self._edge_vectors) ** 2).sum(axis=1))
        )

    def _gradient(self, x: np.ndarray) -> np.ndarray:
        """(3 F,) without the barrier."""
        patch = self._patch
        away = x - self._anchors
        out = _BENDING**4 * (patch.laplacian @ ((patch.laplacian @ x - self._shape) / patch.areas[:, None]))
        out += self._across.T @ (self._strengths[:, None] * (self._across @ x - self._left))
        out += self._edges.T @ (self._edge_strengths[:, None] * (self._edges @ x - self._edge_vectors))
        out += (self._along_normal * np.einsum("nd,nd->n", self._normals, away))[:, None] * self._normals
        out += self._all_round[:, None] * away
        return out[patch.free].ravel()

    def _step(self, x: np.ndarray) -> tuple[np.ndarray, float, float]:
        """The next positions, the longest way of a vertex, mm, and the share of the whole step."""
        state = self._state
        coordinates = (3 * self._moving[:, None] + np.arange(3)).ravel()
        gradient, matrix = self._gradient(x)[coordinates], self._matrix
        if len(coordinates) < matrix.shape[0]:
            matrix = matrix[coordinates][:, coordinates]
        vertices = self._patch.free[self._moving]
        if len(state.distances):
            rows = state.rows()[:, (3 * vertices[:, None] + np.arange(3)).ravel()]
            gradient = gradient + state.gradient(rows)
            matrix = matrix + state.matrix(rows)
        direction = SparseCholesky(matrix).solve(-gradient)
        step = np.zeros_like(x)
        step[vertices] = direction.reshape(-1, 3)
        longest = float(np.sqrt((step**2).sum(axis=1).max()))
        share = min(1.0, _LONGEST / max(longest, 1e-12))
        share *= self._barrier.free_share(x, share * step)
        energy, slope = self._energy(x, state), float(gradient @ direction)
        for _ in range(_HALVINGS):
            moved = x + share * step
            after = self._barrier.at(moved, self._reach)
            if self._energy(moved, after) <= energy + 1e-4 * share * slope:
                break
            share *= 0.5
        self._state = after
        return moved, share * longest, share
