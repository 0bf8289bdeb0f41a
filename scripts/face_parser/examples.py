"""What the parser learns from: a growing store of portraits, seen differently every time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch

from headbridge.detection.crops import Crop
from headbridge.detection.parsing.aligned import AREAS, aligned_crop, network_input
from headbridge.detection.parsing.classes import BACKGROUND
from headbridge.detection.surface_points import surface_points

from .portrait import HeadShape, Portrait, make_portrait

UNKNOWN = 255
"""The class of pixels beyond a picture's border, which nothing is learned from."""

# How often: another picture behind the person, other shapes, a border of the picture that cuts off a part of the head, none
# of the landmarks' areas, one of them missing, no colour against the cheeks'.
_BEHIND, _BENT, _CUT_OFF, _NO_AREAS, _LESS_AREAS, _NO_RELATIVE = 0.35, 0.4, 0.12, 0.1, 0.15, 0.1


@dataclass(eq=False)
class Examples:
    """Portraits of seeds from `first` on, more with every call of `grow`. The same seeds give the same examples.

    side, room, shape : see `make_portrait`."""

    data: Path
    first: int
    side: int = 160
    room: float = 1.25
    shape: HeadShape | None = None
    _made: int = 0

    def __post_init__(self):
        self._stored: list[Portrait] = []
        self._rng = np.random.default_rng([13, self.first])
        self._mirror = surface_points("makehuman").mirror

    def __len__(self) -> int:
        return len(self._stored)

    def grow(self, count: int) -> None:
        for _ in range(count):
            self._stored.append(make_portrait(self.data, self.first + self._made, self.side, self.room, self.shape))
            self._made += 1

    def batch(self, count: int, side: int) -> tuple[torch.Tensor, torch.Tensor]:
        """(count, INPUTS, side, side) float32 and (count, side, side) int64."""
        inputs, labels = zip(*(self._example(side) for _ in range(count)))
        return torch.from_numpy(np.stack(inputs)), torch.from_numpy(np.stack(labels)).long()

    def _example(self, side: int) -> tuple[np.ndarray, np.ndarray]:
        rng = self._rng
        portrait, rgb, points, crop = self.seen(side)
        rgb, label = cut(rgb, crop, cv2.INTER_LINEAR), cut(portrait.label, crop, cv2.INTER_NEAREST)
        if rng.random() < _BENT:
            rgb, label, points = self._bent(rgb, label, points)
        if rng.random() < _CUT_OFF:
            rgb, label = cut_off(rgb, label, rng)
        given = network_input(photographed(rgb, rng), points)
        if rng.random() < _NO_AREAS:
            given[-AREAS:] = 0.0
        elif rng.random() < _LESS_AREAS:
            given[-1 - rng.integers(AREAS)] = 0.0
        if rng.random() < _NO_RELATIVE:
            given[3:6] = 0.0
        return given, label

    def seen(self, side: int, room: float = 1.0) -> tuple[Portrait, np.ndarray, np.ndarray, Crop]:
        """A portrait, its colours (S, S, 3) 0..1 perhaps before another one, a crop of it, about the aligned one, and the
        points (478, 2) in the crop."""
        rng = self._rng
        portrait = self._stored[rng.integers(len(self._stored))]
        rgb = portrait.rgb.astype(np.float32) / 255.0
        if rng.random() < _BEHIND:
            rgb = self._before_another(rgb, portrait.label)
        points = self._as_detected(portrait.points)
        crop = aligned_crop(points, side, room)
        shift = rng.normal(0.0, 0.02 * crop.side, 2)
        crop = replace(
            crop,
            centre=(crop.centre[0] + shift[0], crop.centre[1] + shift[1]),
            side=crop.side * float(np.exp(rng.normal(0.0, 0.05))),
            angle=crop.angle + rng.normal(0.0, 4.0),
            mirrored=bool(rng.random() < 0.5),
        )
        points = points @ crop.matrix[:, :2].T + crop.matrix[:, 2]
        return portrait, rgb, points[self._mirror] if crop.mirrored else points, crop

    def _before_another(self, rgb: np.ndarray, label: np.ndarray) -> np.ndarray:
        """The person before another portrait, in or out of focus."""
        rng = self._rng
        other = self._stored[rng.integers(len(self._stored))].rgb.astype(np.float32) / 255.0
        scale, middle = rng.uniform(1.0, 2.2), self.side / 2
        shift = middle - scale * rng.uniform(0.0, self.side, 2)
        place = np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]])
        other = cv2.warpAffine(other, place, (self.side, self.side), borderMode=cv2.BORDER_REFLECT)
        other = cv2.GaussianBlur(other, (0, 0), rng.uniform(0.3, 4.0))
        behind = cv2.GaussianBlur((label == BACKGROUND).astype(np.float32), (0, 0), 0.6)[..., None]
        return rgb + behind * (other - rgb)

    def _as_detected(self, points: np.ndarray) -> np.ndarray:
        """Points with a detector's errors: each point's own, and a wave over all."""
        rng, size = self._rng, np.ptp(points[:, 1])
        wave = np.sin(points @ rng.normal(0.0, 4.0 / size, (2, 2)) + rng.uniform(0.0, 2.0 * np.pi, 2))
        return points + rng.normal(0.0, 0.008 * size, points.shape) + 0.02 * size * wave * rng.normal(size=2)

    def _bent(self, rgb: np.ndarray, label: np.ndarray, points: np.ndarray):
        """All of it bent smoothly (Simard et al. 2003)."""
        rng, side = self._rng, label.shape[0]
        coarse = rng.normal(size=(5, 5, 2)).astype(np.float32) * rng.uniform(0.0, 0.025) * side
        field = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
        row, column = np.mgrid[:side, :side].astype(np.float32)
        maps = column + field[..., 0], row + field[..., 1]
        at = np.clip(points.astype(int), 0, side - 1)
        return (
            cv2.remap(rgb, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
            cv2.remap(label, *maps, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE),
            points - field[at[:, 1], at[:, 0]],
        )


def photographed(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(S, S, 3) 0..1 with exposure, white balance, contrast, colour, falling light, blur, grain and JPEG's blocks."""
    # Half of the pictures are as good as people publish them.
    bad = 1.0 if rng.random() < 0.5 else 0.4
    rgb = np.clip(rgb, 0.0, 1.0) ** np.exp(bad * rng.normal(0.0, 0.3))
    rgb = rgb * np.exp(bad * (rng.normal(0.0, 0.2) + rng.normal(0.0, 0.08, 3)))
    mean = rgb.mean()
    rgb = mean + (rgb - mean) * np.exp(bad * rng.normal(0.0, 0.2))
    grey = rgb.mean(axis=2, keepdims=True)
    rgb = grey + (rgb - grey) * (1.0 - bad * rng.uniform(-0.4, 0.8) if rng.random() < 0.94 else 0.0)
    side = rgb.shape[0]
    if rng.random() < 0.3:
        ramp, fall = np.linspace(-0.5, 0.5, side), rng.uniform(-0.7, 0.7, 2)
        rgb = rgb * np.clip(1.0 + fall[0] * ramp[None, :, None] + fall[1] * ramp[:, None, None], 0.2, None)
    if rng.random() < 0.6:
        rgb = cv2.GaussianBlur(rgb.astype(np.float32), (0, 0), rng.uniform(0.2, 1.3) * side / 128)
    bytes_ = np.clip(255.0 * (rgb + rng.normal(0.0, rng.uniform(0.0, 0.04), rgb.shape)), 0.0, 255.0).astype(np.uint8)
    if rng.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 95))]
        bytes_ = cv2.imdecode(cv2.imencode(".jpg", bytes_, quality)[1], cv2.IMREAD_COLOR)
    return bytes_.astype(np.float32) / 255.0


def cut_off(rgb: np.ndarray, label: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The picture ends within the crop: its last pixels go on, as `Cropper` lets them."""
    turns, side = int(rng.integers(4)), rgb.shape[0]
    rgb, label = np.rot90(rgb, turns).copy(), np.rot90(label, turns).copy()
    end = int(rng.uniform(0.02, 0.4) * side)
    rgb[:end], label[:end] = rgb[end], UNKNOWN
    return np.ascontiguousarray(np.rot90(rgb, -turns)), np.ascontiguousarray(np.rot90(label, -turns))


def cut(picture: np.ndarray, crop: Crop, how: int) -> np.ndarray:
    matrix = crop.matrix
    # OpenCV counts from the first pixel's centre.
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    return cv2.warpAffine(picture, matrix, (crop.size, crop.size), flags=how, borderMode=cv2.BORDER_REPLICATE)
