"""What holds a deforming source besides the target's surface: landmarks and rim curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ..mesh.normals import normalized

MOUTH = "lips_inner"
"""The rim where the lips meet."""


@dataclass(frozen=True)
class Anchors:
    """Points of the source that are pulled to places: `rows` (N, V) sparse barycentric weights, `targets` (N, 3) mm,
    `sigma` mm, how far off they may be, one number or (N,)."""

    rows: sp.csr_matrix
    targets: np.ndarray
    sigma: float | np.ndarray = 1.0


@dataclass(frozen=True)
class RimPair:
    """A closed curve of source vertices (K,) that belongs on a closed target polyline (M, 3) mm."""

    source: np.ndarray
    target: np.ndarray


@dataclass(frozen=True, eq=False)
class EdgeLine:
    """A curve of source vertices (K,) whose middle belongs, seen from the front, on an open target polyline (M, 2) mm: x to the
    head's left, y up. How far along it each of them belongs is not known, and what lies beyond its ends is free. rim : the name
    of the source's rim that the curve is part of."""

    source: np.ndarray
    target: np.ndarray
    rim: str = ""

    def ways(self, curve: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of (K, 3) positions of the source's curve: (L,) which of them lie above, below or on the polyline; (L, 3) the ways
        from there to the polyline's straight continuation at the same x, and (L, 3) unit vectors across it, all without depth.

        What is nearest to a lip that is still shut are the ends of the open one: its middle hangs lower."""
        line = self.target[np.argsort(self.target[:, 0])]
        x, y = curve[:, 0], curve[:, 1]
        beside = np.flatnonzero((x >= line[0, 0]) & (x <= line[-1, 0]))
        part = np.clip(np.searchsorted(line[:, 0], x[beside]) - 1, 0, len(line) - 2)
        edges = np.diff(line, axis=0)[part]
        across = normalized(np.stack([-edges[:, 1], edges[:, 0]], axis=1))
        off = (np.interp(x[beside], *line.T) - y[beside]) * across[:, 1]
        across = np.pad(across, ((0, 0), (0, 1)))
        return beside, off[:, None] * across, across

    def distance(self, curve: np.ndarray) -> float:
        """Mean distance, mm, of (K, 3) positions of the source's curve, as far as they lie beside the polyline; where none
        does, that of its points from the curve's nearest vertices."""
        _, ways, _ = self.ways(curve)
        if len(ways):
            return float(np.linalg.norm(ways, axis=1).mean())
        apart = np.linalg.norm(self.target[:, None] - curve[:, :2], axis=2)
        return float(apart.min(axis=1).mean())


def closest_on_closed_curve(curve: np.ndarray, polyline: np.ndarray) -> np.ndarray:
    """(N, 3) closest points of the vertices of a closed (N, 3) curve on a closed (M, 3) polyline that runs the same way.

    Only edges that run along with the curve count: closed lids and lips lie upon each other, and an upper lip belongs
    on the upper lip."""
    edges = np.roll(polyline, -1, axis=0) - polyline
    squared = np.maximum(np.einsum("md,md->m", edges, edges), 1e-24)
    along = np.clip(np.einsum("nmd,md->nm", curve[:, None] - polyline, edges) / squared, 0.0, 1.0)
    on = polyline + along[..., None] * edges
    tangents = np.roll(curve, -1, axis=0) - np.roll(curve, 1, axis=0)
    distance = ((curve[:, None] - on) ** 2).sum(axis=2)
    distance[tangents @ edges.T < 0.0] = np.inf
    best = np.argmin(distance, axis=1)
    return on[np.arange(len(curve)), best]
