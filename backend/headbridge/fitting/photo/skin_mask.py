"""Which of a head's triangles a photo is compared with, and how far its albedo is known there."""

from __future__ import annotations

import numpy as np

from ...mesh import Mesh
from ...topologies import Topology

NOTHING, SKIN, INNER = 0, 1, 2
"""Kinds of triangles: hair, neck and the rest; the face's skin, which tells of shape, light and albedo; eyeballs and
the mouth's inside, of which only the albedo is looked for."""

INNER_REGIONS = ("left_eyeball", "right_eyeball", "mouth_bag")
"""Regions of a topology that are seen through openings of the face."""

_OPENINGS = ("lips", "nose", "left_eye_region", "right_eye_region")

# Brows, lashes and lips differ more between people than skin does: slices of the 51 landmarks, how many times as much,
# and how far around them (standard deviation, mm).
_VARIED = (((0, 5), 2.0, 7.0), ((5, 10), 2.0, 7.0), ((19, 25), 1.0, 4.0), ((25, 31), 1.0, 4.0), ((31, 51), 0.7, 4.0))


def triangle_kinds(template: Mesh, topology: Topology) -> np.ndarray:
    """(T,) uint8 the kind of every triangle: nostrils, the lids' lining, ears, scalp and neck count for nothing, and
    a triangle is skin when all of it is."""
    corners = template.triangles
    skin = topology.regions["face"] & ~topology.no_match
    inner = np.any([topology.regions[name] for name in INNER_REGIONS if name in topology.regions], axis=0)
    kinds = np.zeros(len(corners), np.uint8)
    kinds[inner[corners].all(axis=1)] = INNER
    kinds[skin[corners].all(axis=1)] = SKIN
    return kinds


def lining(topology: Topology) -> np.ndarray:
    """(V,) bool, what is seen through the face's openings but is of no region: nostrils, the lids' lining, the throat."""
    return topology.no_match & ~topology.regions["boundary"]


def at_openings(topology: Topology) -> np.ndarray:
    """(V,) bool, the face's openings with lips, lids and nose around them, which turn away without anything else behind
    them."""
    names = [name for name in (*INNER_REGIONS, *_OPENINGS) if name in topology.regions]
    return np.any([lining(topology), *(topology.regions[name] for name in names)], axis=0)


def albedo_spread(template: Mesh, topology: Topology) -> np.ndarray:
    """(T,) float32 how much more than plain skin each triangle's albedo differs from the model's; 1 is plain skin."""
    places = topology.landmarks_51.evaluate(template.vertices)
    middles = template.vertices[template.triangles].mean(axis=1)
    spread = np.ones(len(middles))
    for (first, last), more, reach in _VARIED:
        # Twice as many points as there are landmarks: brows are lines.
        points = places[first:last]
        points = np.concatenate([points, 0.5 * (points[1:] + points[:-1])])
        nearest = np.linalg.norm(middles[:, None] - points, axis=2).min(axis=1)
        spread = np.maximum(spread, 1.0 + more * np.exp(-0.5 * (nearest / reach) ** 2))
    return spread.astype(np.float32)
