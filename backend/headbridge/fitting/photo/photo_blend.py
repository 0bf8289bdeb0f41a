"""Blending what several photos say of the same texels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter

from ...texture.atlas.layout import HeadLayout
from .painted_share import pictured

# Photos blend softly below this size in texels of 1024, and above it the one that sees a place best wins.
_BLEND, _SHARP = 16.0, 6


class PhotoBlend:
    """Blends what P photos say of the covered texels."""

    def __init__(self, shares: np.ndarray, photos, seen_texels_of, layout: HeadLayout):
        self._layout, self._size = layout, layout.shape[0]
        finest = min(photo.millimetres for photo in photos)
        quality = np.stack(
            [
                share * np.maximum(seen.facing, 0.0) ** 2 * (finest / photo.millimetres) ** 2
                for share, seen, photo in zip(shares, seen_texels_of, photos, strict=True)
            ]
        )
        # Places that no photo shows well still need a number.
        quality = np.maximum(quality, 1e-6 * (0.1 + np.stack([s.facing > 0.0 for s in seen_texels_of])))
        self._soft = quality / quality.sum(axis=0)
        sharp = self._soft**_SHARP
        self._sharp = sharp / sharp.sum(axis=0)

    def __call__(self, colours: Sequence[np.ndarray]) -> np.ndarray:
        """(N, 3) of (N, 3) for each photo: wide changes come from all, details from the best."""
        if len(colours) == 1:
            return colours[0]
        soft, sharp = (sum(w[:, None] * c for w, c in zip(weights, colours)) for weights in (self._soft, self._sharp))
        sigma = _BLEND * self._size / 1024.0
        wide = gaussian_filter(pictured(self._layout, soft - sharp, 3), (sigma, sigma, 0.0))
        total = gaussian_filter(self._layout.covered.astype(np.float32), sigma)
        return sharp + (wide / np.maximum(total, 1e-3)[..., None])[self._layout.covered]
