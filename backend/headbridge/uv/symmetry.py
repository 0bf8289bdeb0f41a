"""Gives both sides of a symmetric head the mirrored UVs where the layout itself is symmetric."""

from __future__ import annotations

import numpy as np

from ..mesh import Mesh
from ..mesh.adjacency import connected_labels
from ..metrics.uv_mirror import fit_mirror_axis, mirror_corners

# Charts whose points lie further than this from their partners' mirror images, in the median, are not symmetric.
_SYMMETRIC = 6.0e-3
# Patches of the two sides correspond where at least this share of the faces says so.
_AGREEING = 0.9


class Reflections:
    """Which UV points of a target mirror each other, and by which axis their charts do.

    partner : (N,) int, the point across the midline, -1 without; image(values) mirrors (N, 2) UVs into the partner's
    place, offset(values) (N, 2) displacements."""

    def __init__(self, mesh: Mesh, corner_points: np.ndarray, triangles: np.ndarray, uvs: np.ndarray, mirror, trusted):
        count = len(uvs)
        across = mirror_corners(mesh, mirror)
        paired = np.flatnonzero(across >= 0)
        self.partner = np.full(count, -1, np.int64)
        self.partner[corner_points[paired]] = corner_points[across[paired]]
        # A pair counts only when both sides name each other.
        back = self.partner[np.maximum(self.partner, 0)]
        self.partner[(self.partner >= 0) & (back != np.arange(count))] = -1
        charts = connected_labels(count, np.concatenate([triangles[:, :2], triangles[:, 1:]]))
        self._axis = np.full(count, -1)
        self._double = np.zeros(count)
        have = np.flatnonzero(self.partner >= 0)
        pair = np.sort(np.stack([charts[have], charts[self.partner[have]]], axis=1), axis=1)
        groups = np.unique(pair, axis=0, return_inverse=True)[1].reshape(-1)
        for group in range(groups.max(initial=-1) + 1):
            points = have[groups == group]
            certain = points[trusted[points] & trusted[self.partner[points]]]
            if not len(certain):
                continue
            axis, errors = fit_mirror_axis(uvs[certain], uvs[self.partner[certain]])
            if np.median(errors) <= _SYMMETRIC:
                self._axis[points] = axis.coordinate
                self._double[points] = 2.0 * axis.value
        self.partner[self._axis < 0] = -1

    def __bool__(self) -> bool:
        return bool((self.partner >= 0).any())

    def image(self, uvs: np.ndarray) -> np.ndarray:
        """(N, 2) where each point's partner says it should be; the point's own UV without partner."""
        out = np.array(uvs)
        for coordinate in (0, 1):
            points = np.flatnonzero(self._axis == coordinate)
            out[points] = uvs[self.partner[points]]
            out[points, coordinate] = self._double[points] - out[points, coordinate]
        return out

    def offset(self, displacements: np.ndarray) -> np.ndarray:
        """(N, 2) the mirrored displacement of each point's partner; its own without partner."""
        out = np.array(displacements)
        for coordinate in (0, 1):
            points = np.flatnonzero(self._axis == coordinate)
            out[points] = displacements[self.partner[points]]
            out[points, coordinate] *= -1.0
        return out

    def average(self, uvs: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(N, 2) the mean of each point and its partner's image, by (N,) weights (plain where both are 0)."""
        have = self.partner >= 0
        own = np.where(have, weights, 1.0) + 1e-9
        other = np.where(have, weights[np.maximum(self.partner, 0)] + 1e-9, 0.0)
        share = (own / (own + other))[:, None]
        return share * uvs + (1.0 - share) * self.image(uvs)


def symmetric_labels(labels: np.ndarray, mesh: Mesh, mirror: np.ndarray) -> np.ndarray:
    """(F,) patches of the faces with those of the second of two mirrored faces taken over from the first, so that cuts run
    alike on both sides.

    labels : (F,) patches; mirror : (V,) partner vertices. Unchanged where the patches of the two sides do not correspond
    one to one: the layout is not symmetric then."""
    across = mirror_corners(mesh, mirror)[mesh.face_starts]
    faces = np.repeat(np.arange(len(mesh.face_sizes)), mesh.face_sizes)
    partner = np.where(across >= 0, faces[np.maximum(across, 0)], -1)
    paired = np.flatnonzero(partner >= 0)
    count = int(labels.max()) + 1
    meetings = np.zeros((count, count), np.int64)
    np.add.at(meetings, (labels[paired], labels[partner[paired]]), 1)
    image = np.argmax(meetings, axis=1)
    present = np.flatnonzero(meetings.sum(axis=1))
    if not np.array_equal(image[image[present]], present):
        return labels
    if meetings[present, image[present]].sum() < _AGREEING * meetings.sum():
        return labels
    out = labels.copy()
    second = paired[paired > partner[paired]]
    out[second] = image[labels[partner[second]]]
    return out
