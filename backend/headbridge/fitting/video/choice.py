"""Which frames of a video tell most about the person and the lens."""

from __future__ import annotations

import numpy as np

from ...detection.faces import face_angle, face_size
from ..sequence.choice import evenly_spread, farthest_apart
from .watching import Watched

# So many frames are compared with each other; of these the ones on which the looks disagree by more than this many times
# the usual are left out, since what differs most may be a mistake.
_COMPARED, _DOUBTFUL = 400, 1.5


def frames_that_differ(watched: Watched, count: int) -> np.ndarray:
    """(N,) at most `count` rows of valid frames whose faces differ most in pose and expression, rising."""
    rows = np.flatnonzero(watched.valid)
    usual = float(np.median(watched.disagreement[rows]))
    sure = rows[watched.disagreement[rows] <= _DOUBTFUL * usual]
    rows = evenly_spread(sure, _COMPARED)
    faces = np.stack([_upright(watched.points(row)) for row in rows])
    usual_face = np.median(faces, axis=0)
    first = int(np.argmin(((faces - usual_face) ** 2).sum(axis=(1, 2))))
    return np.sort(rows[farthest_apart(faces, first, count)])


def _upright(points: np.ndarray) -> np.ndarray:
    """(478, 2) points in sizes of the face about its middle, turned upright in the picture."""
    turn = np.radians(face_angle(points))
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return (points - points.mean(axis=0)) @ rotation.T / face_size(points)
