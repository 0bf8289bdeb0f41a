"""How far the camera was from a face, by how its points and the ears' lie to each other in the picture.

What is near looks large: the nose beside the eyes, the face beside the ears. People differ by as much, so that the answer is
a distribution. The network was trained on points of random heads of three populations (`scripts/train_camera_distance.py`).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import nn

from .ears.finding import FoundEars
from .ears.places import POINT_COUNT
from .ibug import ibug_51
from .networks.weights import load_network

BROWS = 10
"""The first of the 51 landmarks, which lie at the hair and are left out."""

_LANDMARKS = 51 - BROWS
_HIDDEN = (128, 64)
# A mark of being seen weighs as much as a shift of so many hundredths of the face.
_SEEN_WEIGHT = 5.0
_SEEN, _FEWEST_SEEN = 0.5, 4


class CameraDistanceNetwork(nn.Module):
    """The mean and the logarithm of the spread (B, 2) of log(distance in metres), which is distributed as
    exp(-|error| / spread), by `relative_points`."""

    asset = "camera_distance.safetensors"

    def __init__(self):
        super().__init__()
        inputs = 2 * _LANDMARKS + 3 * POINT_COUNT
        self.register_buffer("usual", torch.zeros(inputs))
        self.register_buffer("varied", torch.ones(inputs))
        sizes = (inputs, *_HIDDEN)
        layers = [part for a, b in zip(sizes, sizes[1:]) for part in (nn.Linear(a, b), nn.GELU())]
        self.layers = nn.Sequential(*layers, nn.Linear(_HIDDEN[-1], 2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers((x - self.usual) / self.varied)


def relative_points(landmarks: np.ndarray, ears: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(B, F) float32 of 41 landmarks (B, 41, 2), the ears' points (B, N, 2), rows downwards, and which are seen (B, N) bool,
    whatever their place and size in the picture."""
    middle = landmarks.mean(axis=1, keepdims=True)
    landmarks, ears = landmarks - middle, ears - middle
    size = np.sqrt((landmarks**2).sum(axis=(1, 2), keepdims=True)) / 100.0
    parts = landmarks / size, ears / size * seen[..., None], _SEEN_WEIGHT * seen
    return np.concatenate([part.reshape(len(landmarks), -1) for part in parts], axis=1).astype(np.float32)


def likely_distance(points: np.ndarray, ears: FoundEars, angle: float) -> tuple[float, float] | None:
    """The logarithm of the millimetres from the camera to the face's landmarks, and its standard deviation; None where next
    to nothing of the ears is seen, as the face alone hardly tells.

    points : (478, D >= 2) of the detector, pixels. angle : degrees by which the picture is turned counter-clockwise for the
    face to be upright (`faces.face_angle`)."""
    if (ears.chance > _SEEN).sum() < _FEWEST_SEEN:
        return None
    turn = np.deg2rad(angle)
    upright = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    landmarks = ibug_51(points)[BROWS:, :2]
    given = relative_points((landmarks @ upright)[None], (ears.points @ upright)[None], (ears.chance > _SEEN)[None])
    with torch.inference_mode():
        mean, spread = _shipped()(torch.from_numpy(given))[0].double().tolist()
    return mean + float(np.log(1000.0)), float(2.0**0.5 * np.exp(spread))


@lru_cache(maxsize=1)
def _shipped() -> nn.Module:
    return load_network(CameraDistanceNetwork, "cpu")
