"""Where the ear finder's points lie on the built-in heads."""

from __future__ import annotations

from functools import cache

import numpy as np

from ...topologies import Landmarks
from ...topologies.builtin import asset_path

NAMES = ("helix_top", "helix_back", "rim_back", "rim_low", "lobe", "lobe_root", "tragus", "helix_root")
"""The points of one ear, around it: from the helix over the back to the lobe, and up along where the ear joins the face."""

POINT_COUNT = 2 * len(NAMES)
"""The subject's left ear comes first, then the right one."""


@cache
def ear_places(key: str) -> Landmarks:
    """The points on "hack", "ict", "flame" or "makehuman". The arrays are shared and read-only."""
    with np.load(asset_path("ear_points.npz"), allow_pickle=False) as stored:
        # ICT's first vertices are HACK's.
        stem = "hack" if key == "ict" else key
        vertices, weights = stored[f"{stem}_vertices"], stored[f"{stem}_weights"].astype(np.float64)
    weights /= weights.sum(axis=1, keepdims=True)
    for array in (vertices, weights):
        array.setflags(write=False)
    return Landmarks(vertices, weights, tuple(f"{side}_{name}" for side in ("left", "right") for name in NAMES))
