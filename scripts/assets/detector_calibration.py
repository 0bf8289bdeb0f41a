"""What the face detector is off by in a systematic way, measured on pictures of random heads (`filmed_heads`).

The detector draws faces towards its mean one: it halves jaws, and nods come out at three quarters of their size. How it
does so can be told from the points themselves; what then remains is the noise. Every picture counts twice, as it is and
mirrored.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from headbridge.detection.calibration import Calibration, upright_points
from headbridge.detection.detector import FaceDetector
from headbridge.detection.faces import MOST_FACES
from headbridge.detection.following import FaceFollower
from headbridge.detection.noise import view_angles
from headbridge.detection.surface_points import surface_points

from .detector_noise import IRISES, Errors, chi_squares, fitted
from .filmed_heads import FilmedHeads

SEEDS, HEADS = tuple(range(202, 209)), 33
# A face taken for another thing, in mean errors as shares of its size.
FAILED = 0.1
# Directions in which the points are taken, and those whose products count as well.
DIRECTIONS, SQUARED = 60, 8
RIDGE, SQUARES_RIDGE = 30.0, 90.0
PASSES = 4
# Of so many parts of the pictures each is judged by what the others say.
PARTS = 5


def measure(seed: int, heads: int, data: Path) -> dict[str, np.ndarray]:
    """points (M, 478, 3) as detected, truth (M, 478, 2) and towards_camera (M, 3) of the pictures of some heads."""
    made, rows = FilmedHeads(seed, data), []
    with FaceDetector(MOST_FACES) as detector:
        for _ in range(heads):
            for shot in made.next():
                found = FaceFollower(detector).follow(shot.pixels).detection
                if found is not None:
                    rows.append((found.points, shot.truth, shot.towards_camera))
    return dict(zip(("points", "truth", "towards_camera"), map(np.array, zip(*rows, strict=True)), strict=True))


def estimate(measured: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of detector_calibration.npz."""
    fixed = np.isfinite(surface_points("hack").spread)
    fixed[IRISES] = True
    numbers = np.flatnonzero(fixed)
    faces = [upright_points(points) for points in measured["points"]]
    points = np.array([face.points for face in faces])
    truth = np.array([face.from_picture(place) for face, place in zip(faces, measured["truth"], strict=True)])
    apart = np.linalg.norm((truth - points[..., :2])[:, numbers], axis=2).mean(axis=1)
    seen = apart < FAILED
    points, truth, towards = points[seen], truth[seen], measured["towards_camera"][seen]
    # Heads differ more than the looks at one do, so that whole runs of pictures are left out.
    part = np.arange(len(points)) * PARTS // len(points)
    errors = np.empty_like(truth)
    for number in range(PARTS):
        others = learned(points[part != number], truth[part != number], numbers)
        own = part == number
        errors[own] = np.array([others.corrected(one) for one in points[own]]) - truth[own]
    left = np.linalg.norm(errors[:, numbers], axis=2).mean()
    print(f"{len(points)} pictures; off by {apart[seen].mean():.4f} of the face's size, {left:.4f} on unseen heads")
    yaw, pitch = view_angles(towards)
    noise = fitted(Errors(errors, yaw, pitch).with_mirrored(), numbers)
    # The mean of unseen heads' errors is chance.
    noise["bias"][:] = 0.0
    excess = float(chi_squares(noise, Errors(errors, yaw, pitch), numbers).mean())
    noise["spread"] *= np.sqrt(excess)
    arrays = learned(points, truth, numbers).arrays | {f"noise_{name}": array for name, array in noise.items()}
    return {"numbers": numbers.astype(np.int16)} | {name: array.astype(np.float32) for name, array in arrays.items()}


def learned(points: np.ndarray, truth: np.ndarray, numbers: np.ndarray) -> Calibration:
    """Ridge regression of what (M, 478, 3) upright points are off by on their principal components; pictures that are
    far off count less (Cauchy's weights)."""
    mirror = surface_points("hack").mirror
    points = np.concatenate([points, points[:, mirror] * (-1.0, 1.0, 1.0)])
    truth = np.concatenate([truth, truth[:, mirror] * (-1.0, 1.0)])
    flat = points.reshape(len(points), -1)
    mean = flat.mean(axis=0)
    _, values, directions = np.linalg.svd(flat - mean, full_matrices=False)
    scaled = directions[:DIRECTIONS] * (np.sqrt(len(points)) / values[:DIRECTIONS, None])
    without = Calibration(numbers, mean, scaled, np.zeros((1 + DIRECTIONS + SQUARED * (SQUARED + 1) // 2, 0, 2)))
    features = without.features(points)
    off = (truth - points[..., :2])[:, numbers].reshape(len(points), -1)
    ridge = np.r_[1e-6, np.full(DIRECTIONS, RIDGE), np.full(features.shape[1] - 1 - DIRECTIONS, SQUARES_RIDGE)]
    weights = np.ones(len(points))
    for _ in range(PASSES):
        weighted = features * weights[:, None]
        solution = np.linalg.solve(weighted.T @ features + np.diag(ridge), weighted.T @ off)
        apart = np.abs(off - features @ solution).mean(axis=1)
        weights = 1.0 / (1.0 + (apart / (2.0 * np.median(apart))) ** 2)
    return Calibration(numbers, mean, scaled, solution.reshape(len(solution), len(numbers), 2))
