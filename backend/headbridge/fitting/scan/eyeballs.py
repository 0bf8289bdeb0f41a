"""Eyeballs behind the lids of a head that was transferred onto a scan."""

from __future__ import annotations

import numpy as np

from ...topologies import Topology

# Lids lie this far before the eyeball, mm, and within so many radii of its middle; an eyeball moves back this
# far at most.
_GAP, _NEAR, _FARTHEST = 0.3, 1.25, 4.0
# So many of the lids' vertices must come to lie before it: a crease may reach in.
_SHARE = 98.0


def seat_eyeballs(vertices: np.ndarray, topology: Topology) -> np.ndarray:
    """The (V, 3) vertices of a head in its canonical frame, mm, with eyeballs that stand out between the lids moved
    straight back behind them. A scan with shut eyes has its lids where a topology's open eyes have the eyeball."""
    vertices = np.array(vertices)
    for side in ("left", "right"):
        ball = topology.regions.get(f"{side}_eyeball")
        if ball is None:
            continue
        low, high = vertices[ball].min(axis=0), vertices[ball].max(axis=0)
        centre, radius = 0.5 * (low + high), 0.5 * float(np.mean(high - low))
        lids = topology.regions[f"{side}_eye_region"] & ~topology.no_match
        offset = vertices[lids] - centre
        offset = offset[(offset[:, 2] > 0.0) & (np.linalg.norm(offset, axis=1) < _NEAR * radius)]
        if not len(offset):
            continue
        # |offset + (0, 0, s)| = radius + gap, solved for the way s back.
        missing = (radius + _GAP) ** 2 - np.einsum("nd,nd->n", offset, offset)
        ways = np.sqrt(np.maximum(offset[:, 2] ** 2 + missing, 0.0)) - offset[:, 2]
        vertices[ball, 2] -= np.clip(np.percentile(ways, _SHARE), 0.0, _FARTHEST)
    return vertices
