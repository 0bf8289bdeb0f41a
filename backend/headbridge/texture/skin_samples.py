"""Textures between the open space's skins, to train networks on."""

from __future__ import annotations

import numpy as np

from .space import TextureSpace

# Skins that are mixed for one texture, and how even their shares are.
_MIXED = 3
_EVENNESS = 1.0


class SkinSamples:
    """Random textures of a space: what its skins give when a few of them are mixed.

    space : its samples' coefficients have mean 0 and variance 1 in every component. skins : (N, K), coefficients of the
        N skins the space was made of. seed : of the random numbers."""

    def __init__(self, space: TextureSpace, skins: np.ndarray, seed: int = 0):
        self._space, self._skins = space, skins
        self._rng = np.random.default_rng(seed)

    def coefficients(self, count: int) -> np.ndarray:
        """(count, K) of mixed skins. A mixture is less varied than the skins; all but the first component, which is
        how light the skin is and has its limits, are brought back to unit variance."""
        shares = self._rng.dirichlet(np.full(_MIXED, _EVENNESS), count)
        chosen = self._rng.integers(0, len(self._skins), (count, _MIXED))
        mixed = np.einsum("nm,nmk->nk", shares, self._skins[chosen])
        mixed[:, 1:] /= np.linalg.norm(shares, axis=1)[:, None]
        return mixed

    def textures(self, coefficients: np.ndarray, tile: int = 0) -> np.ndarray:
        """(N, size, size, 3) float32 encoded sRGB 0..1, of (N, K)."""
        space = self._space
        basis = space.components[tile].reshape(-1, space.count)
        flat = coefficients.astype(np.float32) @ basis.T
        return np.clip(flat.reshape(len(flat), space.size, space.size, 3) + space.mean[tile], 0.0, 1.0)


def skin_coefficients(space: TextureSpace, pictures: np.ndarray) -> np.ndarray:
    """(N, K) coefficients of pictures (T, size, size, 3, N) by projection onto the space's components."""
    basis = space.components.reshape(-1, space.count)
    centred = pictures.reshape(len(basis), -1) - space.mean.reshape(-1, 1)
    return ((basis.T @ centred) / (basis**2).sum(axis=0)[:, None]).T
