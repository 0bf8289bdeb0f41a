"""Walking the pixels of a triangle row by row, in Warp.

A pixel belongs to a triangle when its centre does; a centre on an edge belongs to the triangle to the right of the edge
or below it (the top-left rule). Where an edge crosses a row is computed from its upper end down, whichever triangle
asks, so that meshes have neither cracks nor pixels covered twice.

With perspective a triangle may reach behind the camera. The screen points of its corners there are mirrored, and the
part before the camera is no triangle on the screen; but the shares of its corners are still linear there once they are
divided by the corners' depths (Olano and Greer 1997), and what is visible is where none of the three is negative.
"""

from __future__ import annotations

import warp as wp


@wp.struct
class Sweep:
    """A triangle ready to be walked: pixel rows first..last-1, and its edges as crossings that move with the row.

    Of one that crosses the camera's plane (`crosses`) it has the corners' shares over depth instead of edges: a row for
    each corner of constant, growth with x and growth with y."""

    first: wp.int32
    last: wp.int32
    top: wp.vec2d
    middle: wp.vec2d
    long_slope: wp.float64
    upper_slope: wp.float64
    lower_slope: wp.float64
    crosses: wp.int32
    shares: wp.mat33d


@wp.func
def _slope(upper: wp.vec2d, lower: wp.vec2d):
    height = lower[1] - upper[1]
    slope = wp.float64(0.0)
    if height > wp.float64(0.0):
        slope = (lower[0] - upper[0]) / height
    return slope


@wp.func
def _first_centre(coordinate: wp.float64, limit: int):
    """The first of 0..limit pixels whose centre is not before a coordinate."""
    return int(wp.clamp(wp.ceil(coordinate - wp.float64(0.5)), wp.float64(0.0), wp.float64(limit)))


@wp.func
def _share_over_depth(corner: wp.vec3, start: wp.vec3, end: wp.vec3):
    """The share of a corner of the triangle corner, start, end over its depth: constant, growth with x and with y."""
    start_x = wp.float64(start[0])
    start_y = wp.float64(start[1])
    run = wp.float64(end[0]) - start_x
    fall = wp.float64(end[1]) - start_y
    whole = run * (wp.float64(corner[1]) - start_y) - fall * (wp.float64(corner[0]) - start_x)
    return wp.vec3d(fall * start_x - run * start_y, -fall, run) / (whole * wp.float64(corner[2]))


@wp.func
def crosses_camera_plane(a: wp.vec3, b: wp.vec3, c: wp.vec3, perspective: int):
    return perspective != 0 and wp.min(a[2], wp.min(b[2], c[2])) < 0.0


@wp.func
def sweep_triangle(a: wp.vec3, b: wp.vec3, c: wp.vec3, height: int, perspective: int):
    """The sweep of a triangle given by screen points; depth counts only behind the camera."""
    sweep = Sweep()
    if crosses_camera_plane(a, b, c, perspective):
        sweep.crosses = 1
        sweep.first = 0
        sweep.last = height
        sweep.shares = wp.matrix_from_rows(
            _share_over_depth(a, b, c), _share_over_depth(b, c, a), _share_over_depth(c, a, b)
        )
        return sweep
    top = wp.vec2d(wp.float64(a[0]), wp.float64(a[1]))
    middle = wp.vec2d(wp.float64(b[0]), wp.float64(b[1]))
    bottom = wp.vec2d(wp.float64(c[0]), wp.float64(c[1]))
    if middle[1] < top[1]:
        other = top
        top = middle
        middle = other
    if bottom[1] < middle[1]:
        other = middle
        middle = bottom
        bottom = other
    if middle[1] < top[1]:
        other = top
        top = middle
        middle = other
    sweep.crosses = 0
    sweep.first = _first_centre(top[1], height)
    sweep.last = _first_centre(bottom[1], height)
    sweep.top = top
    sweep.middle = middle
    sweep.long_slope = _slope(top, bottom)
    sweep.upper_slope = _slope(top, middle)
    sweep.lower_slope = _slope(middle, bottom)
    return sweep


@wp.func
def row_span(sweep: Sweep, row: int, width: int):
    """First and (excluded) last pixel column of a triangle in one of its rows."""
    y = wp.float64(row) + wp.float64(0.5)
    if sweep.crosses != 0:
        low = wp.float64(0.0)
        high = wp.float64(width)
        for corner in range(3):
            share = sweep.shares[corner]
            at_row = share[0] + share[2] * y
            if share[1] > wp.float64(0.0):
                low = wp.max(low, -at_row / share[1])
            elif share[1] < wp.float64(0.0):
                high = wp.min(high, -at_row / share[1])
            elif at_row < wp.float64(0.0):
                high = wp.float64(0.0)
        return wp.vec2i(_first_centre(low, width), _first_centre(high, width))
    one = sweep.top[0] + (y - sweep.top[1]) * sweep.long_slope
    other = sweep.top[0] + (y - sweep.top[1]) * sweep.upper_slope
    if y >= sweep.middle[1]:
        other = sweep.middle[0] + (y - sweep.middle[1]) * sweep.lower_slope
    return wp.vec2i(_first_centre(wp.min(one, other), width), _first_centre(wp.max(one, other), width))


@wp.func
def doubled_area(a: wp.vec3, b: wp.vec3, c: wp.vec3):
    """Twice the signed area on the screen; positive where a, b, c turn clockwise as seen with y down."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


@wp.func
def leading_corner(a: wp.vec3, b: wp.vec3, c: wp.vec3, perspective: int):
    """The corner to measure a triangle from: the first, but the farthest of one with corners that are far off the
    screen because they lie close to the camera's plane or behind it."""
    leading = int(0)
    if perspective != 0:
        farthest = wp.max(a[2], wp.max(b[2], c[2]))
        if wp.min(a[2], wp.min(b[2], c[2])) < 1.0e-3 * farthest:
            if b[2] == farthest:
                leading = 1
            elif c[2] == farthest:
                leading = 2
    return leading


@wp.func
def drawable(a: wp.vec3, b: wp.vec3, c: wp.vec3, perspective: int):
    """Whether a triangle has an area and is before the camera, at least in part, with no corner in its plane."""
    leading = leading_corner(a, b, c, perspective)
    area = doubled_area(a, b, c)
    if leading == 1:
        area = doubled_area(b, c, a)
    elif leading == 2:
        area = doubled_area(c, a, b)
    seen = area != 0.0
    if perspective != 0:
        seen = seen and wp.max(a[2], wp.max(b[2], c[2])) > 0.0 and a[2] != 0.0 and b[2] != 0.0 and c[2] != 0.0
    return seen


@wp.func
def nearness(depth: float, perspective: int):
    """What grows towards the camera and is linear on the screen: 1/depth in perspective, else -depth."""
    near = -wp.float64(depth)
    if perspective != 0:
        near = wp.float64(1.0) / wp.float64(depth)
    return near
