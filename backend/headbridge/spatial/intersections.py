"""Triangles of one mesh that pass through each other.

Two triangles intersect when they share more than the mesh lets them share: a segment of positive length where their
planes cross, or a piece of positive area where they lie in one plane. So

- triangles without a common vertex that only touch in a point do not count;
- triangles with one common vertex count when they meet along more than that vertex;
- triangles with a common edge count only when folded flat onto each other (same plane, same side of the edge);
- the same three points twice count; a triangle without area never counts.

Vertices at exactly the same position are common, so seams and duplicated rims are not taken for intersections. The
interval test is Moeller's (A fast triangle-triangle intersection test, 1997), coplanar pairs go by separating axes;
all in float64.
"""

from __future__ import annotations

import numpy as np
import warp as wp

from ..device import warp_device
from .blocks import block_count, run_in_blocks

# Below this fraction of the pair's longest edge a length is zero.
_TOLERANCE = 1e-9


@wp.func
def _same(a: wp.vec3d, b: wp.vec3d) -> bool:
    return a[0] == b[0] and a[1] == b[1] and a[2] == b[2]


@wp.func
def _plane_distance(point: wp.vec3d, origin: wp.vec3d, normal: wp.vec3d, zero: wp.float64) -> wp.float64:
    distance = wp.dot(point - origin, normal)
    if wp.abs(distance) <= zero:
        distance = wp.float64(0.0)
    return distance


@wp.func
def _span_on_line(
    a: wp.float64, b: wp.float64, c: wp.float64, da: wp.float64, db: wp.float64, dc: wp.float64
) -> wp.vec2d:
    """Lowest and highest place where a triangle meets the other's plane; `a, b, c` are its corners' places along the
    planes' common line, `da, db, dc` their distances to the plane. Low > high when it does not meet."""
    low = wp.float64(1.0e300)
    high = wp.float64(-1.0e300)
    if da == wp.float64(0.0):
        low = wp.min(low, a)
        high = wp.max(high, a)
    if db == wp.float64(0.0):
        low = wp.min(low, b)
        high = wp.max(high, b)
    if dc == wp.float64(0.0):
        low = wp.min(low, c)
        high = wp.max(high, c)
    if da * db < wp.float64(0.0):
        t = a + (b - a) * (da / (da - db))
        low = wp.min(low, t)
        high = wp.max(high, t)
    if db * dc < wp.float64(0.0):
        t = b + (c - b) * (db / (db - dc))
        low = wp.min(low, t)
        high = wp.max(high, t)
    if dc * da < wp.float64(0.0):
        t = c + (a - c) * (dc / (dc - da))
        low = wp.min(low, t)
        high = wp.max(high, t)
    return wp.vec2d(low, high)


@wp.func
def _separates(
    axis: wp.vec3d, a0: wp.vec3d, b0: wp.vec3d, c0: wp.vec3d, a1: wp.vec3d, b1: wp.vec3d, c1: wp.vec3d, zero: wp.float64
) -> bool:
    d = wp.normalize(axis)
    # Relative to one corner, so that a mesh far from the origin loses no digits.
    p = wp.dot(d, b0 - a0)
    q = wp.dot(d, c0 - a0)
    low0 = wp.min(wp.float64(0.0), wp.min(p, q))
    high0 = wp.max(wp.float64(0.0), wp.max(p, q))
    r = wp.dot(d, a1 - a0)
    s = wp.dot(d, b1 - a0)
    t = wp.dot(d, c1 - a0)
    low1 = wp.min(r, wp.min(s, t))
    high1 = wp.max(r, wp.max(s, t))
    return wp.min(high0, high1) - wp.max(low0, low1) <= zero


