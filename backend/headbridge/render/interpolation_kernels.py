"""Warp kernels that carry attributes from triangles to pixels and gradients back, for a number of channels.

Forward and backward walk the pixels of every triangle and use those that show it: a triangle's own numbers are read
and its gradients written once, and no two threads write to the same place.
"""

# No postponed annotations here: the kernels' types depend on the number of channels.

from functools import cache
from types import SimpleNamespace

import warp as wp

from .sweep import doubled_area, row_span, sweep_triangle


@wp.func
def _depth_weight(depth: float, perspective: int):
    weight = float(1.0)
    if perspective != 0:
        weight = 1.0 / depth
    return weight


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
        corners = triangles[t]
        a = points[view * count + corners[0]]
        b = points[view * count + corners[1]]
        c = points[view * count + corners[2]]
        sweep = sweep_triangle(a, b, c, height)
        places = attribute_triangles[t]
        value_a = attributes[view * attribute_count + places[0]]
        value_b = attributes[view * attribute_count + places[1]]
        value_c = attributes[view * attribute_count + places[2]]
        inverse_area = 1.0 / doubled_area(a, b, c)
        weight_a = _depth_weight(a[2], perspective)
        weight_b = _depth_weight(b[2], perspective)
        weight_c = _depth_weight(c[2], perspective)
        for row in range(sweep.first, sweep.last):
            span = row_span(sweep, row, width)
            dy = float(row) + 0.5 - a[1]
            pixel = (view * height + row) * width
            for column in range(span[0], span[1]):
                if seen[pixel + column] == t:
                    dx = float(column) + 0.5 - a[0]
                    flat_b = (dx * (c[1] - a[1]) - dy * (c[0] - a[0])) * inverse_area
                    flat_c = (dy * (b[0] - a[0]) - dx * (b[1] - a[1])) * inverse_area
                    share_a = (1.0 - flat_b - flat_c) * weight_a
                    share_b = flat_b * weight_b
                    share_c = flat_c * weight_c
                    total = 1.0 / (share_a + share_b + share_c)
                    picture[pixel + column] = (
                        value_a * (share_a * total) + value_b * (share_b * total) + value_c * (share_c * total)
                    )

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
        view = i // triangles.shape[0]
        t = i - view * triangles.shape[0]
        point_a = wp.vec3(0.0, 0.0, 0.0)
        point_b = wp.vec3(0.0, 0.0, 0.0)
        point_c = wp.vec3(0.0, 0.0, 0.0)
        zero = Vector()
        attribute_a = zero * 1.0
        attribute_b = zero * 1.0
        attribute_c = zero * 1.0
        if shown[i] != 0:
            corners = triangles[t]
            a = points[view * count + corners[0]]
            b = points[view * count + corners[1]]
            c = points[view * count + corners[2]]
            sweep = sweep_triangle(a, b, c, height)
            places = attribute_triangles[t]
            value_a = attributes[view * attribute_count + places[0]]
            value_b = attributes[view * attribute_count + places[1]]
            value_c = attributes[view * attribute_count + places[2]]
            bx = b[0] - a[0]
            by = b[1] - a[1]
            cx = c[0] - a[0]
            cy = c[1] - a[1]
            inverse_area = 1.0 / doubled_area(a, b, c)
            weight_a = _depth_weight(a[2], perspective)
            weight_b = _depth_weight(b[2], perspective)
            weight_c = _depth_weight(c[2], perspective)
            raw_sum = wp.vec3(0.0, 0.0, 0.0)
            raw_x = wp.vec3(0.0, 0.0, 0.0)
            raw_y = wp.vec3(0.0, 0.0, 0.0)
            for row in range(sweep.first, sweep.last):
                span = row_span(sweep, row, width)
                dy = float(row) + 0.5 - a[1]
                pixel = (view * height + row) * width
                for column in range(span[0], span[1]):
                    if seen[pixel + column] == t:
                        dx = float(column) + 0.5 - a[0]
                        flat_b = (dx * cy - dy * cx) * inverse_area
                        flat_c = (dy * bx - dx * by) * inverse_area
                        flat_a = 1.0 - flat_b - flat_c
                        total = 1.0 / (flat_a * weight_a + flat_b * weight_b + flat_c * weight_c)
                        share_a = flat_a * weight_a * total
                        share_b = flat_b * weight_b * total
                        share_c = flat_c * weight_c * total
                        incoming = gradient[pixel + column]
                        if want_attributes != 0:
                            attribute_a += incoming * share_a
                            attribute_b += incoming * share_b
                            attribute_c += incoming * share_c
                        if want_points != 0:
                            pull_a = wp.dot(incoming, value_a)
                            pull_b = wp.dot(incoming, value_b)
                            pull_c = wp.dot(incoming, value_c)
                            mean = pull_a * share_a + pull_b * share_b + pull_c * share_c
                            # Of the shares before they are divided by their sum.
                            raw = wp.vec3(pull_a - mean, pull_b - mean, pull_c - mean) * total
                            raw_sum += raw
                            raw_x += raw * dx
                            raw_y += raw * dy
            # All that is left is linear in dx and dy: it needs no more than the sums over the pixels.
            of_b = (raw_sum[1] * weight_b - raw_sum[0] * weight_a) * inverse_area
            of_b_x = (raw_x[1] * weight_b - raw_x[0] * weight_a) * inverse_area
            of_b_y = (raw_y[1] * weight_b - raw_y[0] * weight_a) * inverse_area
            of_c = (raw_sum[2] * weight_c - raw_sum[0] * weight_a) * inverse_area
            of_c_x = (raw_x[2] * weight_c - raw_x[0] * weight_a) * inverse_area
            of_c_y = (raw_y[2] * weight_c - raw_y[0] * weight_a) * inverse_area
            of_area = (of_b_x * cy - of_b_y * cx + of_c_y * bx - of_c_x * by) * inverse_area
            to_b = wp.vec2(of_c_y - of_area * cy, of_area * cx - of_c_x)
            to_c = wp.vec2(of_area * by - of_b_y, of_b_x - of_area * bx)
            to_pixel = wp.vec2(of_b * cy - of_c * by, of_c * bx - of_b * cx)
            to_a = -(to_b + to_c + to_pixel)
            # The weights are 1 / depth with perspective, and constant without.
            depths = wp.vec3(0.0, 0.0, 0.0)
            if perspective != 0:
                flat_b_raw = (raw_x * cy - raw_y * cx) * inverse_area
                flat_c_raw = (raw_y * bx - raw_x * by) * inverse_area
                depths = wp.vec3(
                    (flat_b_raw[0] + flat_c_raw[0] - raw_sum[0]) * weight_a * weight_a,
                    -flat_b_raw[1] * weight_b * weight_b,
                    -flat_c_raw[2] * weight_c * weight_c,
                )
            point_a = wp.vec3(to_a[0], to_a[1], depths[0])
            point_b = wp.vec3(to_b[0], to_b[1], depths[1])
            point_c = wp.vec3(to_c[0], to_c[1], depths[2])
        if want_points != 0:
            of_points[3 * i] = point_a
            of_points[3 * i + 1] = point_b
            of_points[3 * i + 2] = point_c
        if want_attributes != 0:
            of_attributes[3 * i] = attribute_a
            of_attributes[3 * i + 1] = attribute_b
            of_attributes[3 * i + 2] = attribute_c

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
