"""How far apart landmarks that belong together ended up."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from .statistics import summary


def landmark_errors(source_points: np.ndarray, target_points: np.ndarray) -> dict[str, float | int | None]:
    """count, mean, p95 and max Euclidean distance of (N, 3) points on the result to the (N, 3) target landmarks.

    Raises `InputError` when the shapes differ."""
    source_points, target_points = np.asarray(source_points), np.asarray(target_points)
    if source_points.shape != target_points.shape or source_points.ndim != 2 or source_points.shape[1] != 3:
        raise InputError(
            "Landmarks should be two arrays of equal shape (N, 3), "
            f"not {source_points.shape} and {target_points.shape}."
        )
    errors = summary(np.linalg.norm(source_points - target_points, axis=1))
    return {key: errors[key] for key in ("count", "mean", "p95", "max")}
