"""Which coefficients of the open texture space look plausible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_NONE = float("inf")
# How far single faces go beyond natural ranges.
_UNUSUAL = 2.0


@dataclass(frozen=True)
class PlausibleRange:
    """Coefficients scale * x + offset of normal numbers x, which are cut off at `least` and `most`.

    All cuts are at -1 or 1, so that a texture's dependence on x bends only there."""

    scale: float
    offset: float = 0.0
    least: float = -_NONE
    most: float = _NONE


# Skins are dark or light within limits; a sum of independent components is more mixed than any of them.
_TONE, _SKIN = PlausibleRange(1.15, -0.2, -1.0, 1.0), PlausibleRange(0.7)
# Brows and lashes are never lighter than the skin around, most people have no beard, lips no other hue than red.
_DRAWN = {
    "brows: darker": PlausibleRange(0.8, 0.0, -1.0, 1.0),
    "brows: higher": PlausibleRange(0.35),
    "brows: thicker": PlausibleRange(0.6, 0.1, -1.0, 1.0),
    "beard": PlausibleRange(1.3, -1.3, 1.0),
    "moustache": PlausibleRange(1.5, -1.5, 1.0),
    "lips: darker": PlausibleRange(0.5, 0.0, -1.0, 1.0),
    "lips: redder": PlausibleRange(0.5, 0.3, -1.0, 1.0),
    "lashes: darker": PlausibleRange(0.7, 0.0, -1.0),
    "whites: darker": PlausibleRange(0.5, -0.5, -1.0, 1.0),
    "irises: lighter": PlausibleRange(0.9, 0.3, -1.0, 1.0),
    "irises: bluer": PlausibleRange(0.8, 0.6, -1.0, 1.0),
}


def plausible_range(label: str) -> PlausibleRange:
    """Of the component of that label; `KeyError` for one that is not of the open space."""
    if label.startswith("skin"):
        return _TONE if label == "skin 1" else _SKIN
    return _DRAWN[label]


def plausible_coefficients(labels: tuple[str, ...], normal: np.ndarray) -> np.ndarray:
    """(..., K) coefficients of a natural texture of (..., K) independent normal numbers, for components of K labels."""
    ranges = [plausible_range(label) for label in labels]
    scale, offset, least, most = np.array([(r.scale, r.offset, r.least, r.most) for r in ranges]).reshape(-1, 4).T
    return (scale * np.clip(normal, least, most) + offset).astype(np.float32)


def plausible_limits(labels: tuple[str, ...]) -> np.ndarray:
    """(2, K) least and greatest coefficients of what is drawn on skins that a face may have; skins themselves have no
    limits."""
    limits = np.full((2, len(labels)), np.inf) * [[-1.0], [1.0]]
    for number, label in enumerate(labels):
        if not label.startswith("skin"):
            drawn = plausible_range(label)
            least, most = drawn.offset + drawn.scale * np.array([drawn.least, drawn.most])
            # One face is less usual than most.
            width = most - least if np.isfinite(most - least) else 2.0 * drawn.scale
            more = (_UNUSUAL - 1.0) * 0.5 * width
            limits[:, number] = least - more, most + more
    return limits
