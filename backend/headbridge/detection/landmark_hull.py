"""Which pixels lie between a face's landmarks."""

from __future__ import annotations

import cv2
import numpy as np


def landmark_hull(points: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """(H, W) bool, the convex hull of (N, 2) landmarks in a picture of `shape` (height, width), pixels."""
    hull = np.zeros(shape, np.uint8)
    # OpenCV counts from the first pixel's centre.
    cv2.fillConvexPoly(hull, cv2.convexHull(np.rint(points - 0.5).astype(np.int32)), 1)
    return hull > 0
