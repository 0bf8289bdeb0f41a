"""What holds a deforming source besides the target's surface: landmarks and rim curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp


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
