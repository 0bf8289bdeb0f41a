"""Smooth noise that is cheap to look up, and patterns made of it."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

_SIDE, _FEATURE = 1024, 4.0


@cache
def _map(number: int) -> np.ndarray:
    """(1024, 1024) float32 that tiles: mean 0, deviation 1, features some four texels wide."""
    white = np.random.default_rng([7, number]).standard_normal((_SIDE, _SIDE)).astype(np.float32)
    edge = 32
    smooth = cv2.GaussianBlur(np.pad(white, edge, mode="wrap"), (0, 0), _FEATURE)[edge:-edge, edge:-edge]
    return (smooth - smooth.mean()) / smooth.std()


class Noise:
    """A field over the plane; every instance another one."""

    _maps = 4

    def __init__(self, rng: np.random.Generator):
        self._texels = _map(int(rng.integers(self._maps)))
        self._rng = rng

    def __call__(self, x: np.ndarray, y: np.ndarray, size: float, long: float = 1.0) -> np.ndarray:
        """Values at places; features are `size` wide across, along y `long` times that. Every call another field."""
        shift = self._rng.integers(0, _SIDE, 2)
        column = (np.asarray(x) * (_FEATURE / size)).astype(np.int64) + shift[0]
        row = (np.asarray(y) * (_FEATURE / (size * long))).astype(np.int64) + shift[1]
        return self._texels[row & (_SIDE - 1), column & (_SIDE - 1)]


def cloth(rng: np.random.Generator, noise: Noise, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(N, 3) albedo of a random fabric at (N,) places, mm: plain, striped, checked, or with blotches."""
    first, second = _muted(rng), _muted(rng)
    if rng.random() < 0.25:
        first = np.full(3, rng.choice([0.02, 0.3, 0.8]))
    width, kind = rng.uniform(3.0, 25.0), rng.integers(5)
    across, down = np.sin(x * np.pi / width) > 0, np.sin(y * np.pi / width) > 0
    mask = (np.zeros(x.shape), across, down, across != down, noise(x, y, width) > rng.uniform(-0.5, 1.0))[kind]
    mixed = first + np.asarray(mask, np.float32)[:, None] * (second - first)
    return np.clip(mixed * (1.0 + rng.uniform(0.0, 0.15) * noise(x, y, rng.uniform(0.5, 2.0))[:, None]), 0.005, 0.95)


def background(rng: np.random.Generator, noise: Noise, side: int, skin: np.ndarray) -> np.ndarray:
    """(side, side, 3) linear: a gradient, blotches, shapes (some in a skin's tone), lines, more or less out of focus."""
    row, column = np.mgrid[:side, :side].astype(np.float32)
    angle = rng.uniform(0.0, 2.0 * np.pi)
    ramp = np.clip(0.5 + (np.cos(angle) * (column - side / 2) + np.sin(angle) * (row - side / 2)) / side, 0.0, 1.0)
    picture = _muted(rng) * (1.0 - ramp[..., None]) + _muted(rng) * ramp[..., None]
    for size in side * np.array([0.4, 0.15, 0.05, 0.015]):
        if rng.random() < 0.6:
            tint = rng.uniform(-0.5, 1.0, 3) if rng.random() < 0.4 else np.ones(3)
            picture = picture * (1.0 + rng.uniform(0.05, 0.5) * noise(column, row, size)[..., None] * tint)
    picture = np.ascontiguousarray(np.clip(picture, 0.0, 1.0).astype(np.float32))
    for _ in range(rng.integers(0, 12)):
        colour = tuple(_muted(rng) if rng.random() < 0.6 else np.clip(skin * rng.uniform(0.4, 1.4), 0.0, 1.0))
        middle = rng.uniform(-0.1, 1.1, 2) * side
        if rng.random() < 0.3:
            radius = int(rng.uniform(0.01, 0.2) * side)
            cv2.circle(picture, middle.astype(int).tolist(), radius, colour, -1, cv2.LINE_AA)
        else:
            corners = middle + rng.normal(0.0, 0.2 * side, (rng.integers(3, 7), 2))
            cv2.fillConvexPoly(picture, cv2.convexHull(corners.astype(np.int32)), colour, cv2.LINE_AA)
    if rng.random() < 0.3:
        for _ in range(rng.integers(20, 150)):
            start = rng.uniform(0.0, side, 2)
            end = start + rng.normal(0.0, 0.1 * side, 2)
            ends = [tuple(point.astype(int).tolist()) for point in (start, end)]
            cv2.line(picture, *ends, tuple(_muted(rng)), int(rng.integers(1, 4)), cv2.LINE_AA)
    blur = float(rng.choice([0.0, 0.004, 0.01, 0.02, 0.04, 0.06])) * side
    return cv2.GaussianBlur(picture, (0, 0), blur) if blur else picture


def _muted(rng: np.random.Generator) -> np.ndarray:
    """(3,) linear, from grey to saturated."""
    grey, value = rng.uniform(0.0, 1.0), rng.uniform(0.0, 1.0)
    return ((1.0 - grey) * rng.uniform(0.0, 1.0, 3) + grey * value) ** 2.0
