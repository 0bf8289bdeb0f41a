"""Holes of a target whose edge is where a rim of the source belongs: a mouth or an eye whose inside was not modelled.

The surface ends there, so that nothing of it says how far the source's skin reaches; the edge says it."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.adjacency import boundary_loops
from .anchors import RimPair
from .target_surface import TargetSurface

# A rim that belongs on a hole's edge lies along all of it, mm: root mean square, both ways. On heads of other topologies that end at
# the line where lips meet it is 0.8 to 1.4; where the lips go on into the mouth before they end, 3 to 6.
_ALONG = 2.0
# Edges are sampled as densely as this, mm, and are rough by how far they lie from their mean over so many samples.
_SPACING, _MEAN_OVER = 0.5, 9
# The standard deviation of a normal variable by the median of its sizes.
_BY_MEDIAN = 1.4826
# The edges of a slit that is not this many times as wide as they are rough tell nothing of it: of two edges that are off by the
# roughness each, the distance is off by three standard deviations then.
_LEAST_WIDTH = 4.0


def hole_edges(target: TargetSurface) -> tuple[np.ndarray, ...]:
    """The (M, 3) closed edges of the target's holes, mm, directed as its faces run; none where these disagree.
    Slits that are as narrow as their edges are rough, as noise makes them, are left out."""
    try:
        loops = boundary_loops(Mesh.from_faces(target.vertices, target.triangles))
    except InputError:
        return ()
    edges = (target.vertices[loop] for loop in loops)
    return tuple(edge for edge in edges if mean_width(edge) > _LEAST_WIDTH * _roughness(edge))


def rims_at_holes(
    positions: np.ndarray, rims: dict[str, np.ndarray], edges: tuple[np.ndarray, ...]
) -> dict[str, RimPair]:
    """Those of the source's `rims`, name to (K,) closed curve on (V, 3) `positions`, that lie along the edge of a hole.

    Both run as the faces of the skin around them run, so that an upper lip finds the upper lip."""
    found = {}
    for name, curve in rims.items():
        rim = positions[curve]
        near = [(distance, edge) for edge in edges if (distance := _apart(rim, edge)) < _ALONG]
        if near:
            found[name] = RimPair(curve, min(near, key=lambda one: one[0])[1])
    return found


def directed(curve: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """A closed (K,) curve of vertices in the direction in which the (T, 3) triangles of the skin beside it run."""
    size = max(int(skin.max(initial=0)), int(curve.max())) + 1
    edges = (skin[:, [0, 1, 2]] * size + skin[:, [1, 2, 0]]).ravel()
    forward, backward = (np.isin(one * size + np.roll(one, -1), edges).sum() for one in (curve, curve[::-1]))
    return curve if forward >= backward else curve[::-1]


def mean_width(edge: np.ndarray) -> float:
    """How wide the slit within a closed (M, 3) curve is on average, in its unit."""
    length = np.linalg.norm(np.roll(edge, -1, axis=0) - edge, axis=1).sum()
    return float(2.0 * np.linalg.norm(_vector_area(edge)) / max(length, 1e-12))


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    """Root mean square distance of each of two closed curves from the other, the larger."""
    if np.linalg.norm(one.mean(axis=0) - other.mean(axis=0)) > np.ptp(one, axis=0).max():
        return np.inf
    one, other = _dense(one), _dense(other)
    squared = ((one[:, None] - other) ** 2).sum(axis=2)
    return float(np.sqrt(max(squared.min(axis=1).mean(), squared.min(axis=0).mean())))


def _dense(curve: np.ndarray) -> np.ndarray:
    """(N, 3) points of a closed curve, evenly spaced."""
    closed = np.concatenate([curve, curve[:1]])
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    # A curve without length, as of vertices that coincide, is one point.
    places = np.linspace(0.0, along[-1], max(int(np.ceil(along[-1] / _SPACING)), 1) + 1)[:-1]
    return np.stack([np.interp(places, along, closed[:, axis]) for axis in range(3)], axis=1)


def _roughness(curve: np.ndarray) -> float:
    """How far a closed curve lies from its own moving average, as a standard deviation by the median: corners do not count."""
    points = _dense(curve)
    if len(points) < 2 * _MEAN_OVER:
        return 0.0
    shifts = range(-(_MEAN_OVER // 2), _MEAN_OVER // 2 + 1)
    smooth = np.mean([np.roll(points, shift, axis=0) for shift in shifts], axis=0)
    return float(_BY_MEDIAN * np.median(np.linalg.norm(points - smooth, axis=1)))


def _vector_area(curve: np.ndarray) -> np.ndarray:
    """(3,) normal of a closed curve, as long as the area that it encloses."""
    level = curve - curve.mean(axis=0)
    return 0.5 * np.cross(level, np.roll(level, -1, axis=0)).sum(axis=0)
