"""Pixels that show something else than the skin: hair, glasses, hands.

A residual is either the model's noise or anything at all; neighbours are of one kind mostly, so that the evidence is
taken together over a small neighbourhood before a pixel's chance of showing the skin is told (one step of expectation
maximisation).
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

# Of three colours and their neighbours' so much evidence is new: errors of the model go together.
_INDEPENDENT = 0.5
# What anything at all may be: evenly spread residuals in this width of every colour, and how often it is there.
_WIDTH, _SHARE = 0.8, 0.15
# Residuals beyond so many standard deviations count as that many: one pixel convinces no neighbourhood.
_MOST = 6.0


def skin_chances(residuals: np.ndarray, seen: np.ndarray, sigma: np.ndarray, reach: float) -> np.ndarray:
    """(h, w) float32 chances that pixels show what the model does; 0 where nothing is seen.

    residuals : (h, w, 3), model - photo, sRGB. seen : (h, w) bool. sigma : (h, w), the model's noise. reach : pixels
    that neighbours reach (standard deviation)."""
    energy = np.where(seen[..., None], np.clip(residuals / sigma[..., None], -_MOST, _MOST) ** 2, 0.0).sum(axis=2)
    weight = gaussian_filter(seen.astype(np.float32), reach)
    around = gaussian_filter(energy.astype(np.float32), reach) / np.maximum(weight, 1e-6)
    # Evidence of the neighbourhood and the pixel's own share alike.
    together = 0.5 * (around + energy)
    skin = np.log(1.0 - _SHARE) - _INDEPENDENT * (0.5 * together + 3.0 * np.log(np.sqrt(2.0 * np.pi) * sigma))
    other = np.log(_SHARE) - _INDEPENDENT * 3.0 * np.log(_WIDTH)
    chances = 1.0 / (1.0 + np.exp(np.clip(other - skin, -50.0, 50.0)))
    return np.where(seen, chances, 0.0).astype(np.float32)


def noise_sigma(residuals: np.ndarray, weights: np.ndarray, least: float) -> float:
    """The standard deviation of (N, 3) residuals of a colour, each pixel counting by (N,) weights."""
    total = max(3.0 * float(weights.sum()), 1e-9)
    return max(float(np.sqrt((weights @ residuals**2).sum() / total)), least)
