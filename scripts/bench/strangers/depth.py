"""What is seen: the depth of a result against its target from nine sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import connected_components
from headbridge.mesh.normals import triangle_cross
from headbridge.spatial import Surface

from .views import Frame, grid, look, turned

SIDES = ((0, 0), (-40, 0), (40, 0), (-20, 0), (20, 0), (0, 20), (0, -25), (30, -20), (-30, -20))
"""Yaw and pitch in degrees."""
RADIUS_MM, PIXEL_MM = 70.0, 0.5
_LEAST_FACING = 0.3
_NOTHING = 99.0


@dataclass(frozen=True)
class DepthDifference:
    """Over all counted pixels: median and 95th percentile of the absolute difference in millimetres, the share over
    2 mm (holes of the result among them), and how many pixels."""

    p50: float
    p95: float
    over_2mm: float
    pixels: int


def depth_difference(
    result: Mesh, result_parts: np.ndarray, target: Mesh, where: Frame, pixel: float = PIXEL_MM
) -> DepthDifference:
    """Result and target in millimetres, seen from `SIDES` within 70 mm of the face's centre.

    result_parts : (V,) bool, vertices of eyeballs, teeth and the like. Pixels where either mesh shows a separate part
    are left out, and those where the target is not seen or turns away by more than 70 degrees. A pixel where the result
    has no surface counts as 99 mm. A target's separate parts are all its components but the largest by area.
    """
    seen, goal = (Surface(mesh.vertices, mesh.triangles) for mesh in (result, target))
    result_part = result_parts[result.triangles].any(axis=1)
    target_part = separate_parts(target)
    right, up = grid(RADIUS_MM, pixel)
    inside = right**2 + up**2 < RADIUS_MM**2
    right, up = right[inside], up[inside]
    differences = []
    for yaw, pitch in SIDES:
        turn = turned(yaw, pitch)
        ours, theirs = (look(surface, where, turn, right, up) for surface in (seen, goal))
        counted = (theirs.triangles >= 0) & (np.nan_to_num(theirs.facing) > _LEAST_FACING)
        counted &= ~target_part[theirs.triangles] & ~(result_part[ours.triangles] & (ours.triangles >= 0))
        gap = np.abs(ours.depth - theirs.depth)
        differences.append(np.where(np.isnan(gap), _NOTHING, gap)[counted])
    gaps = np.concatenate(differences)
    if not len(gaps):
        return DepthDifference(np.nan, np.nan, np.nan, 0)
    p50, p95 = np.percentile(gaps, [50.0, 95.0])
    return DepthDifference(float(p50), float(p95), float((gaps > 2.0).mean()), len(gaps))


def separate_parts(mesh: Mesh) -> np.ndarray:
    """(T,) bool, the triangles of all components but the one with the largest area."""
    component = connected_components(mesh)[mesh.triangles[:, 0]]
    area = np.bincount(component, np.linalg.norm(triangle_cross(mesh.vertices, mesh.triangles), axis=1))
    return component != area.argmax()
