"""Where the lips of an open mouth lie, by the surface: detectors of faces put both on one edge of a dark hole."""

from __future__ import annotations

import numpy as np

from ...mesh import Mesh
from ...spatial import Surface
from ...topologies import load_builtin
from ..surface_points import surface_points
from .detections import VotedPoints
from .landmarks import FEATURES
from .surface_steps import SPACING, Profiles, profiles, smooth_line

# What says where the mouth is: points of the nose, which keeps its place when the jaw opens.
_NOSE = ("subnasale", "nose tip", "nose tip below", "right nostril base", "left nostril base", "nasion")
_FEWEST_POINTS = 3
# Lines beside the middle, mm, and their ends below the nose; a chin of a wide open mouth lies so low.
_COLUMNS = np.linspace(-9.0, 9.0, 9)
_LOW, _HIGH, _FAR = -80.0, -4.0, 120.0
# At both lips the surface steps back by more than this, mm; the upper one is this near to where the mean head has it.
_LEAST_STEP, _ABOUT = 2.5, 12.0
# Lips are open from here on and up to there, mm: what steps back farther below is a collar under a chin. What lies between them is
# deeper than the straight line from one to the other by this much but for the first samples.
_LEAST_OPEN, _MOST_OPEN, _DEEPER, _ROUND = 1.5, 45.0, 0.5, 5
# The edges of a lip's columns lie on a parabola this well, mm. On 17 made mouths from 8 to 37 mm, with teeth and tongue or over a
# hole, the edges of upper lips lay 0.1 to 0.9 mm off the curve where the lips meet, those of lower lips 0.1 to 1.3.
_OFF_LINE = 1.2


def lip_edges(mesh: Mesh, voted: VotedPoints, device: str = "cpu") -> tuple[np.ndarray, np.ndarray] | None:
    """(M, 3) points of the upper lip's lower edge and (L, 3) of the lower lip's upper edge, mm, from the right to the left, in the
    middle of an open mouth; None where the mouth is shut or the surface does not show it.

    Above the edge of the lower lip the surface steps back into the mouth, and forward again at the upper lip. mesh : a head in the
    mean head's frame, mm; voted : its points there."""
    known = surface_points("hack").landmarks.evaluate(load_builtin("hack").vertices)
    nose = [number for name in _NOSE if voted.found[number := FEATURES[name]]]
    if len(nose) < _FEWEST_POINTS:
        return None
    offset = np.median(voted.points[nose] - known[nose], axis=0)
    foot = known[FEATURES["subnasale"]] + offset
    lines = profiles(
        Surface(mesh.vertices, mesh.triangles, device), foot + _COLUMNS[:, None] * (1.0, 0.0, 0.0), _LOW, _HIGH, _FAR
    )
    lip = known[FEATURES["upper lip inside"], 1] + offset[1]
    found = [_open(lines, column, lip) for column in range(len(_COLUMNS))]
    columns = [column for column, steps in enumerate(found) if steps is not None]
    if not columns:
        return None
    chosen = Profiles(lines.points[columns], lines.hit[columns], lines.fall[columns])
    lower, upper = np.array([found[column] for column in columns]).T
    edges = [chosen.edge(upper), chosen.points[np.arange(len(columns)), lower]]
    edges[1][:, 1] = chosen.heights(lower)
    smooth = [smooth_line(edge, _OFF_LINE) for edge in edges]
    return None if smooth[0] is None or smooth[1] is None else (smooth[0], smooth[1])


def _open(lines: Profiles, column: int, lip: float) -> tuple[int, int] | None:
    """The samples where one line's steps at the lower and at the upper lip begin."""
    fall, points = lines.fall[column], lines.points[column]
    forward = np.flatnonzero((fall < -_LEAST_STEP) & (np.abs(points[: len(fall), 1] - lip) < _ABOUT))
    if not len(forward):
        return None
    upper = _sharpest(-fall, forward[-1], -1)
    for first in np.flatnonzero(fall[:upper] > _LEAST_STEP):
        lower = _sharpest(fall, first, 1)
        if (upper - lower) * SPACING > _MOST_OPEN:
            continue
        if (upper - lower) * SPACING < _LEAST_OPEN:
            return None
        inside = np.arange(lower + _ROUND, upper - 1)
        ends = np.array([lower, upper + 3])
        chord = np.interp(inside, ends, points[ends, 2])
        if (points[inside, 2] < chord - _DEEPER).all():
            return lower, upper
    return None


def _sharpest(size: np.ndarray, first: int, way: int) -> int:
    """Where a step that begins at a sample is greatest, going on in a direction (1 or -1)."""
    reach = np.arange(first, first + 6 * way, way)
    reach = reach[(reach >= 0) & (reach < len(size))]
    return int(reach[np.argmax(size[reach])])
