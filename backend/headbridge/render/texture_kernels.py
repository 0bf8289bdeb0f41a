"""Warp kernels of bilinear texture sampling for a number of channels."""

# No postponed annotations here: the kernels' types depend on the number of channels.

from functools import cache
from types import SimpleNamespace

import warp as wp


@wp.struct
class Footprint:
    """The four texels about a place: their rows and columns, and how far it is from the first to the second."""

    left: wp.int32
    right: wp.int32
    upper: wp.int32
    lower: wp.int32
    across: wp.float32
    down: wp.float32
    inside: wp.vec2


@wp.func
def _texel_row(uv: wp.vec2, height: int):
    return wp.clamp((1.0 - uv[1]) * float(height) - 0.5, 0.0, float(height - 1))


@wp.func
def _footprint(uv: wp.vec2, height: int, width: int):
    x = uv[0] * float(width) - 0.5
    y = (1.0 - uv[1]) * float(height) - 0.5
    place = Footprint()
    # The texture is constant beyond its outermost centres: nothing there depends on the coordinate.
    place.inside = wp.vec2(
        wp.where(x > 0.0 and x < float(width - 1), 1.0, 0.0), wp.where(y > 0.0 and y < float(height - 1), 1.0, 0.0)
    )
    x = wp.clamp(x, 0.0, float(width - 1))
    y = wp.clamp(y, 0.0, float(height - 1))
    place.left = int(x)
    place.upper = int(y)
    place.right = wp.min(place.left + 1, width - 1)
    place.lower = wp.min(place.upper + 1, height - 1)
    place.across = x - float(place.left)
    place.down = y - float(place.upper)
    return place


@cache
def texture_kernels(channels: int) -> SimpleNamespace:
    """`vector`, the type of a texel, and the kernels `forward`, `uv_gradient` and `scatter`."""
    Vector = wp.types.vector(length=channels, dtype=wp.float32)

    @wp.kernel(enable_backward=False, module="unique")
    def sample_forward(
        first: int,
        stride: int,
        texture: wp.array(dtype=Vector),
        texture_height: int,
        texture_width: int,
        view_rows: int,
        uvs: wp.array(dtype=wp.vec2),
        seen: wp.array(dtype=wp.int32),
        height: int,
        width: int,
        want_slopes: int,
        picture: wp.array(dtype=Vector),
        slopes: wp.array(dtype=Vector),
    ):
        row, group = wp.tid()
        row += first
        start = (row // height) * view_rows
        for pixel in range(row * width + group * stride, row * width + (group + 1) * stride):
            if seen[pixel] < 0:
                picture[pixel] = Vector()
                if want_slopes != 0:
                    slopes[2 * pixel] = Vector()
                    slopes[2 * pixel + 1] = Vector()
            else:
                place = _footprint(uvs[pixel], texture_height, texture_width)
                upper = (start + place.upper) * texture_width
                lower = (start + place.lower) * texture_width
                upper_left = texture[upper + place.left]
                upper_right = texture[upper + place.right]
                lower_left = texture[lower + place.left]
                lower_right = texture[lower + place.right]
                above = upper_left * (1.0 - place.across) + upper_right * place.across
                below = lower_left * (1.0 - place.across) + lower_right * place.across
                picture[pixel] = above * (1.0 - place.down) + below * place.down
                if want_slopes != 0:
                    along_u = (upper_right - upper_left) * (1.0 - place.down) + (lower_right - lower_left) * place.down
                    slopes[2 * pixel] = along_u * (place.inside[0] * float(texture_width))
                    slopes[2 * pixel + 1] = (above - below) * (place.inside[1] * float(texture_height))

    @wp.kernel(enable_backward=False, module="unique")
    def sample_uv_gradient(
        first: int,
        stride: int,
        width: int,
        gradient: wp.array(dtype=Vector),
        slopes: wp.array(dtype=Vector),
        of_uvs: wp.array(dtype=wp.vec2),
    ):
        row, group = wp.tid()
        row += first
        for pixel in range(row * width + group * stride, row * width + (group + 1) * stride):
            incoming = gradient[pixel]
            of_uvs[pixel] = wp.vec2(wp.dot(incoming, slopes[2 * pixel]), wp.dot(incoming, slopes[2 * pixel + 1]))

    @wp.kernel(enable_backward=False, module="unique")
    def sample_scatter(
        first_texel_row: int,
        last_texel_row: int,
        stride: int,
        texture: wp.array(dtype=Vector),
        texture_height: int,
        texture_width: int,
        view_rows: int,
        uvs: wp.array(dtype=wp.vec2),
        seen: wp.array(dtype=wp.int32),
        height: int,
        width: int,
        gradient: wp.array(dtype=Vector),
        of_texture: wp.array(dtype=Vector),
    ):
        row, group = wp.tid()
        start = (row // height) * view_rows
        for pixel in range(row * width + group * stride, row * width + (group + 1) * stride):
            if seen[pixel] >= 0:
                uv = uvs[pixel]
                row_of_uv = float(start) + _texel_row(uv, texture_height)
                if row_of_uv > float(first_texel_row - 1) and row_of_uv < float(last_texel_row):
                    place = _footprint(uv, texture_height, texture_width)
                    upper = start + place.upper
                    lower = start + place.lower
                    incoming = gradient[pixel]
                    if upper >= first_texel_row:
                        above = incoming * (1.0 - place.down)
                        wp.atomic_add(of_texture, upper * texture_width + place.left, above * (1.0 - place.across))
                        wp.atomic_add(of_texture, upper * texture_width + place.right, above * place.across)
                    if lower < last_texel_row:
                        below = incoming * place.down
                        wp.atomic_add(of_texture, lower * texture_width + place.left, below * (1.0 - place.across))
                        wp.atomic_add(of_texture, lower * texture_width + place.right, below * place.across)

    return SimpleNamespace(
        vector=Vector, forward=sample_forward, uv_gradient=sample_uv_gradient, scatter=sample_scatter
    )
