"""The skin of one person, the same on face and hands: one of MakeHuman's in another tone, blotched, more or less smooth."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from .noise import Noise
from .parts import load_skins

# How common skins are that show every pore, half of the detail, and so on: cameras and make-up smooth it.
_SMOOTH = (0.35, 0.3, 0.2, 0.15)
_ROW = 512


class Skin:
    """albedo : (3,) linear, the skin's usual colour."""

    def __init__(self, data: Path, rng: np.random.Generator, noise: Noise):
        self._rng, self._noise = rng, noise
        levels = load_skins(data)[rng.integers(len(load_skins(data)))]
        level = int(rng.choice(len(levels), p=_SMOOTH))
        self._texture, self._rough = levels[level], rng.uniform(0.0, 1.0) / 2.0**level
        self._gamma = rng.uniform(0.75, 1.4)
        self._tone = rng.uniform(0.7, 1.25) * np.exp(0.08 * rng.standard_normal(3))
        self.albedo = np.median(levels[-1].reshape(-1, 3), axis=0) ** self._gamma * self._tone

    def __call__(self, uv: np.ndarray, rest: np.ndarray) -> np.ndarray:
        """(N, 3) albedo at (N, 2) UVs of the base mesh, whose places there are (N, 3) mm."""
        side, count = self._texture.shape[0], len(uv)
        # OpenCV's pictures have fewer than 32768 columns.
        place = np.zeros((2, -(-count // _ROW), _ROW), np.float32)
        place.reshape(2, -1)[:, :count] = side * uv[:, 0] - 0.5, side * (1.0 - uv[:, 1]) - 0.5
        found = cv2.remap(self._texture, place[0], place[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        rgb = found.reshape(-1, 3)[:count]
        x, y = rest[:, 0] + rest[:, 2], rest[:, 1]
        pores, blotches = 0.05 * self._noise(x, y, 1.5), 0.1 * self._rng.uniform(0.0, 1.0) * self._noise(x, y, 14.0)
        return rgb**self._gamma * self._tone * np.exp(self._rough * pores + blotches)[:, None]
