"""Light on a portrait: lamps, the sky, gloss, and the shadows that the first lamp casts."""

from __future__ import annotations

import numpy as np
import torch

from headbridge.render import Faces, rasterise

# The share of portraits under one hard lamp from the side, and of those whose first lamp casts shadows.
_HARD, _CASTING = 0.3, 0.6
_WRAPPED = 0.12
_SHADOW_SIDE, _SHADOW_RADIUS, _SHADOW_NEAR = 160, 260.0, 5.0


class Lamps:
    """Directions (K, 3) in the upright frame, colours (K, 3), the sky's colour (3,) and how much more comes from above."""

    def __init__(self, rng: np.random.Generator):
        hard = rng.random() < _HARD
        count = 1 if hard else int(rng.integers(1, 4))
        directions = rng.standard_normal((count, 3)) + (0.0, 0.5, 1.0)
        if hard:
            side = rng.choice([-1.0, 1.0])
            directions[0] = side * rng.uniform(0.7, 1.2), rng.uniform(-0.2, 0.8), rng.uniform(-0.3, 0.6)
        self.directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
        colours = rng.uniform(0.2, 1.0, (count, 1)) * np.exp(0.12 * rng.standard_normal((count, 3)))
        sky = (rng.uniform(0.01, 0.15) if hard else rng.uniform(0.1, 0.8)) * np.exp(0.1 * rng.standard_normal(3))
        self.above = rng.uniform(-0.1, 0.3) * float(sky.mean())
        gain = rng.uniform(0.75, 1.4) / (sky.mean() + (0.75 if hard else 0.5) * colours.mean() * count)
        self.colours, self.sky = gain * colours, gain * sky
        self._casting = rng.random() < _CASTING
        self._map = None

    def cast(self, meshes: list[tuple[np.ndarray, Faces]]) -> None:
        """Let meshes, vertices (V, 3) in the upright frame, hide the first lamp."""
        if not self._casting:
            return
        towards = self.directions[0]
        right = np.cross((0.0, 1.0, 0.0), towards)
        right /= np.linalg.norm(right)
        self._axes = np.stack([right, np.cross(right, towards), towards])
        self._map = np.full((_SHADOW_SIDE, _SHADOW_SIDE), np.inf)
        for vertices, faces in meshes:
            points = self._on_map(vertices)
            raster = rasterise(torch.from_numpy(points.astype(np.float32))[None], faces, _SHADOW_SIDE, False)
            triangle = raster.triangle[0].numpy()
            there = triangle >= 0
            depth = points[:, 2][faces.triangles.numpy()[triangle[there]]].min(axis=1)
            self._map[there] = np.minimum(self._map[there], depth)

    def _on_map(self, points: np.ndarray) -> np.ndarray:
        across = points @ self._axes.T
        pixels = (across[:, :2] / _SHADOW_RADIUS + 1.0) * _SHADOW_SIDE / 2.0
        return np.column_stack([pixels, 2.0 * _SHADOW_RADIUS - across[:, 2]])

    def _reaching(self, points: np.ndarray) -> np.ndarray:
        """(N,) how much of the first lamp reaches (N, 3) points, over the four texels around."""
        place = self._on_map(points)
        corner = np.floor(place[:, :2] - 0.5).astype(int)
        along = place[:, :2] - 0.5 - corner
        total = np.zeros(len(points))
        for right in (0, 1):
            for down in (0, 1):
                column, row = np.clip(corner + (right, down), 0, _SHADOW_SIDE - 1).T
                share = np.abs(1 - right - along[:, 0]) * np.abs(1 - down - along[:, 1])
                total += share * (place[:, 2] < self._map[row, column] + _SHADOW_NEAR)
        return total

    def shading(self, points: np.ndarray | None, normals: np.ndarray) -> np.ndarray:
        """(N, 3) what albedo is multiplied by; points, normals (N, 3) in the upright frame. points : None where nothing
        lies between them and the lamps."""
        facing = np.clip((normals @ self.directions.T + _WRAPPED) / (1.0 + _WRAPPED), 0.0, None)
        if self._map is not None and points is not None:
            facing[:, 0] *= self._reaching(points)
        return np.clip(facing @ self.colours + self.sky + self.above * normals[:, 1:2], 0.0, None)

    def gloss(self, normals: np.ndarray, power: float) -> np.ndarray:
        """(N, 3) reflections of the lamps (Blinn 1977)."""
        half = self.directions + (0.0, 0.0, 1.0)
        half /= np.linalg.norm(half, axis=1, keepdims=True)
        return np.clip(normals @ half.T, 0.0, 1.0) ** power @ self.colours
