"""Hair as single strands that grow from a scalp, fall, and lie on the head."""

from __future__ import annotations

import numpy as np

from headbridge.mesh.normals import vertex_normals
from headbridge.spatial import Surface

from .heads import KnownHead

STYLES = ("short", "fringe", "parted", "long", "curls", "receding")
_STEPS = 14
_LENGTHS = {"short": 30.0, "fringe": 75.0, "parted": 110.0, "long": 260.0, "curls": 90.0, "receding": 25.0}
_LEAST_ABOVE, _LOOSE = 1.0, 9.0


def strands(head: KnownHead, style: str, count: int, seed: int) -> np.ndarray:
    """(count, 15, 3) mm: points of strands from root to tip. style : one of `STYLES`."""
    rng = np.random.default_rng([seed, STYLES.index(style)])
    skin = head.skin
    triangles = skin.triangles
    own = triangles[head.scalp[triangles].all(axis=1)]
    corners = skin.vertices[own]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    brow = head.landmarks[19:25].mean(axis=0)
    if style == "receding":
        areas = areas * (corners.mean(axis=1)[:, 2] < brow[2] - 60.0)
    chosen = rng.choice(len(own), count, p=areas / areas.sum())
    weights = rng.dirichlet(np.ones(3), count)
    points = np.einsum("nk,nkd->nd", weights, corners[chosen])
    normals = np.einsum("nk,nkd->nd", weights, vertex_normals(skin.vertices, triangles)[own[chosen]])
    length = _LENGTHS[style] * rng.uniform(0.7, 1.15, count)
    direction = 0.7 * normals + _combed(style, points, brow, rng)
    above = rng.uniform(_LEAST_ABOVE, _LOOSE, count) * (1.6 if style == "curls" else 1.0)
    surface = Surface(skin.vertices, triangles)
    outward = surface.triangle_normals()
    result = [points]
    # Neighbours wave together.
    phase = points @ rng.normal(0.0, 0.08, (3, 3))
    for step in range(_STEPS):
        direction = direction / np.linalg.norm(direction, axis=1, keepdims=True)
        wave = np.sin(phase + (2.2 if style == "curls" else 0.5) * step) * (1.1 if style == "curls" else 0.15)
        points = points + (direction + wave) * (length / _STEPS)[:, None]
        hits = surface.closest(points)
        normal = outward[hits.triangles]
        depth = np.einsum("nd,nd->n", points - hits.points, normal)
        wanted = np.minimum(above, 0.5 + step)
        inside = (depth < wanted) & (hits.distances < 40.0)
        points[inside] += normal[inside] * (wanted - depth)[inside, None]
        direction = points - result[-1]
        direction[:, 1] -= 0.35 * length / _STEPS
        result.append(points)
    return np.stack(result, axis=1)


def _combed(style: str, points: np.ndarray, brow: np.ndarray, rng) -> np.ndarray:
    """(N, 3) where roots are combed to."""
    away = points - (brow[0], brow[1], brow[2] - 90.0)
    down = np.array([0.0, -1.0, 0.0])
    if style == "fringe":
        return np.where(away[:, 1:2] > 20.0, np.array([0.0, 0.1, 1.4]), down + away * (0.02, 0.0, 0.0))
    if style in ("parted", "long"):
        side = np.sign(points[:, :1] - rng.uniform(-25.0, 25.0))
        return side * np.array([1.2, 0.0, 0.0]) + 0.5 * down + (0.0, 0.0, rng.uniform(-0.2, 0.6))
    if style == "curls":
        return rng.normal(0.0, 0.6, points.shape)
    return np.array([rng.uniform(-0.4, 0.4), -0.2, rng.uniform(-1.0, 0.8)]) + 0.3 * down
