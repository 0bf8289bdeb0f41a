"""Walking the pixels of a triangle row by row, in Warp.

A pixel belongs to a triangle when its centre does; a centre on an edge belongs to the triangle to the right of the edge
or below it (the top-left rule). Where an edge crosses a row is computed from its upper end down, whichever triangle
asks, so that meshes have neither cracks nor pixels covered twice.
"""

from __future__ import annotations

import warp as wp


@wp.struct
class Sweep:
    """A triangle ready to be walked: pixel rows first..last-1, and its edges as crossings that move with the row."""

    first: wp.int32
    last: wp.int32
    top: wp.vec2d
    middle: wp.vec2d
    long_slope: wp.float64
    upper_slope: wp.float64
    lower_slope: wp.float64


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
def sweep_triangle(a: wp.vec3, b: wp.vec3, c: wp.vec3, height: int):
    """The sweep of a triangle given by screen points; only x and y count."""
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
    sweep = Sweep()
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
def drawable(a: wp.vec3, b: wp.vec3, c: wp.vec3, perspective: int):
    """Whether a triangle has an area and lies before the camera entirely."""
    seen = doubled_area(a, b, c) != 0.0
    if perspective != 0:
        seen = seen and wp.min(a[2], wp.min(b[2], c[2])) > 0.0
    return seen


@wp.func
def nearness(depth: float, perspective: int):
    """What grows towards the camera and is linear on the screen: 1/depth in perspective, else -depth."""
    near = -wp.float64(depth)
    if perspective != 0:
        near = wp.float64(1.0) / wp.float64(depth)
    return near
