"""A painted albedo freed of what belongs to the light: highlights, and factors that no skin has.

A texel's colour is what the texture model explains times a factor. Light that is modelled too simply (cast shadows,
highlights, noise divided by little light) shows as factors that no skin has beside what the model knows of skins: they
are pulled back. Highlights of skin have the light's colour and not the skin's (the dichromatic model, Shafer 1985), so
that part of a texel's excess is told from a lighter skin by its hue.
"""

from __future__ import annotations

import numpy as np

from ...images.colour import linear_to_srgb, srgb_to_linear
from ...texture.atlas.layout import HeadLayout
from .texel_blur import blurred

# Logarithms of colours below this, sRGB, say little.
_DARK = 0.03
# Wide changes are wider than this in texels of 1024; so far around lies the skin that a texel may be like.
_WIDE, _AROUND = 8.0, 40.0
# Most of the logarithms of factors on plain skin: wide ones, darker and lighter; narrow ones; and of hues, both.
_WIDE_DARKER, _WIDE_LIGHTER, _WIDE_HUE = 0.25, 0.10, 0.05
_NARROW_DARKER, _NARROW_LIGHTER, _NARROW_HUE = 0.35, 0.10, 0.05
# And of both together.
_DARKER, _LIGHTER, _HUE = 0.33, 0.12, 0.07
# Lips are painted, in any hue, and darker: so much more on them.
_LIPSTICK_DARKER, _LIPSTICK_HUE = 0.5, 0.8
# Standard deviations in linear light: of a texel's colour, its factor, and its highlight.
_NOISE, _FACTOR, _HIGHLIGHT = 0.02, 0.2, 0.12
# Below a highlight the skin is no darker than this share of what the model has there.
_DARKEST = 0.8


def without_highlights(albedo: np.ndarray, model: np.ndarray) -> np.ndarray:
    """(N, 3) sRGB of texels that (N, 3) sRGB of a texture model explain: albedo = factor * model + highlight, the
    likeliest of both in linear light, the highlight grey and not negative."""
    own, base = (srgb_to_linear(np.clip(colours, 0.0, 1.0)) for colours in (albedo, model))
    # The normal equations of two unknowns a texel, the factor's difference from 1 and the highlight.
    rest = (own - base) / _NOISE
    across, up = base / _NOISE, 1.0 / _NOISE
    a, b, d = (across**2).sum(axis=1) + _FACTOR**-2, (across * up).sum(axis=1), 3.0 * up**2 + _HIGHLIGHT**-2
    first, second = (across * rest).sum(axis=1), (up * rest).sum(axis=1)
    highlight = np.maximum((a * second - b * first) / (a * d - b * b), 0.0)
    # What is white throughout is no skin below a highlight, and without it would be grey.
    without = np.maximum(own - highlight[:, None], np.minimum(own, _DARKEST * base))
    return linear_to_srgb(without).astype(np.float32)


def bounded(
    albedo: np.ndarray, model: np.ndarray, spread: np.ndarray, layout: HeadLayout, lips: np.ndarray | None = None
) -> np.ndarray:
    """(N, 3) sRGB of the layout's covered texels, none far from the (N, 3) that a texture model explains.

    Brows and lips may lie elsewhere than the model has them: a texel is compared with what is likest to it between the
    model there and the skin around. spread : (N,) how many times as much as plain skin each texel may be darker
    (`skin_mask.albedo_spread`). lips : (N,) 0..1, which texels may have lipstick on them; None for none."""
    painted = np.zeros((len(albedo), 1), np.float32) if lips is None else lips[:, None].astype(np.float32)
    own, there = (np.log(np.maximum(colours, 0.0) + _DARK) for colours in (albedo, model))
    way = np.log(np.maximum(blurred(model, _AROUND, layout), 0.0) + _DARK) - there
    share = ((own - there) * way).sum(axis=1) / np.maximum((way**2).sum(axis=1), 1e-9)
    nearest = there + np.clip(share, 0.0, 1.0)[:, None] * way
    off = own - nearest
    around = blurred(off, _WIDE, layout)
    hues, brighter = np.zeros_like(off), np.zeros((len(off), 1), np.float32)
    for part, darker, lighter, hue in (
        (around, _WIDE_DARKER, _WIDE_LIGHTER, _WIDE_HUE),
        (off - around, _NARROW_DARKER, _NARROW_LIGHTER, _NARROW_HUE),
    ):
        brightness = part.mean(axis=1, keepdims=True)
        most = np.where(brightness < 0.0, darker * spread[:, None] + _LIPSTICK_DARKER * painted, lighter)
        brighter = brighter + _limited(brightness, most)
        hues += _limited(part - brightness, hue + _LIPSTICK_HUE * painted)
    brighter = np.clip(brighter, -_DARKER * spread[:, None] - _LIPSTICK_DARKER * painted, _LIGHTER)
    most = _HUE + _LIPSTICK_HUE * painted
    hues = np.clip(hues, -most, most)
    return np.clip(np.exp(nearest + brighter + hues) - _DARK, 0.0, 1.0).astype(np.float32)


def _limited(values: np.ndarray, most: np.ndarray | float) -> np.ndarray:
    """The values up to half of `most`, and ever less of what is beyond, never more than `most`."""
    half = 0.5 * most
    beyond = np.maximum(np.abs(values) - half, 0.0)
    return np.sign(values) * (np.minimum(np.abs(values), half) + half * np.tanh(beyond / np.maximum(half, 1e-9)))
