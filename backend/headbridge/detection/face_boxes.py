"""From BlazeFace's answers to upright cuts around faces (arXiv:1907.05047, section 4; MediaPipe's constants)."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from .crops import Crop

SEARCH_SIDE, FACE_SIDE = 128, 192
"""Pixels along the sides of what the box network and the mesh network look at."""

CELLS = ((16, 2), (8, 6))
"""Cells along a side of the box network's two feature maps, and anchors in each of their cells."""

# Boxes that share this much of their union are the same face.
_SAME = 0.3
# The mesh network sees the box of brows to chin with so much around it.
_ROOM = 1.5
# Rows of a box's points.
_MIDDLE, _RIGHT_EYE, _LEFT_EYE = 0, 1, 2


def whole_picture(shape: tuple[int, ...]) -> Crop:
    """The cut that shows all of an (H, W, ...) picture to the box network."""
    height, width = shape[:2]
    return Crop((width / 2.0, height / 2.0), float(max(width, height)), 0.0, SEARCH_SIDE)


def face_crops(scores: np.ndarray, values: np.ndarray, shape: tuple[int, ...], most: int, least: float) -> list[Crop]:
    """Cuts for the mesh network around the faces of an (H, W, ...) picture, the surest first.

    scores : (896,) probabilities and values : (896, 16) of the anchors for the picture's `whole_picture` cut.
    most : faces to return. least : probability of a face."""
    likely = scores >= least
    points = values[likely].reshape(-1, 8, 2)
    # The second pair is the box's size; the others are places relative to the anchor.
    sizes, points = points[:, 1], np.delete(points, 1, axis=1) + _anchors()[likely, None]
    searched = whole_picture(shape)
    return [_around(searched, *face) for face in _merged(scores[likely], sizes, points)[:most]]


def _around(searched: Crop, size: np.ndarray, points: np.ndarray) -> Crop:
    """The cut around a face whose box has a (2,) size, and (7, 2) points, in a cut that was searched."""
    points = searched.to_picture(points)
    across = points[_LEFT_EYE] - points[_RIGHT_EYE]
    angle = math.degrees(math.atan2(across[1], across[0]))
    return Crop(tuple(points[_MIDDLE].tolist()), _ROOM * float(size.max()) / searched.scale, angle, FACE_SIDE)


def _merged(scores: np.ndarray, sizes: np.ndarray, points: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Size and points of every face: means over the boxes that overlap the surest one, weighted by their scores."""
    faces, left = [], np.argsort(-scores, kind="stable")
    while len(left):
        same = _overlap(points[left, _MIDDLE], sizes[left]) > _SAME
        # A box without an area does not even overlap itself.
        same[0] = True
        rows = left[same]
        faces.append([np.average(array[rows], axis=0, weights=scores[rows]) for array in (sizes, points)])
        left = left[~same]
    return faces


def _overlap(middles: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """(N,) the first box's intersection with each of N boxes over their union."""
    low, high = middles - 0.5 * sizes, middles + 0.5 * sizes
    both = np.clip(np.minimum(high, high[0]) - np.maximum(low, low[0]), 0.0, None).prod(axis=1)
    areas = sizes.prod(axis=1)
    return both / np.maximum(areas + areas[0] - both, 1e-12)


@cache
def _anchors() -> np.ndarray:
    """(896, 2) columns and rows of the anchors, the middles of the cells, in pixels of what the network looks at."""
    grids = []
    for cells, count in CELLS:
        middles = (np.arange(cells) + 0.5) * (SEARCH_SIDE / cells)
        rows, columns = np.meshgrid(middles, middles, indexing="ij")
        grids.append(np.repeat(np.stack([columns.ravel(), rows.ravel()], axis=1), count, axis=0))
    return np.concatenate(grids)
