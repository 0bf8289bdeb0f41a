"""Which skin the eyeballs of the open FLAME-topology head follow when a head comes without eyeballs."""

from __future__ import annotations

import numpy as np

from headbridge.topologies import Topology

# How much it costs to weigh few vertices heavily: registration noise of so many mm at each is expected.
_NOISE = 2.0


def eye_followers(identity: np.ndarray, expression: np.ndarray, topology: Topology) -> np.ndarray:
    """(2, V) float64 weights on the left and right eye region, rows summing to 1.

    Least squares over the displacements (K, V, 3): identities should move the weighted mean as they move the eyeball,
    expressions not at all. A ridge keeps the weights spread."""
    weights = np.zeros((2, identity.shape[1]))
    for row, side in enumerate(("left", "right")):
        around = np.flatnonzero(topology.regions[f"{side}_eye_region"])
        eye = identity[:, topology.regions[f"{side}_eyeball"]].mean(axis=1)
        # Relative to the eyeball itself, weights that sum to 1 should make everything vanish.
        moves = np.concatenate([identity[:, around] - eye[:, None], expression[:, around]])
        system = np.einsum("kvd,kwd->vw", moves, moves) + _NOISE**2 * np.eye(len(around))
        found = np.linalg.solve(system, np.ones(len(around)))
        weights[row, around] = found / found.sum()
    return weights
