"""The hole that an open mouth is in a target without the mouth's inside.

What a source's skin spans such a hole meets no surface, so that nothing holds against it; and the detector, which saw
mouths of photographs, takes a dark hole for shadow and puts both lips on its upper edge. The edge itself says best where
the lips are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.adjacency import boundary_loops
from ..mesh.normals import normalized
from ..mesh.similarity import Similarity
from .target_surface import TargetSurface

# The edge of a mouth that is wide open, mm of the model: how wide it is, how high (less is found without), how far its middle
# may lie from where the fit so far has the middle of the lips, and its upper edge from the upper lip, which an opening jaw
# leaves in its place.
_WIDTH, _HEIGHT = (22.0, 90.0), (10.0, 80.0)
_BESIDE, _ABOVE, _DEEP = 12.0, 15.0, 30.0
# The corners of a mouth lie farthest to its sides, and farther back than the rest.
_BACK = 0.5


@dataclass(frozen=True, eq=False)
class MouthOpening:
    """The edge of a mouth's hole: points (K, 3) mm where the source's K lip points belong in its parts of upper and lower
    lip, and (K, 3) unit tangents: along these a point's place is hardly known."""

    points: np.ndarray
    tangents: np.ndarray

    @property
    def axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Unit vectors (K, 3) along the edge and two across it."""
        across = normalized(np.cross(self.tangents, np.roll(self.tangents, 1, axis=1)))
        return self.tangents, across, np.cross(self.tangents, across)

    def distance(self, lips: np.ndarray) -> float:
        """Root mean square distance, mm, of (K, 3) lip points from the edge."""
        off = lips - self.points
        along = np.einsum("nd,nd->n", off, self.tangents)
        return float(np.sqrt(np.maximum((off**2).sum(axis=1) - along**2, 0.0).mean()))


def mouth_opening(
    target: TargetSurface, lips: np.ndarray, mean: np.ndarray, to_target: Similarity
) -> MouthOpening | None:
    """The target's boundary that may be its lips, or None.

    lips : (K, 3), the source's lips in the model's frame (x to the head's left, y up, z to the front), as far as known: a
    closed curve that runs from the middle of the upper lip to the right; mean : (K, 3), the mean head's; to_target : from
    there to the target's frame."""
    try:
        loops = boundary_loops(Mesh.from_faces(target.vertices, target.triangles))
    except InputError:
        return None
    middle = 0.5 * (lips.min(axis=0) + lips.max(axis=0))
    upper = lips[:, 1].max() - middle[1]
    found, nearest = None, np.inf
    for loop in loops:
        curve = to_target.inverse().apply(target.vertices[loop]) - middle
        low, high = curve.min(axis=0), curve.max(axis=0)
        width, height, _ = high - low
        beside, _, deep = np.abs(0.5 * (low + high))
        if not (_WIDTH[0] < width < _WIDTH[1] and _HEIGHT[0] < height < _HEIGHT[1]):
            continue
        above = abs(high[1] - upper)
        if beside > _BESIDE or deep > _DEEP or above > _ABOVE or beside + above >= nearest:
            continue
        found, nearest = curve, beside + above
    if found is None:
        return None
    points = middle + _by_arc_length(found, mean)
    tangents = normalized(np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0))
    return MouthOpening(to_target.apply(points), tangents @ to_target.rotation.T)


def _by_arc_length(curve: np.ndarray, lips: np.ndarray) -> np.ndarray:
    """(K, 3) points of a closed (M, 3) curve, as far along its upper and its lower part as the (K, 3) lips' points are along
    theirs."""
    x, y, _ = curve.T
    # Seen from the front, the lips' curve runs against the clock.
    if np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) < 0.0:
        curve = curve[::-1]
    points = np.empty_like(lips)
    ends, corners = _corners(curve), _corners(lips)
    for mine, theirs in zip((corners, corners[::-1]), (ends, ends[::-1])):
        rows, part = _between(len(lips), *mine), curve[_between(len(curve), *theirs)]
        share, place = _shares(lips[rows]), _shares(part)
        points[rows] = np.stack([np.interp(share, place, part[:, axis]) for axis in range(3)], axis=1)
    return points


def _corners(curve: np.ndarray) -> tuple[int, int]:
    """Right and left."""
    right, left = (np.argmax(side * curve[:, 0] - _BACK * curve[:, 2]) for side in (-1.0, 1.0))
    return int(right), int(left)


def _between(count: int, first: int, last: int) -> np.ndarray:
    """Indices from one vertex of a closed curve to another, both included."""
    return (first + np.arange((last - first) % count + 1)) % count


def _shares(points: np.ndarray) -> np.ndarray:
    """(N,) how far along an open curve, 0..1."""
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    return lengths / max(lengths[-1], 1e-12)
