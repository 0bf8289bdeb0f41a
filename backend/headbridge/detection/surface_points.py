"""Where the detector's points lie on the built-in heads, as measured on pictures of random heads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ..topologies import Landmarks
from ..topologies.builtin import asset_path


@dataclass(frozen=True, eq=False)
class SurfacePoints:
    """The detector's 478 points on a topology's surface.

    landmarks : their places; those of the irises and other points that are found on no fixed place of the skin repeat
        a neighbour's. spread : (478,) mm, the median distance of single detections; inf where there is no place.
    mirror : (478,) the point on the other side of the face.
    """

    landmarks: Landmarks
    spread: np.ndarray
    mirror: np.ndarray


@cache
def surface_points(key: str) -> SurfacePoints:
    """The points on one of `HEAD_TOPOLOGIES`. The arrays are shared and read-only."""
    with np.load(asset_path("detected_points.npz"), allow_pickle=False) as stored:
        # ICT's first vertices are HACK's.
        stem = "hack" if key == "ict" else key
        vertices, weights = stored[f"{stem}_vertices"], stored[f"{stem}_weights"].astype(np.float64)
        spread, mirror = stored["spread"].astype(np.float64), stored["mirror"].astype(np.int64)
    weights /= weights.sum(axis=1, keepdims=True)
    for array in (vertices, weights, spread, mirror):
        array.setflags(write=False)
    return SurfacePoints(Landmarks(vertices, weights, ("",) * len(vertices)), spread, mirror)
