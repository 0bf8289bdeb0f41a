"""Every pixel's class around a face whose landmarks are known."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
import torch

from ..crops import Crop, Cropper
from ..networks.weights import load_network
from ..surface_points import surface_points
from .aligned import aligned_crop, network_input
from .classes import BACKGROUND, CLASSES
from .glasses import without_lone_glasses
from .network import FaceParserNetwork

# Sides of the crop, each looked at as it is and mirrored; their mean is steadier than any of them.
_SIDES = (112, 128)
_KEPT = 128
# Chances are enlarged so many times before the likeliest class is chosen: edges of classes are smooth.
_FINER = 4


@dataclass(frozen=True, eq=False)
class FaceParse:
    """Chances (C, S, S) float32 of the `CLASSES` in a crop of a picture of `shape` (height, width); pixels beyond the
    crop are background."""

    chances: np.ndarray
    crop: Crop
    shape: tuple[int, int]

    def labels(self) -> np.ndarray:
        """(H, W) uint8, the likeliest class of every pixel of the picture."""
        side = _FINER * self.chances.shape[1]
        fine = np.stack([_resized(chance, side) for chance in self.chances])
        return from_crop(fine.argmax(axis=0).astype(np.uint8), self.crop, self.shape, BACKGROUND, cv2.INTER_NEAREST)

    def chance(self, classes: Collection[int]) -> np.ndarray:
        """(H, W) float32 that a pixel of the picture belongs to one of the classes."""
        return self._in_picture(self.chances[list(classes)].sum(axis=0), float(BACKGROUND in classes))

    def _in_picture(self, values: np.ndarray, beyond: float) -> np.ndarray:
        return from_crop(values, self.crop, self.shape, beyond)


def from_crop(
    values: np.ndarray, crop: Crop, shape: tuple[int, int], beyond: float, how: int = cv2.INTER_LINEAR
) -> np.ndarray:
    """(H, W) of the values (S, S) of a crop, and `beyond` outside of it. how : OpenCV's interpolation."""
    matrix = replace(crop, size=values.shape[0]).matrix
    # OpenCV counts from the first pixel's centre.
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    size, flags = (shape[1], shape[0]), how | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(values, matrix, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=beyond)


@lru_cache(maxsize=1)
def shipped_parser(device: str) -> FaceParser:
    """The parser on a device, shared."""
    return FaceParser(device)


class FaceParser:
    """The shipped network. device : "cpu" or "cuda". Raises `HeadBridgeError` when its weights are not there."""

    def __init__(self, device: str = "cpu"):
        self._network, self._device = load_network(FaceParserNetwork, device), device
        self._mirror = surface_points("hack").mirror

    def __call__(self, pixels: np.ndarray, points: np.ndarray) -> FaceParse:
        """What an (H, W, 3) sRGB picture, float 0..1, shows around the face with (478, 2) detector's points, pixels."""
        cropper = Cropper(np.round(255.0 * np.clip(pixels, 0.0, 1.0)).astype(np.uint8))
        total = np.zeros((len(CLASSES), _KEPT, _KEPT), np.float32)
        for side in _SIDES:
            crop = aligned_crop(points, side)
            given = [self._input(cropper, points, replace(crop, mirrored=mirrored)) for mirrored in (False, True)]
            straight, mirrored = self._chances(np.stack(given))
            mean = 0.5 * (straight + mirrored[..., ::-1])
            total += np.stack([_resized(chance, _KEPT) for chance in mean])
        kept = aligned_crop(points, _KEPT)
        chances = without_lone_glasses(total / len(_SIDES), _placed(points, kept))
        return FaceParse(chances, kept, pixels.shape[:2])

    def _input(self, cropper: Cropper, points: np.ndarray, crop: Crop) -> np.ndarray:
        placed = _placed(points, crop)
        return network_input(
            cropper.cut(crop).astype(np.float32) / 255.0, placed[self._mirror] if crop.mirrored else placed
        )

    @torch.inference_mode()
    def _chances(self, given: np.ndarray) -> np.ndarray:
        """(N, C, S, S) of (N, INPUTS, S, S)."""
        x = torch.from_numpy(given).to(self._device, memory_format=torch.channels_last)
        return torch.softmax(self._network(x), dim=1).cpu().numpy()


def _placed(points: np.ndarray, crop: Crop) -> np.ndarray:
    """(N, 2) points of the picture in a crop's pixels."""
    return points[:, :2] @ crop.matrix[:, :2].T + crop.matrix[:, 2]


def _resized(chances: np.ndarray, side: int) -> np.ndarray:
    return chances if len(chances) == side else cv2.resize(chances, (side, side), interpolation=cv2.INTER_LINEAR)
