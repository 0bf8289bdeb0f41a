"""Random parts of a texture hidden, as photos hide them."""

from __future__ import annotations

import cv2
import numpy as np

from ...mesh.normals import vertex_normals
from ...mesh.udim import occupied_tiles
from ...spatial.rasterise import rasterise_uv
from ...topologies import load_builtin

_LEAST_FACING = 0.15


class HidingMasks:
    """Which texels of a head's layout are known in a random photo.

    points, normals : (T, S, S, 3), the place (mm) and normal of every texel, NaN off the charts. seed : of the random
    numbers."""

    def __init__(self, points: np.ndarray, normals: np.ndarray, seed: int = 0):
        self._points, self._normals = points, normals
        self._rng = np.random.default_rng(seed)

    def draw(self) -> np.ndarray:
        """(T, S, S) bool, True where known: one half, what faces a random camera, or all but random strokes; mostly two
        of these together."""
        known = [self._half, self._facing, self._facing][self._rng.integers(3)]()
        return known & self.outside_strokes() if self._rng.random() < 0.6 else known

    def _half(self) -> np.ndarray:
        """One half of the head, cut somewhere near the middle."""
        side = 1.0 if self._rng.random() < 0.5 else -1.0
        return side * self._points[..., 0] > self._rng.uniform(-5.0, 5.0)

    def _facing(self) -> np.ndarray:
        """What a camera at up to 60 degrees from the front sees."""
        yaw, pitch = np.radians(self._rng.uniform(-60.0, 60.0)), np.radians(self._rng.uniform(-25.0, 25.0))
        towards = np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
        return self._normals @ towards > _LEAST_FACING + 0.2 * self._rng.random()

    def outside_strokes(self) -> np.ndarray:
        """All but a few thick random strokes, as of hair and hands."""
        tiles, size = self._points.shape[:2]
        hidden = np.zeros((tiles, size, size), np.uint8)
        for picture in hidden:
            for _ in range(self._rng.integers(1, 5)):
                places = self._rng.uniform(0.2, 0.8, 2) * size + np.cumsum(
                    self._rng.normal(0.0, 0.07 * size, (self._rng.integers(3, 7), 2)), axis=0
                )
                thickness = int(self._rng.uniform(0.02, 0.12) * size)
                cv2.polylines(picture, [np.rint(places).astype(np.int32)], False, 1, max(thickness, 1))
        return hidden == 0


def texel_places(layout: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """(T, size, size, 3) places (mm) and normals of the texels of a built-in head's layout, NaN off the charts."""
    mesh = load_builtin(layout)
    normals, tiles = vertex_normals(mesh.vertices, mesh.triangles), occupied_tiles(mesh)
    result = np.full((2, len(tiles), size, size, 3), np.nan)
    for number, tile in enumerate(tiles):
        raster = rasterise_uv(mesh.uvs[mesh.triangle_corners].astype(np.float64), size, tile)
        corners = mesh.triangles[raster.triangle[raster.covered]]
        for values, out in zip((mesh.vertices, normals), result, strict=True):
            out[number, raster.covered] = np.einsum("nk,nkd->nd", raster.barycentrics[raster.covered], values[corners])
    return result[0], result[1]
