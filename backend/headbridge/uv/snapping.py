"""Moves the target's seam onto the source's, so that a texture goes on without a step from one side to the other."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from .cut import CutMesh
from .patches import Patches

# The source's seam is looked at in steps of about this length, mm.
_STEP = 0.25


def snap_seams(uvs: np.ndarray, cut: CutMesh, positions: np.ndarray, patches: Patches) -> tuple[np.ndarray, np.ndarray]:
    """(N, 2) UVs with the points of cut edges on the source's seam, and (N,) bool, which were moved.

    The points of one seam vertex all go to the same place of the source's seam, the nearest one between their patches,
    and take the UV of their own side there."""
    out, moved = np.array(uvs), np.zeros(len(uvs), bool)
    points = np.flatnonzero(cut.on_seam)
    if not len(points) or not len(patches.seams):
        return out, moved
    places, seam_pairs, seam_uvs = _sample(patches)
    vertices, owner = np.unique(cut.point_vertices[points], return_inverse=True)
    for key, group in _by_patches(owner.reshape(-1), cut.point_patches[points], len(vertices)).items():
        between = np.isin(seam_pairs, key).all(axis=1)
        if len(key) < 2 or not between.any():
            continue
        _, nearest = cKDTree(places[between]).query(positions[vertices[group]])
        chosen = np.flatnonzero(between)[nearest]
        for vertex, place in zip(group, chosen):
            for point in points[owner.reshape(-1) == vertex]:
                side = np.flatnonzero(seam_pairs[place] == cut.point_patches[point])
                if len(side):
                    out[point] = seam_uvs[place, side[0]]
                    moved[point] = True
    return out, moved


def _sample(patches: Patches) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(P, 3) places along the seams, (P, 2) the patches on both sides, (P, 2, 2) the UV on either side."""
    ends = patches.vertices[patches.seams]
    length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    counts = np.maximum(2, np.ceil(length / _STEP).astype(np.int64) + 1)
    edge = np.repeat(np.arange(len(counts)), counts)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    share = (step / (counts[edge] - 1))[:, None]
    places = (1.0 - share) * ends[edge, 0] + share * ends[edge, 1]
    uvs = (1.0 - share[:, None]) * patches.seam_uvs[edge, :, 0] + share[:, None] * patches.seam_uvs[edge, :, 1]
    return places, patches.seam_patches[edge], uvs


def _by_patches(owner: np.ndarray, point_patches: np.ndarray, count: int) -> dict[tuple[int, ...], np.ndarray]:
    """The seam vertices grouped by the set of patches their points are on."""
    keys: dict[tuple[int, ...], list[int]] = {}
    order = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[order], np.arange(count + 1))
    for vertex in range(count):
        found = tuple(int(s) for s in np.unique(point_patches[order[starts[vertex] : starts[vertex + 1]]]))
        keys.setdefault(found, []).append(vertex)
    return {key: np.array(vertices) for key, vertices in keys.items()}
