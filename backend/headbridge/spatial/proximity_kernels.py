"""Warp kernels that find near pairs of mesh elements and bound their motion (see `proximity`)."""

from __future__ import annotations

import warp as wp

# What a bounded motion leaves of every distance, and how many advances it takes at most (fewer only stop earlier).
_KEPT = 0.1
_ADVANCES = 100


@wp.func
def _share(along: wp.float64, length: wp.float64) -> wp.float64:
    """along / length within 0..1; 0 for no length."""
    if length <= wp.float64(0.0):
        return wp.float64(0.0)
    return wp.clamp(along / length, wp.float64(0.0), wp.float64(1.0))


@wp.func
def _triangle_weights(p: wp.vec3d, a: wp.vec3d, b: wp.vec3d, c: wp.vec3d) -> wp.vec4d:
    """Weights (1, -u, -v, -w) of the offset from the triangle's closest point to p (Ericson 2005, 5.1.5)."""
    zero = wp.float64(0.0)
    one = wp.float64(1.0)
    ab = b - a
    ac = c - a
    ap = p - a
    d1 = wp.dot(ab, ap)
    d2 = wp.dot(ac, ap)
    if d1 <= zero and d2 <= zero:
        return wp.vec4d(one, -one, zero, zero)
    bp = p - b
    d3 = wp.dot(ab, bp)
    d4 = wp.dot(ac, bp)
    if d3 >= zero and d4 <= d3:
        return wp.vec4d(one, zero, -one, zero)
    vc = d1 * d4 - d3 * d2
    if vc <= zero and d1 >= zero and d3 <= zero:
        t = _share(d1, d1 - d3)
        return wp.vec4d(one, t - one, -t, zero)
    cp = p - c
    d5 = wp.dot(ab, cp)
    d6 = wp.dot(ac, cp)
    if d6 >= zero and d5 <= d6:
        return wp.vec4d(one, zero, zero, -one)
    vb = d5 * d2 - d1 * d6
    if vb <= zero and d2 >= zero and d6 <= zero:
        t = _share(d2, d2 - d6)
        return wp.vec4d(one, t - one, zero, -t)
    va = d3 * d6 - d5 * d4
    if va <= zero and d4 - d3 >= zero and d5 - d6 >= zero:
        t = _share(d4 - d3, (d4 - d3) + (d5 - d6))
        return wp.vec4d(one, zero, t - one, -t)
    whole = va + vb + vc
    v = vb / whole
    w = vc / whole
    return wp.vec4d(one, v + w - one, -v, -w)


@wp.func
def _edge_weights(a: wp.vec3d, b: wp.vec3d, c: wp.vec3d, d: wp.vec3d) -> wp.vec4d:
    """Weights (1 - s, s, t - 1, -t) of the offset from edge cd's closest point to edge ab's (Ericson 2005, 5.1.9)."""
    zero = wp.float64(0.0)
    one = wp.float64(1.0)
    u = b - a
    v = d - c
    r = a - c
    uu = wp.dot(u, u)
    vv = wp.dot(v, v)
    uv = wp.dot(u, v)
    ur = wp.dot(u, r)
    vr = wp.dot(v, r)
    cross = uu * vv - uv * uv
    s = wp.float64(0.0)
    # Nearly parallel edges meet along a stretch: any of its points serves.
    if cross > wp.float64(1.0e-12) * uu * vv:
        s = wp.clamp((uv * vr - ur * vv) / cross, zero, one)
    t = _share(uv * s + vr, vv)
    s = _share(uv * t - ur, uu)
    return wp.vec4d(one - s, s, t - one, -t)


@wp.func
def _weights(kind: int, a: wp.vec3d, b: wp.vec3d, c: wp.vec3d, d: wp.vec3d) -> wp.vec4d:
    if kind == 0:
        return _triangle_weights(a, b, c, d)
    return _edge_weights(a, b, c, d)


@wp.func
def _offset(w: wp.vec4d, a: wp.vec3d, b: wp.vec3d, c: wp.vec3d, d: wp.vec3d) -> wp.vec3d:
    return w[0] * a + w[1] * b + w[2] * c + w[3] * d


@wp.func
def _corners(
    kind: int, queries: wp.array2d(dtype=wp.int32), elements: wp.array2d(dtype=wp.int32), i: int, j: int
) -> wp.vec4i:
    """The pair's vertices; kind 0 is a vertex and a triangle, kind 1 are two edges."""
    if kind == 0:
        return wp.vec4i(queries[i, 0], elements[j, 0], elements[j, 1], elements[j, 2])
    return wp.vec4i(queries[i, 0], queries[i, 1], elements[j, 0], elements[j, 1])


@wp.func
def _counts(
    kind: int,
    i: int,
    j: int,
    k: wp.vec4i,
    sheet: int,
    other: int,
    rest: wp.array(dtype=wp.vec3d),
    neighbourhood: wp.float64,
) -> bool:
    """Whether the pair can come into contact: no common vertex, and different sheets or far apart at rest."""
    if kind == 0:
        if k[0] == k[1] or k[0] == k[2] or k[0] == k[3]:
            return False
    elif j <= i or k[0] == k[2] or k[0] == k[3] or k[1] == k[2] or k[1] == k[3]:
        return False
    if sheet * other < 0:
        return True
    w = _weights(kind, rest[k[0]], rest[k[1]], rest[k[2]], rest[k[3]])
    return wp.length(_offset(w, rest[k[0]], rest[k[1]], rest[k[2]], rest[k[3]])) > neighbourhood


