"""Heads side by side in one picture, each with its caption."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

import bpy
import numpy as np
from mathutils import Matrix, Vector

from . import legend
from .studio import Exhibit, Studio

# Half profile: the head's right side toward the camera.
TURN = math.radians(32.0)
# Height of a caption and of the strip it stands in, as a part of the column's height.
_CAPTION, STRIP = 0.036, 0.075
# Captions stand farther from the heads than the lights do, so that they throw no shadow.
_IN_FRONT = Vector((0.0, -2.0, 0.0))


@dataclass(frozen=True)
class Column:
    """Shapes in one place, turned about the vertical, with a caption."""

    caption: str
    exhibits: tuple[Exhibit, ...]
    turn: float = TURN


@dataclass(frozen=True)
class Frame:
    """The rectangle a column shows: its centre in the studio, width and height in metres, pixels high."""

    centre: Vector
    width: float
    height: float
    pixels: int

    def place(self, x: float, z: float) -> Vector:
        """A point by its part of the width and height from the centre."""
        return self.centre + Vector((x * self.width, 0.0, z * self.height))


def frame_around(points: np.ndarray, pixels: int) -> tuple[Vector, Frame]:
    """The middle of (N, 3) world points, to stand in the studio's origin, and a frame that holds them however they are
    turned about the vertical, with a strip for a caption below."""
    low, high = points.min(axis=0), points.max(axis=0)
    size = high - low
    height = float(size[2]) * 1.06 / (1.0 - STRIP)
    below = Vector((0.0, 0.0, -0.5 * STRIP * height))
    return Vector((low + high) / 2.0), Frame(below, float(max(size[0], size[1])) * 1.20, height, pixels)


class Camera:
    """Takes columns one by one, so that all are lit alike and wide shoulders do not meet.

    centre : the world point of the exhibits that comes to stand in the studio's origin; folder : for the parts."""

    def __init__(self, stage: Studio, centre: Vector, folder: str):
        self._studio, self._centre, self._folder = stage, centre, folder
        self._count = 0

    def take(self, frame: Frame, columns: Sequence[Column]) -> list[str]:
        """One picture file per column."""
        return [self._column(frame, column) for column in columns]

    def shoot(self, frame: Frame, exhibits: list[Exhibit], props: list[bpy.types.Object]) -> str:
        """One picture file of exhibits and props that stand in the studio already."""
        pixels = (round(frame.pixels * frame.width / frame.height / 2) * 2, frame.pixels)
        self._studio.frame(frame.centre, frame.width, frame.height, pixels)
        self._count += 1
        file = os.path.join(self._folder, f"{self._count}.png")
        self._studio.render(exhibits, props, file)
        return file

    def _column(self, frame: Frame, column: Column) -> str:
        stand = Matrix.Rotation(column.turn, 4, "Z") @ Matrix.Translation(-self._centre)
        exhibits = [replace(exhibit, matrix=stand @ exhibit.matrix) for exhibit in column.exhibits]
        low = frame.place(0.0, -0.5) + _IN_FRONT
        props = legend.strip(column.caption, low, frame.width, STRIP * frame.height, _CAPTION * frame.height)
        return self.shoot(frame, exhibits, props)


def join(files: list[str], file: str) -> None:
    """Put pictures of one height side by side."""
    parts = []
    for path in files:
        image = bpy.data.images.load(path)
        pixels = np.empty(len(image.pixels), np.float32)
        image.pixels.foreach_get(pixels)
        parts.append(pixels.reshape(image.size[1], image.size[0], 4))
        bpy.data.images.remove(image)
    rows = np.concatenate(parts, axis=1)
    joined = bpy.data.images.new("Joined", rows.shape[1], rows.shape[0])
    joined.pixels.foreach_set(rows.ravel())
    joined.filepath_raw, joined.file_format = file, "PNG"
    joined.save()
    bpy.data.images.remove(joined)