@wp.func
def _intersect(a0: wp.vec3d, b0: wp.vec3d, c0: wp.vec3d, a1: wp.vec3d, b1: wp.vec3d, c1: wp.vec3d) -> bool:
    n0 = wp.cross(b0 - a0, c0 - a0)
    n1 = wp.cross(b1 - a1, c1 - a1)
    size = wp.max(
        wp.max(wp.length(b0 - a0), wp.max(wp.length(c0 - b0), wp.length(a0 - c0))),
        wp.max(wp.length(b1 - a1), wp.max(wp.length(c1 - b1), wp.length(a1 - c1))),
    )
    zero = wp.float64(_TOLERANCE) * size
    if wp.length(n0) <= zero * size or wp.length(n1) <= zero * size:
        return False
    n0 = wp.normalize(n0)
    n1 = wp.normalize(n1)
    # A common vertex lies in both planes whatever the rounding says.
    a0_common = _same(a0, a1) or _same(a0, b1) or _same(a0, c1)
    b0_common = _same(b0, a1) or _same(b0, b1) or _same(b0, c1)
    c0_common = _same(c0, a1) or _same(c0, b1) or _same(c0, c1)
    a1_common = _same(a1, a0) or _same(a1, b0) or _same(a1, c0)
    b1_common = _same(b1, a0) or _same(b1, b0) or _same(b1, c0)
    c1_common = _same(c1, a0) or _same(c1, b0) or _same(c1, c0)
    none = wp.float64(0.0)
    da0 = wp.where(a0_common, none, _plane_distance(a0, a1, n1, zero))
    db0 = wp.where(b0_common, none, _plane_distance(b0, a1, n1, zero))
    dc0 = wp.where(c0_common, none, _plane_distance(c0, a1, n1, zero))
    if (da0 > none and db0 > none and dc0 > none) or (da0 < none and db0 < none and dc0 < none):
        return False
    if da0 == none and db0 == none and dc0 == none:
        return not (
            _separates(wp.cross(n0, b0 - a0), a0, b0, c0, a1, b1, c1, zero)
            or _separates(wp.cross(n0, c0 - b0), a0, b0, c0, a1, b1, c1, zero)
            or _separates(wp.cross(n0, a0 - c0), a0, b0, c0, a1, b1, c1, zero)
            or _separates(wp.cross(n0, b1 - a1), a0, b0, c0, a1, b1, c1, zero)
            or _separates(wp.cross(n0, c1 - b1), a0, b0, c0, a1, b1, c1, zero)
            or _separates(wp.cross(n0, a1 - c1), a0, b0, c0, a1, b1, c1, zero)
        )
    common = int(a0_common) + int(b0_common) + int(c0_common)
    if common >= 2:
        return False
    da1 = wp.where(a1_common, none, _plane_distance(a1, a0, n0, zero))
    db1 = wp.where(b1_common, none, _plane_distance(b1, a0, n0, zero))
    dc1 = wp.where(c1_common, none, _plane_distance(c1, a0, n0, zero))
    line = wp.normalize(wp.cross(n0, n1))
    origin = a0
    if b0_common:
        origin = b0
    if c0_common:
        origin = c0
    span0 = _span_on_line(
        wp.dot(line, a0 - origin), wp.dot(line, b0 - origin), wp.dot(line, c0 - origin), da0, db0, dc0
    )
    span1 = _span_on_line(
        wp.dot(line, a1 - origin), wp.dot(line, b1 - origin), wp.dot(line, c1 - origin), da1, db1, dc1
    )
    return wp.min(span0[1], span1[1]) - wp.max(span0[0], span1[0]) > zero


@wp.kernel(enable_backward=False)
def _pairs_kernel(
    tree: wp.uint64,
    vertices: wp.array(dtype=wp.vec3d),
    triangles: wp.array2d(dtype=wp.int32),
    lower: wp.array(dtype=wp.vec3),
    upper: wp.array(dtype=wp.vec3),
    first: int,
    block: int,
    counts: wp.array(dtype=wp.int32),
    pairs: wp.array3d(dtype=wp.int32),
):
    i = wp.tid() + first
    a = vertices[triangles[i, 0]]
    b = vertices[triangles[i, 1]]
    c = vertices[triangles[i, 2]]
    query = wp.bvh_query_aabb(tree, lower[i], upper[i])
    j = int(0)
    while wp.bvh_query_next(query, j):
        if j > i:
            if _intersect(a, b, c, vertices[triangles[j, 0]], vertices[triangles[j, 1]], vertices[triangles[j, 2]]):
                place = wp.atomic_add(counts, block, 1)
                if place < pairs.shape[1]:
                    pairs[block, place, 0] = i
                    pairs[block, place, 1] = j


