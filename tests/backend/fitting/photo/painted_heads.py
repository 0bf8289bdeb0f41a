"""Heads of known colours before known cameras."""

from __future__ import annotations

import numpy as np
import torch

from headbridge.fitting.photo.posed_photo import PosedPhoto
from headbridge.fitting.photo.rendering import PhotoRender
from headbridge.images import Image
from headbridge.texture.atlas.layout import HeadLayout
from headbridge.topologies import load_builtin

TEXTURE, PICTURE, FAR = 256, 192, 700.0
BACKGROUND = (0.2, 0.3, 0.9)


def soft_light() -> np.ndarray:
    """(9, 3) light from the upper left, of another colour from below."""
    light = np.zeros((9, 3))
    light[0] = (2.4, 2.3, 2.2)
    light[1:4] = [[-0.2] * 3, [0.2, 0.15, 0.1], [0.25] * 3]
    return light


class PaintedHead:
    """The mean head of a topology with a smooth texture, the same on both sides."""

    def __init__(self, key: str):
        self.key, self.template = key, load_builtin(key)
        self.layout = HeadLayout(self.template, TEXTURE)
        corners = self.layout.packed.triangles[self.layout.raster.triangle]
        points = np.einsum("hwk,hwkd->hwd", self.layout.raster.barycentrics, self.template.vertices[corners])
        self.points = np.where(self.layout.covered[..., None], points, 0.0)
        self.picture = self.colours(self.points)
        middle = self.template.vertices.mean(axis=0)
        self.vertices = self.template.vertices - middle

    @staticmethod
    def colours(points: np.ndarray) -> np.ndarray:
        """(..., 3) sRGB of (..., 3) places on the head, mm."""
        x, y, z = points[..., 0], points[..., 1], points[..., 2]
        waves = [np.cos(x / 14.0), np.sin(y / 17.0), np.cos((y + 2.0 * z) / 40.0)]
        return (np.array([0.6, 0.5, 0.42]) + 0.12 * np.stack(waves, axis=-1)).astype(np.float32)

    def images(self, tone: float = 1.0) -> dict:
        """The texture by tile, its colours multiplied by `tone`."""
        parts = self.layout.packing.split(np.clip(tone * self.picture, 0.0, 1.0))
        return {tile: Image(part) for tile, part in parts.items()}

    def placed(self, yaw: float) -> np.ndarray:
        """(V, 3) before the camera, turned by degrees: at 90 it looks to the right of the picture."""
        turn = np.radians(yaw)
        axes = np.array([[np.cos(turn), 0.0, np.sin(turn)], [0.0, 1.0, 0.0], [-np.sin(turn), 0.0, np.cos(turn)]])
        return self.vertices @ axes.T - (0.0, 0.0, FAR)

    def photo(self, yaw: float, light: np.ndarray | None = None, size: int = PICTURE) -> PosedPhoto:
        """What a camera sees."""
        matrix = np.array([[2.0 * size, 0.0, 0.5 * size], [0.0, 2.0 * size, 0.5 * size], [0.0, 0.0, 1.0]])
        background = np.broadcast_to(np.float32(BACKGROUND), (size, size, 3))
        blank = PosedPhoto(np.array(background), self.placed(yaw), matrix, light)
        render = PhotoRender(blank, self.layout.packed)
        colours = render.colours(torch.from_numpy(self.picture)[None])
        pixels = np.where(render.covered[..., None], np.clip(colours, 0.0, 1.0), background).astype(np.float32)
        return PosedPhoto(pixels, blank.vertices, matrix, light, name="painted")


def decibels(error: np.ndarray) -> float:
    """Of an error against 1."""
    return float(-10.0 * np.log10(max(float(np.mean(np.square(error))), 1e-12)))
