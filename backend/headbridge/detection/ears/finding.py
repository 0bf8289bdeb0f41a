"""The ears' points in a picture, around a face whose landmarks are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch

from ..crops import Crop, Cropper
from ..networks.weights import load_network
from ..parsing.aligned import aligned_crop, colour_input
from ..surface_points import surface_points
from .network import EarNetwork
from .places import POINT_COUNT

ROOM = 1.15
"""The crop's side in the parser's: ears lie at its borders."""

SIDE = 128
"""Pixels of the crop that the shipped network was last trained with."""

_OTHER_SIDE = np.roll(np.arange(POINT_COUNT), POINT_COUNT // 2)
# Errors are distributed as exp(-|error| / spread): the standard deviation of a coordinate in spreads.
_DEVIATION = 3.0**0.5


@dataclass(frozen=True, eq=False)
class FoundEars:
    """The points of `places.ear_places`: N places (N, 2) in pixels, standard deviations (N,) of a coordinate in pixels, and
    chances (N,) that the picture shows them."""

    points: np.ndarray
    sigma: np.ndarray
    chance: np.ndarray


@lru_cache(maxsize=1)
def shipped_ear_finder(device: str) -> EarFinder:
    """The finder on a device, shared."""
    return EarFinder(device)


class EarFinder:
    """The shipped network. device : "cpu" or "cuda". Raises `HeadBridgeError` when its weights are not there."""

    def __init__(self, device: str = "cpu"):
        self._network, self._device = load_network(EarNetwork, device), device
        self._mirror = surface_points("hack").mirror

    def __call__(self, pixels: np.ndarray, points: np.ndarray) -> FoundEars:
        """The ears in an (H, W, 3) sRGB picture, float 0..1, around the face with (478, 2) detector's points, pixels."""
        cropper = Cropper(np.round(255.0 * np.clip(pixels, 0.0, 1.0)).astype(np.uint8))
        crop = aligned_crop(points, SIDE, ROOM)
        mirrored = replace(crop, mirrored=True)
        given = np.stack([self._input(cropper, points, one) for one in (crop, mirrored)])
        places, errors, seen = self._look(given)
        found = [one.to_picture(SIDE * own) for one, own in zip((crop, mirrored), places, strict=True)]
        # The mirrored picture has the left ear on the right.
        found[1], errors[1], seen[1] = found[1][_OTHER_SIDE], errors[1][_OTHER_SIDE], seen[1][_OTHER_SIDE]
        # Where both looks differ, neither is as sure as it says.
        apart = 0.5 * np.linalg.norm(found[0] - found[1], axis=1)
        sigma = np.hypot(_DEVIATION * crop.side * np.exp(errors.mean(axis=0)), apart)
        return FoundEars(0.5 * (found[0] + found[1]), sigma, 1.0 / (1.0 + np.exp(-seen.mean(axis=0))))

    def _input(self, cropper: Cropper, points: np.ndarray, crop: Crop) -> np.ndarray:
        placed = points[:, :2] @ crop.matrix[:, :2].T + crop.matrix[:, 2]
        rgb = cropper.cut(crop).astype(np.float32) / 255.0
        return colour_input(rgb, placed[self._mirror] if crop.mirrored else placed)

    @torch.inference_mode()
    def _look(self, given: np.ndarray) -> tuple[np.ndarray, ...]:
        """Points, logarithms of their errors, scores of being seen of (N, COLOURS, S, S)."""
        x = torch.from_numpy(given).to(self._device, memory_format=torch.channels_last)
        points, errors, seen, _ = self._network(x)
        return tuple(one.double().cpu().numpy() for one in (points, errors, seen))
