"""How much of a triangle's corners its pixels show, with perspective, and what gradients there mean for the corners;
Warp functions.

A value at a pixel is ``value_a + (rise_b B + rise_c C) / D``: `rise_b` and `rise_c` lead from the first corner's value
to the others', and B, C, D are linear on the screen. Therefore a kernel that walks the pixels of a triangle needs no
more than the sums of ``h = gradient / D``, of ``m = h . (value - value_a)``, and of both times the pixels' x and y from
the first corner; `gradients_of_corners` and `shares_of_corners` make the gradients of them.
"""

from __future__ import annotations

import warp as wp

from .sweep import Sweep, doubled_area, leading_corner, sweep_triangle


@wp.struct
class Corners:
    """A triangle on the screen: its first corner, the sides from there to the others, 1 / twice its signed area, and
    what perspective multiplies the corners' flat shares by (1 / depth, or 1). B, C and D are 0, 0 and the first weight
    at the first corner; the others are how they grow with x and y. `first` says which corner of the triangle comes
    first (`leading_corner`)."""

    first: wp.int32
    origin: wp.vec2
    to_b: wp.vec2
    to_c: wp.vec2
    inverse_area: wp.float32
    weights: wp.vec3
    b_grows: wp.vec2
    c_grows: wp.vec2
    total_grows: wp.vec2
    sweep: Sweep


@wp.func
def turned(places: wp.vec3i, first: int):
    """The three numbers in turn, from the given one on."""
    return wp.vec3i(places[first], places[(first + 1) % 3], places[(first + 2) % 3])


@wp.func
def load_corners(
    points: wp.array(dtype=wp.vec3),
    triangles: wp.array(dtype=wp.vec3i),
    offset: int,
    t: int,
    height: int,
    perspective: int,
):
    """Triangle t of a view whose points start at `offset`, ready to be walked over `height` rows of pixels."""
    places = triangles[t]
    a = points[offset + places[0]]
    b = points[offset + places[1]]
    c = points[offset + places[2]]
    corners = Corners()
    corners.first = leading_corner(a, b, c, perspective)
    if corners.first > 0:
        places = turned(places, corners.first)
        a = points[offset + places[0]]
        b = points[offset + places[1]]
        c = points[offset + places[2]]
    corners.origin = wp.vec2(a[0], a[1])
    corners.to_b = wp.vec2(b[0] - a[0], b[1] - a[1])
    corners.to_c = wp.vec2(c[0] - a[0], c[1] - a[1])
    corners.inverse_area = 1.0 / doubled_area(a, b, c)
    corners.weights = wp.vec3(1.0, 1.0, 1.0)
    if perspective != 0:
        corners.weights = wp.vec3(1.0 / a[2], 1.0 / b[2], 1.0 / c[2])
    b_grows = wp.vec2(corners.to_c[1], -corners.to_c[0]) * corners.inverse_area
    c_grows = wp.vec2(-corners.to_b[1], corners.to_b[0]) * corners.inverse_area
    corners.b_grows = b_grows * corners.weights[1]
    corners.c_grows = c_grows * corners.weights[2]
    corners.total_grows = b_grows * (corners.weights[1] - corners.weights[0]) + c_grows * (
        corners.weights[2] - corners.weights[0]
    )
    corners.sweep = sweep_triangle(a, b, c, height, perspective)
    return corners


@wp.func
def gradients_of_corners(corners: Corners, plain: wp.vec3, times_x: wp.vec3, times_y: wp.vec3, perspective: int):
    """Rows a, b, c of gradients of a triangle's screen points (x, y, depth).

    plain : for every corner the sum over the pixels of ``h . value_of_the_corner - m``, values taken from the first
    corner's; times_x, times_y : the same times the pixels' x and y."""
    weights = corners.weights
    inverse_area = corners.inverse_area
    bx = corners.to_b[0]
    by = corners.to_b[1]
    cx = corners.to_c[0]
    cy = corners.to_c[1]
    of_b = (plain[1] * weights[1] - plain[0] * weights[0]) * inverse_area
    of_b_x = (times_x[1] * weights[1] - times_x[0] * weights[0]) * inverse_area
    of_b_y = (times_y[1] * weights[1] - times_y[0] * weights[0]) * inverse_area
    of_c = (plain[2] * weights[2] - plain[0] * weights[0]) * inverse_area
    of_c_x = (times_x[2] * weights[2] - times_x[0] * weights[0]) * inverse_area
    of_c_y = (times_y[2] * weights[2] - times_y[0] * weights[0]) * inverse_area
    of_area = (of_b_x * cy - of_b_y * cx + of_c_y * bx - of_c_x * by) * inverse_area
    to_b = wp.vec2(of_c_y - of_area * cy, of_area * cx - of_c_x)
    to_c = wp.vec2(of_area * by - of_b_y, of_b_x - of_area * bx)
    to_pixel = wp.vec2(of_b * cy - of_c * by, of_c * bx - of_b * cx)
    to_a = -(to_b + to_c + to_pixel)
    depths = wp.vec3(0.0, 0.0, 0.0)
    # The weights are 1 / depth with perspective, and constant without.
    if perspective != 0:
        flat_b = (times_x * cy - times_y * cx) * inverse_area
        flat_c = (times_y * bx - times_x * by) * inverse_area
        depths = wp.vec3(
            (flat_b[0] + flat_c[0] - plain[0]) * weights[0] * weights[0],
            -flat_b[1] * weights[1] * weights[1],
            -flat_c[2] * weights[2] * weights[2],
        )
    return wp.matrix_from_rows(
        wp.vec3(to_a[0], to_a[1], depths[0]), wp.vec3(to_b[0], to_b[1], depths[1]), wp.vec3(to_c[0], to_c[1], depths[2])
    )