@wp.kernel(enable_backward=False)
def near_kernel(
    tree: wp.uint64,
    kind: int,
    queries: wp.array2d(dtype=wp.int32),
    elements: wp.array2d(dtype=wp.int32),
    query_sheets: wp.array(dtype=wp.int32),
    element_sheets: wp.array(dtype=wp.int32),
    rest: wp.array(dtype=wp.vec3d),
    neighbourhood: wp.float64,
    x: wp.array(dtype=wp.vec3d),
    lower: wp.array(dtype=wp.vec3),
    upper: wp.array(dtype=wp.vec3),
    radius: wp.float64,
    own_radius: wp.float64,
    first: int,
    block: int,
    counts: wp.array(dtype=wp.int32),
    vertices: wp.array2d(dtype=wp.vec4i),
    weights: wp.array2d(dtype=wp.vec4d),
    reaches: wp.array2d(dtype=wp.float64),
):
    i = wp.tid() + first
    query = wp.bvh_query_aabb(tree, lower[i], upper[i])
    j = int(0)
    while wp.bvh_query_next(query, j):
        k = _corners(kind, queries, elements, i, j)
        w = _weights(kind, x[k[0]], x[k[1]], x[k[2]], x[k[3]])
        reach = own_radius
        if query_sheets[i] * element_sheets[j] < 0:
            reach = radius
        if wp.length(_offset(w, x[k[0]], x[k[1]], x[k[2]], x[k[3]])) < reach:
            if _counts(kind, i, j, k, query_sheets[i], element_sheets[j], rest, neighbourhood):
                place = wp.atomic_add(counts, block, 1)
                if place < vertices.shape[1]:
                    vertices[block, place] = k
                    weights[block, place] = w
                    reaches[block, place] = reach


@wp.func
def _free_share(
    kind: int,
    a: wp.vec3d,
    b: wp.vec3d,
    c: wp.vec3d,
    d: wp.vec3d,
    da: wp.vec3d,
    db: wp.vec3d,
    dc: wp.vec3d,
    dd: wp.vec3d,
) -> wp.float64:
    """How much of the step the pair may go, at most 1, before a tenth of its distance is left."""
    zero = wp.float64(0.0)
    one = wp.float64(1.0)
    mean = wp.float64(0.25) * (da + db + dc + dd)
    pa = da - mean
    pb = db - mean
    pc = dc - mean
    pd = dd - mean
    fastest = wp.max(wp.length(pa), wp.length(pb)) + wp.max(wp.length(pc), wp.length(pd))
    if kind == 0:
        fastest = wp.length(pa) + wp.max(wp.length(pb), wp.max(wp.length(pc), wp.length(pd)))
    distance = wp.length(_offset(_weights(kind, a, b, c, d), a, b, c, d))
    if fastest <= zero:
        return one
    least = wp.float64(_KEPT) * distance
    t = wp.float64(0.0)
    advance = (one - wp.float64(_KEPT)) * distance / fastest
    for _ in range(_ADVANCES):
        t += advance
        if t >= one:
            return one
        ka = a + t * pa
        kb = b + t * pb
        kc = c + t * pc
        kd = d + t * pd
        distance = wp.length(_offset(_weights(kind, ka, kb, kc, kd), ka, kb, kc, kd))
        # Never below what is kept: the advance before was short enough for that.
        advance = wp.float64(0.9) * (distance - least) / fastest
        if advance < wp.float64(1.0e-3) * t or distance <= least:
            return t
    return t


@wp.kernel(enable_backward=False)
def share_kernel(
    tree: wp.uint64,
    kind: int,
    queries: wp.array2d(dtype=wp.int32),
    elements: wp.array2d(dtype=wp.int32),
    query_sheets: wp.array(dtype=wp.int32),
    element_sheets: wp.array(dtype=wp.int32),
    rest: wp.array(dtype=wp.vec3d),
    neighbourhood: wp.float64,
    x: wp.array(dtype=wp.vec3d),
    step: wp.array(dtype=wp.vec3d),
    lower: wp.array(dtype=wp.vec3),
    upper: wp.array(dtype=wp.vec3),
    first: int,
    shares: wp.array(dtype=wp.float64),
):
    i = wp.tid() + first
    least = wp.float64(1.0)
    query = wp.bvh_query_aabb(tree, lower[i], upper[i])
    j = int(0)
    while wp.bvh_query_next(query, j):
        k = _corners(kind, queries, elements, i, j)
        if _counts(kind, i, j, k, query_sheets[i], element_sheets[j], rest, neighbourhood):
            free = _free_share(kind, x[k[0]], x[k[1]], x[k[2]], x[k[3]], step[k[0]], step[k[1]], step[k[2]], step[k[3]])
            least = wp.min(least, free)
    shares[i] = least
