"""Plain NumPy rasterisation that the kernels are tested against."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from headbridge.spatial.rasterise import UvRaster


def rasterise_uv(triangles_uv: np.ndarray, size: int, tile: tuple[int, int] = (0, 0)) -> UvRaster:
    """The same as `headbridge.spatial.rasterise.rasterise_uv`, in rational numbers, one triangle after the other; for small pictures."""
    triangle = np.full((size, size), -1, np.int32)
    barycentrics = np.zeros((size, size, 3), np.float32)
    count = np.zeros((size, size), np.int32)
    for index, corners in enumerate(np.asarray(triangles_uv, dtype=np.float64)):
        points = [((Fraction(u) - tile[0]) * size, (1 - Fraction(v) + tile[1]) * size) for u, v in corners]
        area = _edge(*points)
        if area == 0:
            continue
        order = (0, 1, 2) if area > 0 else (0, 2, 1)
        low = [max(0, int(min(p[axis] for p in points)) - 1) for axis in (0, 1)]
        high = [min(size, int(max(p[axis] for p in points)) + 2) for axis in (0, 1)]
        for row in range(low[1], high[1]):
            for column in range(low[0], high[0]):
                centre = (column + Fraction(1, 2), row + Fraction(1, 2))
                if all(_inside(points[order[k]], points[order[(k + 1) % 3]], centre) for k in range(3)):
                    count[row, column] += 1
                    if triangle[row, column] < 0:
                        triangle[row, column] = index
                        barycentrics[row, column] = [
                            _edge(points[(k + 1) % 3], points[(k + 2) % 3], centre) / area for k in range(3)
                        ]
    return UvRaster(triangle, barycentrics, count)


def _edge(a, b, p):
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def _inside(a, b, p) -> bool:
    value = _edge(a, b, p)
    top_left = b[1] < a[1] or (b[1] == a[1] and b[0] > a[0])
    return value > 0 or (value == 0 and top_left)
