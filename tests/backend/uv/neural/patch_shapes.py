"""Small patches whose UVs are known everywhere."""

import numpy as np

from headbridge.uv.patches import Patches

RADIUS = 80.0
# One texture pixel of 1024 per 0.4 mm, about as on a head.
SCALE = 1.0 / 400.0
JUMP = 0.35


def wall(count: int = 24, height: float = 100.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(V, 2) arc length and height in mm of a grid on a third of a cylinder, its triangles, which lie right of 0."""
    arc = np.linspace(-RADIUS, RADIUS, count + 1)
    level = np.linspace(-0.5 * height, 0.5 * height, count + 1)
    places = np.stack(np.meshgrid(arc, level, indexing="ij"), axis=2).reshape(-1, 2)
    row, column = np.divmod(np.arange(count * count), count)
    corner = row * (count + 1) + column
    lower = np.stack([corner, corner + count + 1, corner + count + 2], axis=1)
    upper = np.stack([corner, corner + count + 2, corner + 1], axis=1)
    triangles = np.concatenate([lower, upper]).astype(np.int32)
    return places, triangles, places[triangles, 0].mean(axis=1) > 0.0


def on_cylinder(places: np.ndarray) -> np.ndarray:
    """(N, 3) points, mm, of (N, 2) arc lengths and heights; the axis is y, arc length 0 faces z."""
    angle = places[:, 0] / RADIUS
    return np.stack([RADIUS * np.sin(angle), places[:, 1], RADIUS * np.cos(angle)], axis=1)


def outward(places: np.ndarray) -> np.ndarray:
    angle = places[:, 0] / RADIUS
    return np.stack([np.sin(angle), np.zeros(len(angle)), np.cos(angle)], axis=1)


def unrolled(places: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(N, 2) UVs: the cylinder unrolled, its right part shifted by `JUMP`."""
    return places * SCALE + 0.3 + np.stack([JUMP * right, 0.0 * right], axis=1)


def seamed_cylinder() -> Patches:
    """A third of a cylinder cut at arc length 0 into a left patch (0) and a right one (1)."""
    places, triangles, right = wall()
    uvs = unrolled(places[triangles].reshape(-1, 2), np.repeat(right, 3).astype(float)).reshape(-1, 3, 2)
    core = right.astype(np.int32)
    members = [np.flatnonzero(~right), np.flatnonzero(right)]
    return Patches(
        on_cylinder(places),
        triangles,
        uvs,
        core,
        members,
        np.zeros((0, 2), np.int32),
        np.zeros((0, 2), np.int32),
        np.zeros((0, 2, 2, 2)),
    )


def closed_lips(gap: float) -> Patches:
    """One patch of two flat halves `gap` mm apart that face each other: y = 0 up, y = gap down."""
    places, triangles, _ = wall(8, 40.0)
    flat = places * [40.0 / (2.0 * RADIUS), 1.0]
    low = np.stack([flat[:, 0], np.zeros(len(flat)), -flat[:, 1]], axis=1)
    high = low + [0.0, gap, 0.0]
    vertices = np.concatenate([low, high])
    both = np.concatenate([triangles, triangles[:, ::-1] + len(low)])
    uvs = np.concatenate([flat * SCALE + 0.3, flat * SCALE * [1.0, -1.0] + [0.3, 0.6]])
    count = len(both)
    return Patches(
        vertices,
        both.astype(np.int32),
        uvs[both],
        np.zeros(count, np.int32),
        [np.arange(count)],
        np.zeros((0, 2), np.int32),
        np.zeros((0, 2), np.int32),
        np.zeros((0, 2, 2, 2)),
    )
