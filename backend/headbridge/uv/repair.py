"""Places the free parts of a mapping and makes the whole injective."""

from __future__ import annotations

import numpy as np

from ..mesh.adjacency import connected_labels
from ..mesh.uv_layout import signed_areas
from ..progress import Progress
from .embedding import embed_inside
from .injective import InjectiveResult, make_injective
from .mapping import Mapping
from .rest_shapes import rest_shapes

# Against triangles with a counterpart those of the skin without one count this much, and those of inner parts that only
# have to fit in somewhere.
_FREE_WEIGHT = 0.5
_INNER_WEIGHT = 1.0e-4
# A point a typical edge away from where it was mapped costs as much as so many triangles at twice the least distortion;
# one on a seam, or around an overhang, so many times that.
_HOLD = 10.0
_HOLD_SEAM = 10.0
_HOLD_PINNED = 30.0
# Newton steps at most: what later ones gain in evenness of hidden parts is not worth the seconds.
_STEPS = 10


def repair(mapping: Mapping, positions: np.ndarray, skin: np.ndarray, progress: Progress) -> InjectiveResult:
    """Extend the layout into free parts and unfold it; matched points stay near where they were mapped.

    positions : (V, 3) the target's own vertices in one unit, for the shapes of triangles without counterpart;
    skin : (V,) bool, vertices whose shape matters: sockets and the mouth, and what is placed apart, take the room that
    is left."""
    triangles = mapping.triangles
    free = (mapping.weights == 0.0) & ~mapping.held & ~mapping.pinned
    start = embed_inside(mapping.uvs, triangles, free)
    matched = (mapping.weights[triangles] > 0.0).all(axis=1)
    vertices = mapping.cut.point_vertices
    inner = ~matched & (~skin[vertices[triangles]].all(axis=1) | mapping.triangles_apart)
    rest = rest_shapes(start, triangles, positions[vertices], matched, inner)
    rest = _fitted(rest, start, triangles, ~matched & ~inner, mapping.pinned)
    areas = 0.5 * np.abs(np.linalg.det(rest))
    importance = np.where(matched, 1.0, np.where(inner, _INNER_WEIGHT, _FREE_WEIGHT))
    weights = np.maximum(areas * importance, 1e-30)
    touching = np.maximum(_at_points(triangles, np.ones(len(triangles)), len(start)), 1.0)
    edge_squared = np.maximum(2.0 * _at_points(triangles, areas, len(start)) / touching, 1e-30)
    hold = _HOLD * np.where(mapping.held, _HOLD_SEAM, np.where(mapping.pinned, _HOLD_PINNED, mapping.weights))
    anchor_weights = hold * _at_points(triangles, weights, len(start)) / 3.0 / edge_squared
    fixed = np.zeros(len(start), bool)
    return make_injective(
        start, triangles, rest, weights, start, anchor_weights, fixed, progress=progress, max_iterations=_STEPS
    )


def _fitted(
    rest: np.ndarray, uvs: np.ndarray, triangles: np.ndarray, free: np.ndarray, pinned: np.ndarray
) -> np.ndarray:
    """The rest shapes with those of every overhang no larger than the room it has between matched and pinned points, so
    that a bust does not push against the neck."""
    own = triangles[free]
    labels = connected_labels(len(uvs), np.concatenate([own[:, :2], own[:, 1:]]))
    regions = labels[own[:, 0]]
    count = int(labels.max()) + 1
    wanted = np.bincount(regions, 0.5 * np.abs(np.linalg.det(rest[free])), minlength=count)
    room = np.bincount(regions, np.abs(signed_areas(uvs[own])), minlength=count)
    ends = np.zeros(count, bool)
    ends[labels[pinned]] = True
    factor = np.where(ends & (wanted > 0.0), np.minimum(1.0, np.sqrt(room / np.maximum(wanted, 1e-300))), 1.0)
    out = np.array(rest)
    out[free] *= factor[regions][:, None, None]
    return out


def _at_points(triangles: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    return np.bincount(triangles.reshape(-1), np.repeat(values, 3), minlength=count)
