"""A painted albedo's wide changes, as both halves of the face tell them.

What light, shadows, hair and hands leave in an albedo lies on one half of the face as a rule: a patch of some
millimetres and more, too dark, or of another hue. Skin itself, with its blush, beard and make-up, is nearly the same on
both halves, and differs in what is small: moles, freckles, wrinkles. So each half takes the wide changes from the
likelier of both.
"""

from __future__ import annotations

import numpy as np

from ...metrics.uv_mirror import mirror_corners
from ...texture.atlas.layout import HeadLayout
from ...topologies import Topology
from .texel_blur import blurred

# Logarithms of colours below this, sRGB, say little.
_DARK = 0.03
# Changes are wide from this standard deviation on, texels of 1024: 4 to 5 mm on a face.
_WIDE = 12.0
# By so much, logarithms, an albedo that nothing disturbs differs from what a texture model has, its hue counting more:
# hue tells light and things from skin better than brightness, in which skins differ.
_USUAL, _HUE_COUNTS = 0.08, 3.0
# What no photo shows tells so much beside what one shows.
_UNSEEN = 0.02


def with_like_halves(
    albedo: np.ndarray, model: np.ndarray, seen: np.ndarray, layout: HeadLayout, topology: Topology
) -> np.ndarray:
    """(N, 3) sRGB of the layout's covered texels, whose wide changes are those of both halves together.

    Each half counts by how well it is seen, and the less, the farther it is from what the texture model explains (an
    iteratively reweighted mean with Cauchy's weights). model : (N, 3) sRGB. seen : (N,) 0..1, how well the photos show
    each texel."""
    skin = topology.skin & ~topology.no_match
    counts = np.append(skin[layout.packed.triangles].all(axis=1), False)[layout.raster.triangle[layout.covered]]
    known = (seen > 0.5) & counts
    if topology.mirror is None or not known.any():
        return albedo
    across, paired = _texels_across(layout, topology)
    own, there = (np.log(np.clip(colours, 0.0, 1.0) + _DARK) for colours in (albedo, model))
    off = blurred(own - there, _WIDE, layout, counts)
    shown = blurred(np.repeat(seen[:, None], 3, axis=1), _WIDE, layout, counts)[:, 0]
    # The person's own tone is no disturbance.
    from_usual = off - np.median(off[known], axis=0)
    brightness = from_usual.mean(axis=1, keepdims=True)
    hues = from_usual - brightness
    distance = brightness[:, 0] ** 2 + _HUE_COUNTS**2 * (hues**2).sum(axis=1)
    weight = np.maximum(shown, _UNSEEN) / (_USUAL**2 + distance)
    other = weight[across]
    common = (weight[:, None] * off + other[:, None] * off[across]) / (weight + other)[:, None]
    change = np.where((counts & paired & counts[across])[:, None], common - off, 0.0)
    return np.clip(np.exp(own + change) - _DARK, 0.0, 1.0).astype(np.float32)


def _texels_across(layout: HeadLayout, topology: Topology) -> tuple[np.ndarray, np.ndarray]:
    """(N,) numbers of the covered texels across the midline, and (N,) bool which have one; others name themselves."""
    mesh = layout.packed
    partner = mirror_corners(mesh, topology.mirror)
    places = layout.places(mesh.uvs[np.maximum(partner, 0)])
    height, width = layout.shape
    column = np.clip(np.floor(places[:, 0] * width).astype(np.int64), 0, width - 1)
    row = np.clip(np.floor((1.0 - places[:, 1]) * height).astype(np.int64), 0, height - 1)
    picture = np.full(layout.shape, -1, np.int64)
    picture[layout.covered] = np.arange(int(layout.covered.sum()))
    numbers = picture[row, column]
    whole = (partner[mesh.triangle_corners] >= 0).all(axis=1)
    paired = whole[layout.raster.triangle[layout.covered]] & (numbers >= 0)
    return np.where(paired, numbers, np.arange(len(numbers))), paired
