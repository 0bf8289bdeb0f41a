"""The detector's points that say where a head's features are."""

from __future__ import annotations

import numpy as np

from ...mesh.similarity import Similarity
from ...progress import Progress
from ..detector import FaceDetector
from .detections import HALF_HEIGHT, VotedPoints, look, vote
from .scene import Scene

# Corners, lids, nose and lips: where skin has features of its own. Brows are hair, and cheeks and forehead are smooth,
# so that a point there means another place on every head.
FEATURES = {
    "right eye outer corner": 33,
    "right eye inner corner": 133,
    "right upper lid": 159,
    "right lower lid": 145,
    "left eye outer corner": 263,
    "left eye inner corner": 362,
    "left upper lid": 386,
    "left lower lid": 374,
    "nasion": 168,
    "nose bridge 1": 6,
    "nose bridge 2": 197,
    "nose bridge 3": 195,
    "nose tip": 4,
    "nose tip below": 1,
    "subnasale": 2,
    "right nostril base": 98,
    "left nostril base": 327,
    "right lip corner": 61,
    "left lip corner": 291,
    "upper lip middle": 0,
    "lower lip middle": 17,
    "right lip peak": 37,
    "left lip peak": 267,
    "right lower lip": 84,
    "left lower lip": 314,
    "upper lip inside": 13,
    "lower lip inside": 14,
}
"""Name to the number of the detector's point."""

_YAWS, _PITCHES = (-45, -30, -15, 0, 15, 30, 45), (-12, 0, 15)
_SIZE = 384


def find_landmarks(
    scene: Scene, pose: Similarity, middle: np.ndarray, detector: FaceDetector, progress: Progress
) -> VotedPoints | None:
    """The detector's points of a head from 21 views; None when no view shows a face.

    pose : from the mean head's frame to the scene's; middle : (3,) of the face, in the mean head's frame."""
    views = [(yaw, pitch) for yaw in _YAWS for pitch in _PITCHES]
    detections = look(scene, pose, middle, views, detector, _SIZE, progress)
    return vote(detections, pose.scale * HALF_HEIGHT / 2.0) if detections else None
