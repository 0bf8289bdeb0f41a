"""Which eyes of a head are shut, by its surface: detectors of faces draw shut lids half open."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import median_filter

from ...mesh import Mesh
from ...spatial import Surface
from .landmarks import FEATURES
from .sightings import VotedPoints

# Corners of the right and of the left eye, from outside.
_CORNERS = tuple((FEATURES[f"{side} eye outer corner"], FEATURES[f"{side} eye inner corner"]) for side in ("right", "left"))
# Columns between the corners, as shares of the way; heights about them, mm, and their spacing.
_COLUMNS = np.linspace(0.25, 0.75, 9)
_BELOW, _ABOVE, _SPACING = 11.0, 9.0, 0.25
_BEFORE, _FAR = 40.0, 80.0
# A step is what the depth changes within so many samples beyond the slope around, the median of so many.
_STEP, _AROUND = 3, 21
# The surface falls by less than this from a lower lid to what lies above it where that is the upper lid, mm.
_SHUT = 0.3
# Fewer columns that are covered from end to end say nothing.
_FEWEST_COLUMNS = 5


def shut_lids(mesh: Mesh, voted: VotedPoints, device: str = "cpu") -> tuple[bool, bool]:
    """Whether the right and the left eye of a head are shut.

    Above the edge of a lower lid the surface steps back to the eyeball or into an empty socket; a shut upper lid hides that
    edge, and the surface goes on smoothly. mesh : a head in the mean head's frame, mm; voted : its points there."""
    surface = Surface(mesh.vertices, mesh.triangles, device)
    heights = np.arange(-_BELOW, _ABOVE, _SPACING)
    shut = []
    for outer, inner in _CORNERS:
        if not voted.found[[outer, inner]].all():
            shut.append(False)
            continue
        start, way = voted.points[outer], voted.points[inner] - voted.points[outer]
        origins = (start + _COLUMNS[:, None] * way)[:, None] + heights[:, None] * (0.0, 1.0, 0.0)
        origins[..., 2] += _BEFORE
        hits = surface.cast(origins.reshape(-1, 3), np.broadcast_to((0.0, 0.0, -1.0), (origins[..., 0].size, 3)), _FAR)
        depth = np.where(hits.hit, hits.distances, _FAR).reshape(len(_COLUMNS), -1)
        covered = hits.hit.reshape(depth.shape)[:, [0, -1]].all(axis=1)
        shut.append(bool(covered.sum() >= _FEWEST_COLUMNS and np.median(_deepest_step(depth[covered])) < _SHUT))
    return shut[0], shut[1]


def _deepest_step(depth: np.ndarray) -> np.ndarray:
    """(C,) mm, of (C, H) depths from below to above: the most that the surface steps back going up."""
    slope = np.diff(depth, axis=1)
    beyond = slope - median_filter(slope, size=(1, _AROUND), mode="nearest")
    total = np.cumsum(np.pad(beyond, ((0, 0), (1, 0))), axis=1)
    return (total[:, _STEP:] - total[:, :-_STEP]).max(axis=1)
