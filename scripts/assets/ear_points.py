"""The ear finder's points on the built-in heads: vertices of HACK, and where the mean head has them elsewhere."""

from __future__ import annotations

import numpy as np

from assets.makehuman_points import makehuman_points
from headbridge.models.conversion import flame_hack_correspondence
from headbridge.spatial import Surface
from headbridge.topologies import load_builtin, load_topology

# HACK's vertices on the left ear, in the order of `headbridge.detection.ears.places.NAMES`.
_LEFT = (6822, 6862, 6836, 7243, 6720, 7165, 7095, 6804)


def build() -> dict[str, np.ndarray]:
    """The arrays of ear_points.npz."""
    left = np.array(_LEFT, np.int32)
    corners = np.concatenate([left, load_topology("hack").mirror[left]])
    vertices, weights = np.tile(corners[:, None], 3).astype(np.int32), np.tile((1.0, 0.0, 0.0), (len(corners), 1))
    both = flame_hack_correspondence()
    skin, triangles = load_topology("flame").skin, load_builtin("flame").triangles
    triangles = triangles[skin[triangles].all(axis=1)]
    hits = Surface(both.flame_rest, triangles).closest(both.hack_rest[corners])
    return makehuman_points(vertices, weights) | {
        "hack_vertices": vertices,
        "hack_weights": weights.astype(np.float32),
        "flame_vertices": triangles[hits.triangles].astype(np.int32),
        "flame_weights": hits.barycentrics.astype(np.float32),
    }
