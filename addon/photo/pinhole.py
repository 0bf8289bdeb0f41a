# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera of a photo, between OpenCV's numbers and a Blender camera.

Pixels are screen coordinates: x right, y down, the centre of the first pixel at (0.5, 0.5). A Blender camera looks
along its -Z with Y up, OpenCV's along +Z with Y down. The photo lies inside the frame of the render, as large as fits,
and is as wide as the camera's sensor.
"""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Vector

from .. import mesh_arrays

SENSOR_MM = 36.0

# From OpenCV's camera axes to Blender's, and back.
_FLIP = np.diag([1.0, -1.0, -1.0])


@dataclass(frozen=True, eq=False)
class Pinhole:
    """focal, centre (2,) : pixels. rotation (3, 3), translation (3,) mm : canonical world frame to OpenCV camera.
    size : width and height of the photo in pixels."""

    focal: float
    centre: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    size: tuple[int, int]

    @classmethod
    def from_json(cls, camera: dict) -> Pinhole:
        """The camera of a fit's answer: K, R, t, width, height and pixel_centre, where K has the first pixel's
        centre."""
        matrix = np.array(camera["K"], np.float64)
        centre = matrix[:2, 2] + (0.5 - float(camera["pixel_centre"]))
        size = (int(camera["width"]), int(camera["height"]))
        rotation, translation = np.array(camera["R"], np.float64), np.array(camera["t"], np.float64)
        return cls(float(matrix[0, 0]), centre, rotation, translation, size)

    @property
    def matrix(self) -> np.ndarray:
        """(3, 3) intrinsic matrix in screen coordinates."""
        return np.array([[self.focal, 0.0, self.centre[0]], [0.0, self.focal, self.centre[1]], [0.0, 0.0, 1.0]])

    def to_json(self) -> dict:
        """The camera as `from_json` reads it."""
        return {
            "K": self.matrix.tolist(),
            "R": self.rotation.tolist(),
            "t": self.translation.tolist(),
            "width": self.size[0],
            "height": self.size[1],
            "pixel_centre": 0.5,
        }

    def to_camera(self, pixels: np.ndarray, depth: float) -> np.ndarray:
        """(N, 3) points in the Blender camera's own space, `depth` before it, that are seen at (N, 2) pixels."""
        offsets = (np.asarray(pixels, np.float64) - self.centre) * (depth / self.focal)
        return np.stack([offsets[:, 0], -offsets[:, 1], np.full(len(offsets), -depth)], axis=1)

    def to_pixels(self, points: np.ndarray) -> np.ndarray:
        """(N, 2) pixels of (N, 3) points in the Blender camera's own space."""
        points = np.asarray(points, np.float64)
        return self.centre + points[:, :2] * (1.0, -1.0) * (self.focal / -points[:, 2:])


def matrix_of(pinhole: Pinhole) -> Matrix:
    """The Blender camera's 4 x 4 matrix in the space where the canonical frame is the world's."""
    axes = mesh_arrays.MM_PER_METRE * mesh_arrays.from_canonical(np.eye(3)).T
    turn = axes @ pinhole.rotation.T @ _FLIP
    place = mesh_arrays.from_canonical(-(pinhole.translation @ pinhole.rotation)[None])[0]
    return Matrix.Translation(Vector(place)) @ Matrix(turn.tolist()).to_4x4()


def set_optics(camera: bpy.types.Camera, pinhole: Pinhole, render: bpy.types.RenderSettings) -> None:
    """Set lens, sensor and shift, for a photo inside the frame of these render settings, which stay as they are."""
    width, height = pinhole.size
    camera.type = "PERSP"
    camera.sensor_width, camera.sensor_height = SENSOR_MM, SENSOR_MM * height / width
    camera.lens = pinhole.focal * SENSOR_MM / width
    camera.sensor_fit = sensor_fit(pinhole.size, render)
    # Both shifts are shares of the side that is fitted.
    side = width if camera.sensor_fit == "HORIZONTAL" else height
    camera.shift_x = (0.5 * width - pinhole.centre[0]) / side
    camera.shift_y = (pinhole.centre[1] - 0.5 * height) / side


def sensor_fit(size: tuple[int, int], render: bpy.types.RenderSettings) -> str:
    """Which side of the frame a photo of this size fills when it is as large as fits."""
    frame_width = render.resolution_x * render.pixel_aspect_x
    frame_height = render.resolution_y * render.pixel_aspect_y
    return "HORIZONTAL" if size[0] * frame_height >= size[1] * frame_width else "VERTICAL"


def read(obj: bpy.types.Object, size: tuple[int, int]) -> Pinhole:
    """The pinhole of a camera object whose photo of this size fills its sensor."""
    camera, (width, height) = obj.data, size
    horizontal = camera.sensor_fit == "HORIZONTAL" or (camera.sensor_fit == "AUTO" and width >= height)
    side = width if horizontal else height
    sensor = camera.sensor_height if camera.sensor_fit == "VERTICAL" else camera.sensor_width
    centre = np.array([0.5 * width - camera.shift_x * side, 0.5 * height + camera.shift_y * side])
    place, turn, _scale = obj.matrix_world.decompose()
    axes = mesh_arrays.MM_PER_METRE * mesh_arrays.from_canonical(np.eye(3)).T
    rotation = (axes.T @ np.array(turn.to_matrix(), np.float64) @ _FLIP).T
    position = mesh_arrays.to_canonical(np.array(place, np.float64)[None])[0]
    return Pinhole(camera.lens * side / sensor, centre, rotation, -rotation @ position, size)
