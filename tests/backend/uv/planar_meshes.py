"""Small planar meshes whose geometry is known, for the tests of layouts made injective."""

from __future__ import annotations

import numpy as np


def grid(columns: int, rows: int, low=(0.2, 0.2), high=(0.8, 0.8)):
    """(N, 2) points row by row and (T, 3) counter-clockwise triangles of a rectangle."""
    y, x = np.meshgrid(np.linspace(low[1], high[1], rows), np.linspace(low[0], high[0], columns), indexing="ij")
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).reshape(-1)
    a, b, c, d = corner, corner + 1, corner + columns + 1, corner + columns
    triangles = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    return np.stack([x.reshape(-1), y.reshape(-1)], axis=1), triangles


def disc(rings: int, radius: float = 0.3, middle=(0.5, 0.5)):
    """(N, 2) points on rings of 6, 12, 18, ... around a middle point, (T, 3) counter-clockwise triangles and (N,) bool,
    the points on the rim."""
    points, triangles, starts = [np.zeros((1, 2))], [], [0]
    for ring in range(1, rings + 1):
        angle = np.arange(6 * ring) / (6 * ring) * 2.0 * np.pi
        points.append(ring / rings * np.stack([np.cos(angle), np.sin(angle)], axis=1))
        starts.append(starts[-1] + max(6 * (ring - 1), 1))
        for sector in range(6):
            for step in range(ring):
                out = starts[ring] + sector * ring + step
                after = starts[ring] + (sector * ring + step + 1) % (6 * ring)
                inner_count = max(6 * (ring - 1), 1)
                inner = starts[ring - 1] + (sector * (ring - 1) + step) % inner_count
                triangles.append([inner, out, after])
                if step < ring - 1:
                    triangles.append([inner, after, starts[ring - 1] + (sector * (ring - 1) + step + 1) % inner_count])
    points = np.concatenate(points)
    rim = np.linalg.norm(points, axis=1) > 1.0 - 0.5 / rings
    return points * radius + middle, np.array(triangles), rim


def edges_of(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(T, 2, 2) edge vectors p1 - p0 and p2 - p0 as columns."""
    corners = points[triangles]
    return np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], axis=2)