class SelfIntersections:
    """Finds the intersecting triangles of a mesh whose vertices move.

    Parameters
    ----------
    vertices : (V, 3) finite positions; triangles : (T, 3) vertex indices; device : "cpu" or "cuda".

    The bounding volume hierarchy is built once; other positions refit it.
    """

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray, device: str = "cpu"):
        self.device = warp_device(device)
        self.triangles = np.ascontiguousarray(triangles, dtype=np.int32)
        self._capacity = max(256, len(self.triangles) // 4)
        if len(self.triangles):
            self._indices = wp.array(self.triangles, dtype=wp.int32, device=self.device)
            self._positions = wp.array(np.asarray(vertices, dtype=np.float64), dtype=wp.vec3d, device=self.device)
            self._boxes = [wp.array(corner, dtype=wp.vec3, device=self.device) for corner in self._bounds(vertices)]
            self._tree = wp.Bvh(*self._boxes)

    def move(self, vertices: np.ndarray) -> None:
        """Move the vertices to other (V, 3) positions."""
        if len(self.triangles):
            self._positions.assign(np.asarray(vertices, dtype=np.float64))
            for box, corner in zip(self._boxes, self._bounds(vertices)):
                box.assign(corner)
            self._tree.refit()

    def pairs(self) -> np.ndarray:
        """(P, 2) int32, every pair of intersecting triangles, lower index first, in lexicographic order."""
        if not len(self.triangles):
            return np.zeros((0, 2), np.int32)
        counts, pairs = self._find()
        if counts.max() > self._capacity:
            self._capacity = int(counts.max())
            counts, pairs = self._find()
        found = np.concatenate([block[:count] for block, count in zip(pairs, counts)])
        return found[np.lexsort((found[:, 1], found[:, 0]))]

    def _bounds(self, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        vertices = np.asarray(vertices, dtype=np.float64)
        a, b, c = ((vertices - vertices.mean(axis=0))[self.triangles[:, k]] for k in range(3))
        # Rounded outwards: float32 boxes must not miss a pair that meets in float64.
        lower = np.nextafter(np.minimum(np.minimum(a, b), c).astype(np.float32), np.float32(-np.inf))
        upper = np.nextafter(np.maximum(np.maximum(a, b), c).astype(np.float32), np.float32(np.inf))
        return lower, upper

    def _find(self) -> tuple[np.ndarray, np.ndarray]:
        """Counts (B,) and pairs (B, capacity, 2) of every block of triangles; a count may exceed the capacity."""
        count = len(self.triangles)
        blocks = block_count(self.device, count)
        # One counter for every block: atomics on the CPU do not hold between threads.
        counts = wp.zeros(blocks, dtype=wp.int32, device=self.device)
        pairs = wp.empty((blocks, self._capacity, 2), dtype=wp.int32, device=self.device)

        def launch(block: int, first: int, last: int):
            wp.launch(
                _pairs_kernel,
                dim=last - first,
                inputs=[self._tree.id, self._positions, self._indices, *self._boxes, first, block, counts, pairs],
                device=self.device,
            )

        run_in_blocks(_pairs_kernel, self.device, count, launch)
        return counts.numpy(), pairs.numpy()


def self_intersecting_triangles(vertices: np.ndarray, triangles: np.ndarray, device: str = "cpu") -> np.ndarray:
    """(P, 2) int32, every pair of intersecting triangles of (V, 3) vertices and (T, 3) triangles, lower index first, in
    lexicographic order."""
    return SelfIntersections(vertices, triangles, device).pairs()


def count_self_intersecting_triangles(vertices: np.ndarray, triangles: np.ndarray, device: str = "cpu") -> int:
    """How many triangles intersect at least one other triangle of the mesh (see `self_intersecting_triangles`)."""
    return len(np.unique(self_intersecting_triangles(vertices, triangles, device)))
