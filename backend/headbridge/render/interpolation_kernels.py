"""Warp kernels that carry attributes from triangles to pixels and gradients back, for a number of channels.

Forward and backward walk the pixels of every triangle and use those that show it: a triangle's own numbers are read
and its gradients written once, and no two threads write to the same place.
"""

# No postponed annotations here: the kernels' types depend on the number of channels.

from functools import cache
from types import SimpleNamespace

import warp as wp

from .corner_shares import gradients_of_corners, load_corners, turned
from .sweep import row_span


@cache
def interpolation_kernels(channels: int) -> SimpleNamespace:
    """`vector`, the type of an attribute, and the kernels `forward`, `backward` and `sum_corners`."""
    Vector = wp.types.vector(length=channels, dtype=wp.float32)

    @wp.kernel(enable_backward=False, module="unique")
    def interpolate_forward(
        first: int,
        points: wp.array(dtype=wp.vec3),
        triangles: wp.array(dtype=wp.vec3i),
        count: int,
        attributes: wp.array(dtype=Vector),
        attribute_triangles: wp.array(dtype=wp.vec3i),
        attribute_count: int,
        height: int,
        width: int,
        perspective: int,
        seen: wp.array(dtype=wp.int32),
        shown: wp.array(dtype=wp.int32),
        picture: wp.array(dtype=Vector),
    ):
        i = wp.tid() + first
        if shown[i] == 0:
            return
        view = i // triangles.shape[0]
        t = i - view * triangles.shape[0]
        corners = load_corners(points, triangles, view * count, t, height, perspective)
        places = turned(attribute_triangles[t], corners.first)
        value_a = attributes[view * attribute_count + places[0]]
        rise_b = attributes[view * attribute_count + places[1]] - value_a
        rise_c = attributes[view * attribute_count + places[2]] - value_a
        for row in range(corners.sweep.first, corners.sweep.last):
            span = row_span(corners.sweep, row, width)
            dy = float(row) + 0.5 - corners.origin[1]
            pixel = (view * height + row) * width
            for column in range(span[0], span[1]):
                if seen[pixel + column] == t:
                    dx = float(column) + 0.5 - corners.origin[0]
                    b = dx * corners.b_grows[0] + dy * corners.b_grows[1]
                    c = dx * corners.c_grows[0] + dy * corners.c_grows[1]
                    total = corners.weights[0] + dx * corners.total_grows[0] + dy * corners.total_grows[1]
                    picture[pixel + column] = value_a + (rise_b * b + rise_c * c) / total

    @wp.kernel(enable_backward=False, module="unique")
    def interpolate_backward(
        first: int,
        points: wp.array(dtype=wp.vec3),
        triangles: wp.array(dtype=wp.vec3i),
        count: int,
        attributes: wp.array(dtype=Vector),
        attribute_triangles: wp.array(dtype=wp.vec3i),
        attribute_count: int,
        height: int,
        width: int,
        perspective: int,
        seen: wp.array(dtype=wp.int32),
        shown: wp.array(dtype=wp.int32),
        gradient: wp.array(dtype=Vector),
        want_points: int,
        want_attributes: int,
        of_points: wp.array(dtype=wp.vec3),
        of_attributes: wp.array(dtype=Vector),
    ):
        i = wp.tid() + first
        if shown[i] == 0:
            return
        view = i // triangles.shape[0]
        t = i - view * triangles.shape[0]
        corners = load_corners(points, triangles, view * count, t, height, perspective)
        places = turned(attribute_triangles[t], corners.first)
        value_a = attributes[view * attribute_count + places[0]]
        rise_b = attributes[view * attribute_count + places[1]] - value_a
        rise_c = attributes[view * attribute_count + places[2]] - value_a
        zero = Vector()
        h_plain = zero * 1.0
        h_times_x = zero * 1.0
        h_times_y = zero * 1.0
        m_plain = float(0.0)
        m_times_x = float(0.0)
        m_times_y = float(0.0)
        for row in range(corners.sweep.first, corners.sweep.last):
            span = row_span(corners.sweep, row, width)
            dy = float(row) + 0.5 - corners.origin[1]
            pixel = (view * height + row) * width
            for column in range(span[0], span[1]):
                if seen[pixel + column] == t:
                    dx = float(column) + 0.5 - corners.origin[0]
                    inverse_total = 1.0 / (
                        corners.weights[0] + dx * corners.total_grows[0] + dy * corners.total_grows[1]
                    )
                    h = gradient[pixel + column] * inverse_total
                    h_plain += h
                    h_times_x += h * dx
                    h_times_y += h * dy
                    if want_points != 0:
                        b = dx * corners.b_grows[0] + dy * corners.b_grows[1]
                        c = dx * corners.c_grows[0] + dy * corners.c_grows[1]
                        m = (wp.dot(h, rise_b) * b + wp.dot(h, rise_c) * c) * inverse_total
                        m_plain += m
                        m_times_x += m * dx
                        m_times_y += m * dy
        written = turned(wp.vec3i(3 * i, 3 * i + 1, 3 * i + 2), corners.first)
        if want_points != 0:
            rows = gradients_of_corners(
                corners,
                wp.vec3(-m_plain, wp.dot(h_plain, rise_b) - m_plain, wp.dot(h_plain, rise_c) - m_plain),
                wp.vec3(-m_times_x, wp.dot(h_times_x, rise_b) - m_times_x, wp.dot(h_times_x, rise_c) - m_times_x),
                wp.vec3(-m_times_y, wp.dot(h_times_y, rise_b) - m_times_y, wp.dot(h_times_y, rise_c) - m_times_y),
                perspective,
            )
            of_points[written[0]] = rows[0]
            of_points[written[1]] = rows[1]
            of_points[written[2]] = rows[2]
        if want_attributes != 0:
            of_b = h_times_x * corners.b_grows[0] + h_times_y * corners.b_grows[1]
            of_c = h_times_x * corners.c_grows[0] + h_times_y * corners.c_grows[1]
            # D is the sum of the corners' shares.
            of_total = (
                h_plain * corners.weights[0] + h_times_x * corners.total_grows[0] + h_times_y * corners.total_grows[1]
            )
            of_attributes[written[0]] = of_total - of_b - of_c
            of_attributes[written[1]] = of_b
            of_attributes[written[2]] = of_c

    @wp.kernel(enable_backward=False, module="unique")
    def sum_corners(
        first: int,
        count: int,
        corner_count: int,
        starts: wp.array(dtype=wp.int32),
        order: wp.array(dtype=wp.int32),
        corners: wp.array(dtype=Vector),
        sums: wp.array(dtype=Vector),
    ):
        i = wp.tid() + first
        view = i // count
        point = i - view * count
        total = Vector()
        for k in range(starts[point], starts[point + 1]):
            total += corners[view * corner_count + order[k]]
        sums[i] = total

    return SimpleNamespace(
        vector=Vector, forward=interpolate_forward, backward=interpolate_backward, sum_corners=sum_corners
    )
