"""Where the lids of a head lie, by its surface: detectors of faces draw shut lids half open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import grey_opening, median_filter

from ...mesh import Mesh
from ...spatial import Surface
from ...topologies import load_builtin
from ..surface_points import surface_points
from .detections import VotedPoints
from .landmarks import FEATURES

# Corners of the right and of the left eye, from outside.
_CORNERS = tuple(
    (FEATURES[f"{side} eye outer corner"], FEATURES[f"{side} eye inner corner"]) for side in ("right", "left")
)
# Columns between the corners, as shares of the way; heights about them, mm, and their spacing.
_COLUMNS = np.linspace(0.25, 0.75, 9)
_BELOW, _ABOVE, _SPACING = 11.0, 9.0, 0.25
_BEFORE, _FAR = 40.0, 80.0
# A step is what the depth changes within so many samples beyond the slope around, the median of so many.
_STEP, _AROUND = 3, 21
# A slit or groove lower than so many samples is none.
_SLIT = 5
# Above a lower lid the surface falls by less than this where an upper lid lies on it, mm, and comes forward to that lid's edge
# lower than this above the corners, mm: with 60 made and 9 scanned eyes 0.1..0.4 and -3.6..-0.6 shut; 0.3..45 and 2.4..7.9 open.
_LEAST_FALL, _EDGE_OF_SHUT = 0.5, 1.5
# Fewer columns that are covered from end to end say nothing.
_FEWEST_COLUMNS = 5
# At the edge of an upper lid the surface comes forward by more than this, mm, and by more than this share of what it stepped
# back at the lower lid (less is a wall of the socket, below an edge that lies higher), and the edges of an eye's columns lie on a
# parabola this well, mm: on 98 made eyes from open to shut they lay 0.1 to 0.3 mm off the upper lid, and 0.1 off each other. In
# an eye that is open wider than this, mm, the edge may be hidden below the fold of the lid: there they lay up to 0.8 mm off.
_LEAST_EDGE, _LEAST_SHARE, _OFF_LINE, _WIDE = 0.5, 0.5, 0.6, 9.0
# Points of the detector this near to a corner that no view shows, mm, say where it is.
_NEAR_CORNER = 30.0


@dataclass(frozen=True, eq=False)
class EyeLids:
    """The lids of one eye. shut : whether they touch. edge : (M, 3) mm, points of the upper lid's lower edge from the outer
    to the inner corner, within the middle half between them; None where the surface does not show it, and where it says more by
    itself: on lids that touch and on eyes that are wide open."""

    shut: bool
    edge: np.ndarray | None


def eye_lids(mesh: Mesh, voted: VotedPoints, device: str = "cpu") -> tuple[EyeLids, EyeLids]:
    """The lids of the right and of the left eye of a head.

    Above the edge of a lower lid the surface steps back to the eyeball or into an empty socket, and forward again at the upper
    lid, high above the corners of the eye. A shut upper lid lies on the lower one: one step forward, below the corners. mesh : a head in the mean head's frame, mm; voted : its points there."""
    surface = Surface(mesh.vertices, mesh.triangles, device)
    return tuple(_lids(surface, corners, voted) for corners in _CORNERS)


def _lids(surface: Surface, corners: tuple[int, int], voted: VotedPoints) -> EyeLids:
    ends = _ends(corners, voted)
    if ends is None:
        return EyeLids(False, None)
    start, way = ends[0], ends[1] - ends[0]
    heights = np.arange(-_BELOW, _ABOVE, _SPACING)
    origins = (start + _COLUMNS[:, None] * way)[:, None] + heights[:, None] * (0.0, 1.0, 0.0)
    origins[..., 2] += _BEFORE
    hits = surface.cast(origins.reshape(-1, 3), np.broadcast_to((0.0, 0.0, -1.0), (origins[..., 0].size, 3)), _FAR)
    depth = np.where(hits.hit, hits.distances, _FAR).reshape(len(_COLUMNS), -1)
    covered = hits.hit.reshape(depth.shape)[:, [0, -1]].all(axis=1)
    if covered.sum() < _FEWEST_COLUMNS:
        return EyeLids(False, None)
    fall = _steps(depth[covered])
    backward, forward = np.argmax(fall, axis=1), np.argmin(fall, axis=1)
    above = heights[forward] + 0.5 * _STEP * _SPACING
    # Where a corner was not found nothing is known of shut eyes: the heights are not sure enough.
    sure = voted.found[list(corners)].all()
    shut = bool(sure and np.median(fall.max(axis=1)) < _LEAST_FALL and np.median(above) < _EDGE_OF_SHUT)
    if shut or np.median(forward - backward) * _SPACING > _WIDE:
        return EyeLids(shut, None)
    column = np.arange(len(forward))
    edge = origins[covered, forward]
    edge[:, 1] += 0.5 * _STEP * _SPACING
    edge[:, 2] -= depth[covered][column, forward + _STEP]
    clear = -fall[column, forward] > np.maximum(_LEAST_EDGE, _LEAST_SHARE * fall[column, backward])
    return EyeLids(shut, _line(edge[clear]))


def _ends(corners: tuple[int, int], voted: VotedPoints) -> np.ndarray | None:
    """(2, 3) the outer and the inner corner; one that no view shows lies beside what was found as on the mean head."""
    ends = list(corners)
    if voted.found[ends].all():
        return voted.points[ends]
    known, mean = surface_points("hack"), load_builtin("hack").vertices
    points = known.landmarks.evaluate(mean)
    near = np.linalg.norm(points - points[ends].mean(axis=0), axis=1) < _NEAR_CORNER
    near &= voted.found & np.isfinite(known.spread)
    if near.sum() < _FEWEST_COLUMNS:
        return None
    guess = points[ends] + np.median(voted.points[near] - points[near], axis=0)
    return np.where(voted.found[ends][:, None], voted.points[ends], guess)


def _line(points: np.ndarray) -> np.ndarray | None:
    """Those of (N, 3) points, side by side, that lie on one smooth line."""
    kept = np.ones(len(points), bool)
    while kept.sum() >= _FEWEST_COLUMNS:
        fit = np.polyfit(points[kept, 0] - points[0, 0], points[kept, 1:], 2)
        there = np.vander(points[:, 0] - points[0, 0], 3) @ fit
        off = np.where(kept, np.linalg.norm(there - points[:, 1:], axis=1), 0.0)
        if off.max() < _OFF_LINE:
            return points[kept]
        kept[np.argmax(off)] = False
    return None


def _steps(depth: np.ndarray) -> np.ndarray:
    """(C, H - 3) mm, of (C, H) depths from below to above: how far the surface steps back within three samples, going up."""
    slope = np.diff(grey_opening(depth, size=(1, _SLIT)), axis=1)
    beyond = slope - median_filter(slope, size=(1, _AROUND), mode="nearest")
    total = np.cumsum(np.pad(beyond, ((0, 0), (1, 0))), axis=1)
    return total[:, _STEP:] - total[:, :-_STEP]
