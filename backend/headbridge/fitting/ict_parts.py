"""Teeth, gums, tongue, eyes and lashes behind the skin of an ICT head: ICT-FaceKit's own, moved with the skin."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from ..models.catalogue import FLAME_JOINTS
from ..models.ict import load_ict_rig
from ..topologies import load_topology

# Skin that what lies behind follows: so many vertices, the nearest, of a single part and of a single vertex.
_OF_PART, _OF_VERTEX = 200, 8


def with_inner_parts(skin: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """(26719, 3) an ICT head of the (14062, 3) `skin`, its first vertices, and of what lies behind in the `fitted` model
    (26719, 3), both in one frame and unit.

    What lies behind follows the skin next to it by as much as that is off the model's: each eyeball and each row of
    teeth as a whole, gums and tongue with both rows as the jaw moves them, the rest vertex by vertex."""
    count = len(skin)
    head = np.concatenate([skin, fitted[count:]])
    outer = load_topology("ict").skin[:count]
    off, tree = (skin - fitted[:count])[outer], cKDTree(fitted[:count][outer])

    def followed(points: np.ndarray, neighbours: int) -> np.ndarray:
        """(N, 3) means over the nearest skin, near vertices first."""
        distances, nearest = tree.query(points, neighbours)
        weights = 1.0 / np.maximum(distances, 1e-3 * np.median(distances) + 1e-12)
        return (weights[..., None] * off[nearest]).sum(axis=1) / weights.sum(axis=1, keepdims=True)

    regions, weights = load_topology("ict").regions, load_ict_rig().weights
    behind = np.arange(len(fitted)) >= count
    jaw = weights[:, FLAME_JOINTS.index("jaw")]
    teeth, tongue = regions["teeth"] & behind, regions["tongue"] & behind
    rows = []
    for row in (teeth & (jaw < 0.5), teeth & (jaw >= 0.5)):
        rows.append(followed(fitted[row].mean(axis=0)[None], _OF_PART))
        head[row] += rows[-1]
    head[tongue] += rows[0] + jaw[tongue, None] * (rows[1] - rows[0])
    done = teeth | tongue
    for side in ("left", "right"):
        eyeball = regions[f"{side}_eyeball"] & behind
        head[eyeball] += followed(fitted[eyeball].mean(axis=0)[None], _OF_PART)
        done |= eyeball
    rest = behind & ~done
    head[rest] += followed(fitted[rest], _OF_VERTEX)
    return head
