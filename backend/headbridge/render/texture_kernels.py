"""Warp kernels of bilinear texture sampling for a number of channels.

Every thread works on a stretch of a row of pixels. The forward kernel notes the rows of texels a stretch reads, so that
the backward kernel, which adds to some rows of texels only, can pass over the stretches that have no part in them.
"""

# No postponed annotations here: the kernels' types depend on the number of channels.

from functools import cache
from types import SimpleNamespace

import warp as wp


@wp.struct
class TexelPair:
    """Two neighbouring texels along one direction, how far a place is from the first to the second, and how many texels
    it moves by per unit of its coordinate: none where the texture is constant, beyond its outermost centres."""

    first: wp.int32
    second: wp.int32
    share: wp.float32
    slope: wp.float32


@wp.func
def _texel_pair(coordinate: float, size: int):
    place = coordinate * float(size) - 0.5
    last = float(size - 1)
    pair = TexelPair()
    pair.slope = wp.where(place > 0.0 and place < last, float(size), 0.0)
    place = wp.clamp(place, 0.0, last)
    pair.first = int(place)
    pair.second = wp.min(pair.first + 1, size - 1)
    pair.share = place - float(pair.first)
    return pair


@cache
def texture_kernels(channels: int) -> SimpleNamespace:
    """`vector`, the type of a texel, and the kernels `forward` and `backward`."""
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
        picture: wp.array(dtype=Vector),
        spans: wp.array(dtype=wp.vec2i),
    ):
        row, group = wp.tid()
        row += first
        view_row = (row // height) * view_rows
        highest = int(2147483647)
        lowest = int(-1)
        for column in range(group * stride, wp.min((group + 1) * stride, width)):
            pixel = row * width + column
            if seen[pixel] < 0:
                picture[pixel] = Vector()
            else:
                uv = uvs[pixel]
                across = _texel_pair(uv[0], texture_width)
                down = _texel_pair(1.0 - uv[1], texture_height)
                upper = (view_row + down.first) * texture_width
                lower = (view_row + down.second) * texture_width
                above = (
                    texture[upper + across.first] * (1.0 - across.share) + texture[upper + across.second] * across.share
                )
                below = (
                    texture[lower + across.first] * (1.0 - across.share) + texture[lower + across.second] * across.share
                )
                picture[pixel] = above * (1.0 - down.share) + below * down.share
                highest = wp.min(highest, view_row + down.first)
                lowest = wp.max(lowest, view_row + down.second)
        spans[row * ((width + stride - 1) // stride) + group] = wp.vec2i(highest, lowest)

    @wp.kernel(enable_backward=False, module="unique")
    def sample_backward(
        first: int,
        first_row: int,
        last_row: int,
        stride: int,
        texture: wp.array(dtype=Vector),
        texture_height: int,
        texture_width: int,
        view_rows: int,
        uvs: wp.array(dtype=wp.vec2),
        seen: wp.array(dtype=wp.int32),
        height: int,
        width: int,
        spans: wp.array(dtype=wp.vec2i),
        gradient: wp.array(dtype=Vector),
        want_texture: int,
        want_uvs: int,
        of_texture: wp.array(dtype=Vector),
        of_uvs: wp.array(dtype=wp.vec2),
    ):
        row, group = wp.tid()
        row += first
        span = spans[row * ((width + stride - 1) // stride) + group]
        if span[0] >= last_row or span[1] < first_row:
            return
        view_row = (row // height) * view_rows
        for column in range(group * stride, wp.min((group + 1) * stride, width)):
            pixel = row * width + column
            if seen[pixel] >= 0:
                uv = uvs[pixel]
                down = _texel_pair(1.0 - uv[1], texture_height)
                upper = view_row + down.first
                lower = view_row + down.second
                has_upper = upper >= first_row and upper < last_row
                has_lower = lower >= first_row and lower < last_row
                if has_upper or has_lower:
                    across = _texel_pair(uv[0], texture_width)
                    incoming = gradient[pixel]
                    upper_left = upper * texture_width + across.first
                    upper_right = upper * texture_width + across.second
                    lower_left = lower * texture_width + across.first
                    lower_right = lower * texture_width + across.second
                    if want_uvs != 0 and has_upper:
                        at_upper_left = wp.dot(incoming, texture[upper_left])
                        at_lower_left = wp.dot(incoming, texture[lower_left])
                        upper_rise = wp.dot(incoming, texture[upper_right]) - at_upper_left
                        lower_rise = wp.dot(incoming, texture[lower_right]) - at_lower_left
                        rise = lower_rise - upper_rise
                        of_uvs[pixel] = wp.vec2(
                            (upper_rise + rise * down.share) * across.slope,
                            -(at_lower_left - at_upper_left + rise * across.share) * down.slope,
                        )
                    if want_texture != 0:
                        if has_upper:
                            part = incoming * (1.0 - down.share)
                            wp.atomic_add(of_texture, upper_left, part * (1.0 - across.share))
                            wp.atomic_add(of_texture, upper_right, part * across.share)
                        if has_lower:
                            part = incoming * down.share
                            wp.atomic_add(of_texture, lower_left, part * (1.0 - across.share))
                            wp.atomic_add(of_texture, lower_right, part * across.share)

    return SimpleNamespace(vector=Vector, forward=sample_forward, backward=sample_backward)
