"""Plain NumPy versions of what the Warp kernels of `headbridge.spatial` compute, in float64 and without any hierarchy.

They are what the kernels are tested against; they try every triangle for every query.
"""

from __future__ import annotations

import numpy as np

from headbridge.spatial import SurfaceHits
from headbridge.spatial.exact_closest import closest_barycentrics

_CHUNK = 1 << 20


def closest_points(
    vertices: np.ndarray, triangles: np.ndarray, queries: np.ndarray, max_distance: float = np.inf
) -> SurfaceHits:
    """Closest surface point of each of (N, 3) queries within `max_distance`. Triangles without area
    answer with their closest point all the same."""
    corners = np.asarray(vertices, dtype=np.float64)[triangles]
    queries = np.asarray(queries, dtype=np.float64)
    weights = np.zeros((len(queries), 3))
    found = np.full(len(queries), -1, np.int32)
    distances = np.full(len(queries), np.inf)
    step = max(1, _CHUNK // max(1, len(corners)))
    for first in range(0, len(queries) if len(corners) else 0, step):
        chunk = slice(first, first + step)
        candidates = closest_barycentrics(queries[chunk, None], *(corners[None, :, k] for k in range(3)))
        apart = np.linalg.norm(np.einsum("ntk,tkd->ntd", candidates, corners) - queries[chunk, None], axis=2)
        best = apart.argmin(axis=1)
        rows = np.arange(len(best))
        met = apart[rows, best] <= max_distance
        found[chunk] = np.where(met, best, -1)
        distances[chunk] = np.where(met, apart[rows, best], np.inf)
        weights[chunk] = candidates[rows, best]
    return _hits(corners, found, weights, distances)


def cast_rays(
    vertices: np.ndarray,
    triangles: np.ndarray,
    origins: np.ndarray,
    directions: np.ndarray,
    max_distance: float = np.inf,
) -> SurfaceHits:
    """First hit of each of (N, 3) rays with either side of a triangle (Moeller and Trumbore, Fast, minimum storage
    ray-triangle intersection, 1997). Directions need not be unit length; distances are Euclidean."""
    corners = np.asarray(vertices, dtype=np.float64)[triangles]
    origins = np.asarray(origins, dtype=np.float64)
    directions = np.asarray(directions, dtype=np.float64)
    directions = directions / np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-300)
    weights = np.zeros((len(origins), 3))
    found = np.full(len(origins), -1, np.int32)
    distances = np.full(len(origins), np.inf)
    a, ab, ac = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    step = max(1, _CHUNK // max(1, len(corners)))
    for first in range(0, len(origins) if len(corners) else 0, step):
        chunk = slice(first, first + step)
        direction, from_a = directions[chunk, None], origins[chunk, None] - a
        across = np.cross(direction, ac)
        determinant = _dot(across, ab)
        turned = np.cross(from_a, ab)
        u, v = _ratio(_dot(from_a, across), determinant), _ratio(_dot(direction, turned), determinant)
        along = _ratio(_dot(ac, turned), determinant)
        met = (determinant != 0) & (u >= 0) & (v >= 0) & (u + v <= 1) & (along >= 0) & (along <= max_distance)
        along = np.where(met, along, np.inf)
        best = along.argmin(axis=1)
        rows = np.arange(len(best))
        distances[chunk] = along[rows, best]
        found[chunk] = np.where(np.isfinite(along[rows, best]), best, -1)
        weights[chunk] = np.stack([1.0 - u - v, u, v], axis=-1)[rows, best]
    return _hits(corners, found, weights, distances)


def winding_numbers(vertices: np.ndarray, triangles: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(N,) generalised winding numbers of (N, 3) points: the solid angles of all triangles (van Oosterom and Strackee,
    The solid angle of a plane triangle, 1983) over 4 pi. 1 inside and 0 outside of a closed surface whose triangles run
    counter-clockwise as seen from outside."""
    corners = np.asarray(vertices, dtype=np.float64)[triangles]
    points = np.asarray(points, dtype=np.float64)
    winding = np.zeros(len(points))
    step = max(1, _CHUNK // max(1, len(corners)))
    for first in range(0, len(points), step):
        chunk = slice(first, first + step)
        a, b, c = np.moveaxis(corners[None] - points[chunk, None, None], 2, 0)
        la, lb, lc = (np.linalg.norm(side, axis=2) for side in (a, b, c))
        volume = _dot(a, np.cross(b, c))
        angle = 2.0 * np.arctan2(volume, la * lb * lc + _dot(a, b) * lc + _dot(b, c) * la + _dot(c, a) * lb)
        winding[chunk] = angle.sum(axis=1) / (4.0 * np.pi)
    return winding


def triangles_intersect(first: np.ndarray, second: np.ndarray, tolerance: float = 1e-9) -> bool:
    """Whether two (3, 3) triangles share more than the mesh lets them share, as `headbridge.spatial.intersections`
    defines
    it. Each triangle is clipped against the other's plane, and in a common plane the one is clipped by the other's
    sides: another way to the same answer than the kernel's. Lengths below `tolerance` times the longest edge are
    zero."""
    first, second = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    sides = np.concatenate([np.roll(first, -1, 0) - first, np.roll(second, -1, 0) - second])
    zero = tolerance * np.linalg.norm(sides, axis=1).max()
    size = zero / tolerance
    normals = [np.cross(t[1] - t[0], t[2] - t[0]) for t in (first, second)]
    if min(np.linalg.norm(n) for n in normals) <= zero * size:
        return False
    normals = [n / np.linalg.norm(n) for n in normals]
    common = (first[:, None] == second[None]).all(axis=2)
    heights = np.where(common.any(axis=1), 0.0, (first - second[0]) @ normals[1])
    heights[np.abs(heights) <= zero] = 0.0
    if not heights.any():
        return _polygon_area(_clip(first, second, normals[1])) > zero * size
    if common.sum() >= 2:
        return False
    segment = _cut(first, heights)
    if segment is None:
        return False
    # What of the first triangle's cut lies within the second triangle, both in the second's plane.
    low, high = 0.0, 1.0
    along = segment[1] - segment[0]
    for start, end in zip(second, np.roll(second, -1, 0)):
        inward = np.cross(normals[1], end - start)
        inward /= np.linalg.norm(inward)
        offset, slope = (segment[0] - start) @ inward, along @ inward
        if abs(slope) <= 1e-15 * size:
            if offset < -zero:
                return False
        elif slope > 0:
            low = max(low, -offset / slope)
        else:
            high = min(high, -offset / slope)
    return (high - low) * np.linalg.norm(along) > zero


def self_intersecting_pairs(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(P, 2) int32, every pair of (T, 3) triangles for which `triangles_intersect` holds, in lexicographic order."""
    corners = np.asarray(vertices, dtype=np.float64)[triangles]
    lower, upper = corners.min(axis=1), corners.max(axis=1)
    pairs = [
        (i, j)
        for i in range(len(corners))
        for j in i + 1 + np.flatnonzero(((lower[i] <= upper[i + 1 :]) & (lower[i + 1 :] <= upper[i])).all(axis=1))
        if triangles_intersect(corners[i], corners[j])
    ]
    return np.array(pairs, np.int32).reshape(-1, 2)


def best_fit_rotations(covariances: np.ndarray) -> np.ndarray:
    """(N, 3, 3) rotations for (N, 3, 3) covariances sum y x^T (Kabsch 1976), the determinant always +1."""
    left, _, right = np.linalg.svd(covariances)
    handed = np.linalg.det(left) * np.linalg.det(right)
    left[:, :, 2] *= np.where(handed < 0, -1.0, 1.0)[:, None]
    return left @ right


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(axis=-1)


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    return np.divide(numerator, denominator, out=np.zeros(np.shape(numerator)), where=denominator != 0)


def _hits(corners, found, weights, distances) -> SurfaceHits:
    points = np.einsum("nk,nkd->nd", weights, corners[np.maximum(found, 0)]) if len(corners) else np.zeros_like(weights)
    return SurfaceHits(points, found, weights, distances)


def _cut(triangle: np.ndarray, heights: np.ndarray) -> np.ndarray | None:
    """(2, 3) ends of the triangle's cut with the plane its corners have `heights` over, or None without a segment."""
    points = [corner for corner, height in zip(triangle, heights) if height == 0]
    for i, j in ((0, 1), (1, 2), (2, 0)):
        if heights[i] * heights[j] < 0:
            points.append(triangle[i] + (triangle[j] - triangle[i]) * (heights[i] / (heights[i] - heights[j])))
    return np.array(points) if len(points) == 2 else None


def _clip(polygon: np.ndarray, triangle: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """(K, 3) the part of a polygon within a triangle of the same plane (Sutherland and Hodgman 1974)."""
    for start, end in zip(triangle, np.roll(triangle, -1, 0)):
        inside = (polygon - start) @ np.cross(normal, end - start)
        kept = []
        for i in range(len(polygon)):
            j = (i + 1) % len(polygon)
            if inside[i] >= 0:
                kept.append(polygon[i])
            if inside[i] * inside[j] < 0:
                kept.append(polygon[i] + (polygon[j] - polygon[i]) * (inside[i] / (inside[i] - inside[j])))
        polygon = np.array(kept).reshape(-1, 3)
    return polygon


def _polygon_area(polygon: np.ndarray) -> float:
    if len(polygon) < 3:
        return 0.0
    return 0.5 * float(np.linalg.norm(np.cross(polygon[1:-1] - polygon[0], polygon[2:] - polygon[0]).sum(axis=0)))
