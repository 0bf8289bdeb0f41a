"""Gives parts of the target that the source's layout knows nothing of (eyes, teeth) a place beside it."""

from __future__ import annotations

import numpy as np

from ..mesh import Mesh
from ..mesh.adjacency import connected_labels
from ..mesh.normals import triangle_areas, triangle_cross
from ..mesh.uv_layout import UvLayout, signed_areas, uv_layout
from .injective import make_injective
from .packing import pack_charts
from .rest_shapes import flattened


def place_parts(
    target: Mesh, corner_uvs: np.ndarray, placed: np.ndarray, layout: UvLayout, device: str
) -> tuple[np.ndarray, bool]:
    """(C, 2) UVs with the other triangles' charts put where there is room, and whether there was any.

    corner_uvs : (C, 2), valid on triangles that are placed, (T,) bool; layout : the source's, whose tiles are filled.
    The charts are the target's own, at the scale of the placed ones or smaller; without UVs of its own each part is
    projected along the axis it faces."""
    triangles = ~placed
    own, charts = _own_charts(target, triangles)
    there = corner_uvs[target.triangle_corners[placed]]
    space = triangle_areas(target.vertices, target.triangles)
    scale = float(np.sqrt(np.abs(signed_areas(there)).sum() / max(space[placed].sum(), 1e-30)))
    members = [np.flatnonzero(triangles & (charts == chart)) for chart in np.unique(charts[triangles])]
    for chosen in members:
        own = _unfolded(target, own, target.triangle_corners[chosen])
    shapes = [own[target.triangle_corners[chosen]] for chosen in members]
    lengths = [
        float(np.sqrt(space[chosen].sum() / max(np.abs(signed_areas(shape)).sum(), 1e-30)))
        for chosen, shape in zip(members, shapes)
    ]
    tiles = sorted(set(map(tuple, np.floor(layout.uvs[layout.triangles].mean(axis=1)).astype(int).tolist())))
    spots = pack_charts(there, tiles, shapes, lengths, scale, device)
    if spots is None:
        return corner_uvs, False
    out = np.array(corner_uvs)
    for chosen, (factor, offset) in zip(members, spots):
        corners = target.triangle_corners[chosen].reshape(-1)
        out[corners] = factor * own[corners] + offset
    return out, True


def _own_charts(target: Mesh, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(C, 2) own UVs, turned face up, and (T,) charts."""
    if target.uvs is None:
        return _projected(target)
    layout = uv_layout(target)
    own = layout.uvs[layout.corner_points]
    areas = layout.signed_areas()
    turned = np.bincount(layout.charts, areas, minlength=layout.chart_count) < 0.0
    mirrored = target.triangle_corners[turned[layout.charts] & triangles].reshape(-1)
    own[mirrored, 0] *= -1.0
    return own, layout.charts


def _unfolded(target: Mesh, own: np.ndarray, triangle_corners: np.ndarray) -> np.ndarray:
    """The UVs with a chart's (T, 3) folded triangles repaired."""
    if (signed_areas(own[triangle_corners]) > 0.0).all():
        return own
    keys = np.column_stack([target.corners[triangle_corners.reshape(-1)], own[triangle_corners.reshape(-1)]])
    points, inverse = np.unique(keys, axis=0, return_inverse=True)
    triangles = inverse.reshape(-1, 3)
    rest = flattened(target.vertices[target.corners[triangle_corners]])
    uvs = points[:, 1:]
    rest *= np.sqrt(np.abs(signed_areas(uvs[triangles])).sum() / max(0.5 * np.linalg.det(rest).sum(), 1e-30))
    weights = np.maximum(0.5 * np.linalg.det(rest), 1e-30)
    nothing = np.zeros(len(uvs))
    repaired = make_injective(uvs, triangles, rest, weights, uvs, nothing, nothing.astype(bool))
    out = np.array(own)
    out[triangle_corners.reshape(-1)] = repaired.uvs[triangles.reshape(-1)]
    return out


def _projected(target: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """Charts of neighbouring faces that face along the same axis, projected along it."""
    normals = np.add.reduceat(
        triangle_cross(target.vertices, target.triangles), np.concatenate([[0], np.cumsum(target.face_sizes - 2)[:-1]])
    )
    axis = np.argmax(np.abs(normals), axis=1)
    sign = np.sign(normals[np.arange(len(axis)), axis])
    side = (2 * axis + (sign > 0))[np.repeat(np.arange(len(axis)), target.face_sizes)]
    points = target.vertices[target.corners]
    across = np.array([[2, 1], [2, 1], [0, 2], [0, 2], [0, 1], [0, 1]])
    own = np.take_along_axis(points, across[side], axis=1)
    # Seen from outside with the first axis to the right; from the other side it runs to the left.
    own[:, 0] *= np.array([1.0, -1.0, 1.0, -1.0, -1.0, 1.0])[side]
    # Corners of one vertex in faces of one side meet.
    key = target.corners.astype(np.int64) * 6 + side
    _, points_of = np.unique(key, return_inverse=True)
    points_of = points_of.reshape(-1)
    triangle_points = points_of[target.triangle_corners]
    labels = connected_labels(
        int(points_of.max()) + 1, np.concatenate([triangle_points[:, :2], triangle_points[:, 1:]])
    )
    return own, labels[triangle_points[:, 0]]
