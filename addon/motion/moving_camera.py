# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera that saw a performance, so that the head lies on the picture."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from ..mesh_arrays import MM_PER_METRE
from ..photo import pinhole
from ..photo.pinhole import SENSOR_MM, Pinhole
from . import curves
from .curves import curves_where_moving

# How far before an orthographic camera the head's frame lies, whose depth means nothing (mm).
_ORTHOGRAPHIC_DEPTH = 1000.0
# Pixels are square where the two focal lengths differ by less.
_SQUARE = 1e-4


@dataclass(frozen=True, eq=False)
class MovingView:
    """matrix (T, 3, 3), rotation (T, 3, 3), translation (T, 3) mm : OpenCV cameras in screen coordinates. size : width
    and height of the pictures. orthographic : the matrix is in pixels per mm."""

    matrix: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    size: tuple[int, int]
    orthographic: bool

    @classmethod
    def read(cls, arrays: dict[str, np.ndarray], orthographic: bool, whole: tuple[int, int] | None) -> MovingView:
        """The camera of the task "animated_head"; whole : the size of the pictures that those were cut from, where
        the cut is to be undone."""
        matrix, size = arrays["camera_matrix"], tuple(int(side) for side in arrays["camera_size"])
        if whole is not None:
            matrix, size = arrays["camera_to_original"] @ matrix, whole
        return cls(matrix, arrays["camera_rotation"], arrays["camera_translation"], size, orthographic)

    @property
    def notes(self) -> list[str]:
        """What a Blender camera cannot show."""
        across, up = self.matrix[:, 0, 0], self.matrix[:, 1, 1]
        if (np.abs(across / up - 1.0) > _SQUARE).any():
            return [f"The camera's pixels are not square ({across[0] / up[0]:.4f} : 1); a Blender camera's are."]
        return []


def add(
    view: MovingView, name: str, frames: np.ndarray, scene: bpy.types.Scene, collection: bpy.types.Collection
) -> bpy.types.Object:
    """A new camera object in the collection, keyed at (T,) frames where it moves or zooms."""
    data = bpy.data.cameras.new(name)
    obj = bpy.data.objects.new(name, data)
    collection.objects.link(obj)
    pinholes = [_pinhole(view, row) for row in range(len(frames))]
    pinhole.set_optics(data, pinholes[0], scene.render)
    data.display_size = 0.1
    if view.orthographic:
        data.type = "ORTHO"
    obj.rotation_mode = "QUATERNION"
    matrices = [pinhole.matrix_of(each) for each in pinholes]
    places = np.array([matrix.to_translation() for matrix in matrices])
    turns = np.array([matrix.to_quaternion() for matrix in matrices])
    turned = (turns[1:] * turns[:-1]).sum(axis=1) < 0.0
    turns[1:] *= np.where(np.cumsum(turned) % 2, -1.0, 1.0)[:, None]
    pose = curves_where_moving(obj, "location", frames, places)
    pose += curves_where_moving(obj, "rotation_quaternion", frames, turns)
    optics = [
        curve
        for each, values in _optics(view, data.sensor_fit).items()
        for curve in curves_where_moving(data, each, frames, values)
    ]
    curves.write(f"{name} Action", [(obj, pose), (data, optics)])
    return obj


def _pinhole(view: MovingView, row: int) -> Pinhole:
    matrix = view.matrix[row]
    place = view.translation[row].copy()
    if view.orthographic:
        place[2] = _ORTHOGRAPHIC_DEPTH
    return Pinhole(_focal(view)[row], matrix[:2, 2], view.rotation[row], place, view.size)


def _focal(view: MovingView) -> np.ndarray:
    return np.sqrt(view.matrix[:, 0, 0] * view.matrix[:, 1, 1])


def _optics(view: MovingView, fit: str) -> dict[str, np.ndarray]:
    """(T,) lens or scale, and shifts."""
    width, height = view.size
    side = width if fit == "HORIZONTAL" else height
    optics = {
        "shift_x": (0.5 * width - view.matrix[:, 0, 2]) / side,
        "shift_y": (view.matrix[:, 1, 2] - 0.5 * height) / side,
    }
    if view.orthographic:
        return {**optics, "ortho_scale": side / _focal(view) / MM_PER_METRE}
    return {**optics, "lens": _focal(view) * SENSOR_MM / width}
