# SPDX-License-Identifier: GPL-3.0-or-later
"""What points that are dragged do to the surface around them, to be shown meanwhile.

The displacement is interpolated with Gaussian radial basis functions, so that every point goes all the way and what is
far from all of them stays. It only sketches what a job will find, which weighs the points against all else that it knows.
"""

from __future__ import annotations

import numpy as np

# The width (standard deviation) of the Gaussians, as a share of the surface's largest side: some 2 cm of a head.
_WIDTH = 0.08
# Beyond so many widths nothing moves; what moves by less than this share of the longest pull is not shown.
_REACH, _VISIBLE = 3.5, 0.1
# Keeps points that lie on each other solvable.
_RIDGE = 1e-6


class PulledSurface:
    """A surface that points pull.

    vertices : (V, 3); edges : (E, 2); both as they are without any pull."""

    def __init__(self, vertices: np.ndarray, edges: np.ndarray):
        self._vertices, self._edges = np.asarray(vertices, np.float64), edges
        self._width = _WIDTH * float(np.ptp(self._vertices, axis=0).max()) if len(self._vertices) else 1.0

    def lines(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """(L, 2, 3) ends of the edges that move visibly when the surface's points at (N, 3) `start` go to (N, 3) `end`."""
        near = np.flatnonzero(
            self._closeness(self._vertices, start).max(axis=1, initial=0.0) > np.exp(-0.5 * _REACH**2)
        )
        by = self.displacement(self._vertices[near], start, end)
        least = _VISIBLE * np.linalg.norm(np.asarray(end) - start, axis=1).max(initial=0.0)
        visible = np.zeros(len(self._vertices), bool)
        visible[near] = np.linalg.norm(by, axis=1) > least
        moved = self._vertices.copy()
        moved[near] += by
        return moved[self._edges[visible[self._edges].all(axis=1)]]

    def displacement(self, points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """(P, 3) how far (P, 3) points go when those at (N, 3) `start` go to (N, 3) `end`."""
        between = self._closeness(start, start) + _RIDGE * np.eye(len(start))
        return self._closeness(points, start) @ np.linalg.solve(between, np.asarray(end) - start)

    def _closeness(self, points: np.ndarray, centres: np.ndarray) -> np.ndarray:
        """(P, N), 1 where a point lies on a centre."""
        apart = np.linalg.norm(points[:, None] - centres[None], axis=2)
        return np.exp(-0.5 * (apart / self._width) ** 2)
