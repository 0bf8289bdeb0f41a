"""How far a UV layout is from being the same on both sides of the head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..mesh import Mesh
from ..mesh.uv_layout import UvLayout, uv_layout

# A layout is symmetric, well or badly, where most corners lie within this distance of their partner's mirror image.
_SYMMETRIC_WITHIN = 0.05


@dataclass(frozen=True)
class MirrorAxis:
    """The line a chart and its partner chart (or the chart and itself) mirror about: coordinate 0 (u) or 1 (v) is
    `value` on it."""

    coordinate: int
    value: float


def mirror_corners(mesh: Mesh, mirror: np.ndarray) -> np.ndarray:
    """(C,) int32, the corner across the midline of every face corner; -1 where no face lies there.

    mirror : (V,) partner vertices, -1 without. Corners are paired face by face, so that the two sides of a seam on the
    midline belong to each other although they share their vertices."""
    partner = np.full(len(mesh.corners), -1, np.int32)
    mirrored = np.asarray(mirror)[mesh.corners]
    for size in np.unique(mesh.face_sizes):
        starts = mesh.face_starts[mesh.face_sizes == size][:, None] + np.arange(size)
        own, across = mesh.corners[starts], mirrored[starts]
        order, across_order = np.argsort(own, axis=1), np.argsort(across, axis=1)
        rows = np.concatenate([np.sort(own, axis=1), np.sort(across, axis=1)])
        _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        # `unique` names the first row with these vertices: a face of the mesh wherever one of the two sides has it.
        found = first[inverse.reshape(-1)[len(starts) :]]
        rows_with_face = np.flatnonzero((found < len(starts)) & (across >= 0).all(axis=1))
        faces = found[rows_with_face]
        mine = np.take_along_axis(starts[rows_with_face], across_order[rows_with_face], axis=1)
        partner[mine] = np.take_along_axis(starts[faces], order[faces], axis=1)
    return partner


def mirror_asymmetry(
    mesh: Mesh, corner_uvs: np.ndarray, mirror: np.ndarray, vertices: np.ndarray
) -> tuple[np.ndarray, MirrorAxis] | None:
    """How far the chosen vertices are from their partners' mirror images, in UV units, and the largest chart's axis.

    mirror : (V,) partner vertices; vertices : (V,) bool. Of a seam vertex all corners count, each with the corner
    across the midline, and the worst is taken; only corners of faces that lie in the choice as a whole are compared.
    Every pair of charts that belong together (FLAME's eyes; or a chart and itself) has an axis u = c or v = c of its
    own, fitted to the layout. None where the layout of the largest part is not symmetric about any.
    """
    layout = uv_layout(Mesh(mesh.vertices, mesh.corners, mesh.face_sizes, corner_uvs, name=mesh.name))
    partner = mirror_corners(mesh, mirror)
    inside = np.repeat(np.logical_and.reduceat(vertices[mesh.corners], mesh.face_starts), mesh.face_sizes)
    corners = np.flatnonzero(inside & (partner >= 0))
    if not len(corners):
        return None
    uvs = np.asarray(corner_uvs, np.float64)
    charts = _corner_charts(mesh, layout)
    pairs = np.sort(np.stack([charts[corners], charts[partner[corners]]], axis=1), axis=1)
    _, groups, sizes = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    groups = groups.reshape(-1)
    errors, main = np.full(len(corners), np.nan), None
    for group in np.argsort(-sizes, kind="stable"):
        members = corners[groups == group]
        axis, values = fit_mirror_axis(uvs[members], uvs[partner[members]])
        symmetric = np.median(values) <= _SYMMETRIC_WITHIN
        if main is None:
            if not symmetric:
                return None
            main = axis
        if symmetric:
            errors[groups == group] = values
    compared = np.isfinite(errors)
    worst = np.full(len(mesh.vertices), -1.0)
    np.maximum.at(worst, mesh.corners[corners[compared]], errors[compared])
    return worst[worst >= 0.0], main


def fit_mirror_axis(own: np.ndarray, across: np.ndarray) -> tuple[MirrorAxis, np.ndarray]:
    """The better of the axes u = c and v = c for (N, 2) points and their partners, and the (N,) distances."""
    tries = []
    for coordinate in (0, 1):
        value = float(np.median(own[:, coordinate] + across[:, coordinate]) / 2.0)
        image = across.copy()
        image[:, coordinate] = 2.0 * value - image[:, coordinate]
        tries.append((MirrorAxis(coordinate, value), np.linalg.norm(own - image, axis=1)))
    return min(tries, key=lambda found: np.median(found[1]))


def _corner_charts(mesh: Mesh, layout: UvLayout) -> np.ndarray:
    charts = np.zeros(len(mesh.corners), np.int32)
    charts[mesh.triangle_corners] = layout.charts[:, None]
    return charts
