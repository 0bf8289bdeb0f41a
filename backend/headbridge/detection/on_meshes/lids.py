"""Where the lids of a head lie, by its surface: detectors of faces draw shut lids half open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...mesh import Mesh
from ...spatial import Surface
from ...topologies import load_builtin
from ..surface_points import surface_points
from .detections import VotedPoints
from .landmarks import FEATURES
from .surface_steps import FEWEST_COLUMNS, SPACING, Profiles, profiles, smooth_line

# Corners of the right and of the left eye, from outside.
_CORNERS = tuple(
    (FEATURES[f"{side} eye outer corner"], FEATURES[f"{side} eye inner corner"]) for side in ("right", "left")
)
# Columns between the corners, as shares of the way, and heights about them, mm.
_COLUMNS = np.linspace(0.25, 0.75, 9)
_BELOW, _ABOVE, _FAR = 11.0, 9.0, 80.0
# Above a lower lid the surface falls by less than this where an upper lid lies on it, mm, and comes forward to that lid's edge
# lower than this above the corners, mm: with 60 made and 9 scanned eyes 0.1..0.4 and -3.6..-0.6 shut; 0.3..45 and 2.4..7.9 open.
_LEAST_FALL, _EDGE_OF_SHUT = 0.5, 1.5
# At the edge of an upper lid the surface comes forward by more than this, mm, and by more than this share of what it stepped
# back at the lower lid (less is a wall of the socket, below an edge that lies higher), and the edges of an eye's columns lie on a
# parabola this well, mm: on 98 made eyes from open to shut they lay 0.1 to 0.3 mm off the upper lid, and 0.1 off each other. In
# an eye that is open wider than this, mm, the edge may be hidden below the fold of the lid: there they lay up to 0.8 mm off.
_LEAST_EDGE, _LEAST_SHARE, _OFF_LINE, _WIDE = 0.5, 0.5, 0.6, 9.0
# Where a corner that no view shows lies is said by the detector's points so near to the eye's middle, mm; fewer say nothing.
_NEAR_EYE, _FEWEST_POINTS = 30.0, 5


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
    feet = ends[0] + _COLUMNS[:, None] * (ends[1] - ends[0])
    lines = profiles(surface, feet, -_BELOW, _ABOVE, _FAR)
    covered = lines.hit[:, [0, -1]].all(axis=1)
    if covered.sum() < FEWEST_COLUMNS:
        return EyeLids(False, None)
    lines = Profiles(lines.points[covered], lines.hit[covered], lines.fall[covered])
    backward, forward = np.argmax(lines.fall, axis=1), np.argmin(lines.fall, axis=1)
    above = lines.heights(forward) - feet[covered, 1]
    # Where a corner was not found nothing is known of shut eyes: the heights are not sure enough.
    sure = voted.found[list(corners)].all()
    shut = bool(sure and np.median(lines.fall.max(axis=1)) < _LEAST_FALL and np.median(above) < _EDGE_OF_SHUT)
    if shut or np.median(forward - backward) * SPACING > _WIDE:
        return EyeLids(shut, None)
    column = np.arange(len(forward))
    clear = -lines.fall[column, forward] > np.maximum(_LEAST_EDGE, _LEAST_SHARE * lines.fall[column, backward])
    return EyeLids(shut, smooth_line(lines.edge(forward)[clear], _OFF_LINE))


def _ends(corners: tuple[int, int], voted: VotedPoints) -> np.ndarray | None:
    """(2, 3) the outer and the inner corner; one that no view shows lies beside what was found as on the mean head."""
    ends = list(corners)
    if voted.found[ends].all():
        return voted.points[ends]
    known, mean = surface_points("hack"), load_builtin("hack").vertices
    points = known.landmarks.evaluate(mean)
    near = np.linalg.norm(points - points[ends].mean(axis=0), axis=1) < _NEAR_EYE
    near &= voted.found & np.isfinite(known.spread)
    if near.sum() < _FEWEST_POINTS:
        return None
    guess = points[ends] + np.median(voted.points[near] - points[near], axis=0)
    return np.where(voted.found[ends][:, None], voted.points[ends], guess)
