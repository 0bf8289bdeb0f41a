"""Sampling a texture under the footprint of a target texel."""

from __future__ import annotations

import numpy as np
import warp as wp

from ..images import Image
from ..images.colour import encode_srgb
from .texture import Levels, Texture

# Samples along each side of a footprint; wider ones use a coarser level.
MOST_SAMPLES = 4
_MOST_SAMPLES = wp.constant(MOST_SAMPLES)


def levels_needed(footprints: np.ndarray) -> int:
    """The coarsest level that (N, 2, 2) footprints in texels of level 0 ask for."""
    longest = np.sqrt((footprints**2).sum(axis=1)).max(initial=1.0)
    return max(0, int(np.ceil(np.log2(longest / MOST_SAMPLES) - 1e-6)))


@wp.func
def _texel(levels: Levels, level: int, x: int, y: int):
    column = wp.clamp(x, 0, levels.widths[level] - 1)
    row = wp.clamp(y, 0, levels.heights[level] - 1)
    return levels.texels[levels.starts[level] + row * levels.widths[level] + column]


@wp.func
def _bilinear(levels: Levels, level: int, column: int, row: int, x: float, y: float):
    """At (x, y) texels to the right of and below the centre of a texel."""
    s = x - wp.floor(x)
    t = y - wp.floor(y)
    left = column + int(wp.floor(x))
    top = row + int(wp.floor(y))
    upper = _texel(levels, level, left, top) * (1.0 - s) + _texel(levels, level, left + 1, top) * s
    lower = _texel(levels, level, left, top + 1) * (1.0 - s) + _texel(levels, level, left + 1, top + 1) * s
    return upper * (1.0 - t) + lower * t


@wp.func
def _cubic_weights(t: float):
    """Catmull-Rom: weights of the texels at -1, 0, 1 and 2 for a position t in 0..1."""
    return wp.vec4(
        0.5 * t * (t * (2.0 - t) - 1.0),
        1.0 + 0.5 * t * t * (3.0 * t - 5.0),
        0.5 * t * (t * (4.0 - 3.0 * t) + 1.0),
        0.5 * t * t * (t - 1.0),
    )


@wp.func
def _cubic(levels: Levels, level: int, column: int, row: int, x: float, y: float):
    """At (x, y) texels to the right of and below the centre of a texel."""
    across = _cubic_weights(x - wp.floor(x))
    down = _cubic_weights(y - wp.floor(y))
    left = column + int(wp.floor(x))
    top = row + int(wp.floor(y))
    total = wp.vec4()
    for j in range(4):
        line = wp.vec4()
        for i in range(4):
            line += across[i] * _texel(levels, level, left + i - 1, top + j - 1)
        total += down[j] * line
    return total


@wp.func
def _sample_count(length: float):
    return wp.clamp(int(wp.round(length)), 1, _MOST_SAMPLES)


@wp.func
def sample_footprint(levels: Levels, coarsest: int, cubic: bool, place: wp.vec2d, footprint: wp.mat22):
    """Mean colour, premultiplied, over the parallelogram about `place` that the columns of `footprint` span; both in
    texels of level 0, from the upper left corner, y down.

    The sides decide apart from each other how many samples they need, so that a stretched footprint blurs along its
    long side only. One sample is taken where a side is about a texel or shorter.
    """
    first = wp.vec2(footprint[0, 0], footprint[1, 0])
    second = wp.vec2(footprint[0, 1], footprint[1, 1])
    longest = wp.max(wp.length(first), wp.length(second))
    level = int(0)
    scale = float(1.0)
    while level < coarsest and longest * scale > float(_MOST_SAMPLES) * 1.000001:
        level += 1
        scale *= 0.5
    first *= scale
    second *= scale
    # Positions in texels halve from level to level; the levels' sizes do so only roughly where one is odd.
    # Large pictures need more digits than float32 has, but only down to the texel.
    x = place[0] * wp.float64(scale) - wp.float64(0.5)
    y = place[1] * wp.float64(scale) - wp.float64(0.5)
    column = int(wp.floor(x))
    row = int(wp.floor(y))
    middle = wp.vec2(float(x - wp.floor(x)), float(y - wp.floor(y)))
    along = _sample_count(wp.length(first))
    across = _sample_count(wp.length(second))
    total = wp.vec4()
    for i in range(along):
        for j in range(across):
            s = (float(i) + 0.5) / float(along) - 0.5
            t = (float(j) + 0.5) / float(across) - 0.5
            at = middle + s * first + t * second
            # Where both sides are averaged, sharper samples would change nothing.
            if cubic and (along == 1 or across == 1):
                total += _cubic(levels, level, column, row, at[0], at[1])
            else:
                total += _bilinear(levels, level, column, row, at[0], at[1])
    return total / float(along * across)


@wp.func
def encode(colour: wp.vec4, is_srgb: bool, low: float, high: float):
    """A premultiplied linear colour in an image's own values, clamped to the linear range it had before sampling: cubic
    weights overshoot."""
    alpha = wp.clamp(colour[3], 0.0, 1.0)
    result = wp.vec4(0.0, 0.0, 0.0, alpha)
    if alpha > 0.0:
        for channel in range(3):
            value = wp.clamp(colour[channel] / alpha, low, high)
            if is_srgb:
                value = encode_srgb(value)
            result[channel] = value
    return result


def in_texels(uvs: np.ndarray, image: Image) -> np.ndarray:
    """(..., 2) places on an image, in texels from its upper left corner with y down, of UVs of the tile 0..1."""
    return (uvs * (1.0, -1.0) + (0.0, 1.0)) * (image.width, image.height)


def sampling_arguments(texture: Texture, filter: str) -> list:
    """What a kernel passes to `sample_footprint` and `encode`: levels, coarsest, cubic, is_srgb, low, high."""
    image = texture.image
    is_srgb = image.encoded == "sRGB"
    colours = image.pixels[..., : image.colour_channels]
    low, high = (0.0, 1.0) if is_srgb else (float(colours.min()), float(colours.max()))
    return [texture.levels, texture.coarsest, filter == "cubic", is_srgb, low, high]
