"""A picture of a fit for the eye: the same views of several heads, one row each."""

from __future__ import annotations

import numpy as np

from ...detection.on_meshes.camera import Camera, looking
from ...detection.on_meshes.scene import Scene
from ...progress import Progress

_YAWS = (-90, -45, 0, 45, 90, 180)
_HALF_HEIGHT, _SIZE = 175.0, 320


def turntable(scenes: list[Scene], middle: np.ndarray, progress: Progress) -> np.ndarray:
    """(len(scenes) * 320, 6 * 320, 3) uint8 sRGB of heads in one canonical frame, mm, turned about (3,) `middle`."""
    rows = []
    for number, scene in enumerate(scenes):
        cells = []
        for place, yaw in enumerate(_YAWS):
            progress.report((number + place / len(_YAWS)) / len(scenes), "Taking pictures")
            cells.append(scene.render(Camera(looking(yaw, 0), middle, _HALF_HEIGHT, _SIZE)))
        rows.append(np.concatenate(cells, axis=1))
    return np.concatenate(rows, axis=0)
