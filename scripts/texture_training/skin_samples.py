"""Textures between the open space's skins, to train networks on."""

from __future__ import annotations

import numpy as np

from headbridge.texture.open_space import read_skins, with_mirrored
from headbridge.texture.plausible import plausible_coefficients
from headbridge.texture.space import TextureSpace

# Skins that are mixed for one texture, and how even their shares are.
_MIXED = 3
_EVENNESS = 1.0


class SkinSamples:
    """Random textures: what the open space's skins give when a few of them are mixed, with drawn features of
    natural amounts.

    space : an open space (`open_space.make_open_space`). only : numbers of the skins to mix, from 0; None takes all.
    seed : of the random numbers."""

    def __init__(self, space: TextureSpace, only: frozenset[int] | None = None, seed: int = 0):
        _, tiles, pictures = read_skins(space.layout, space.size)
        count = pictures.shape[-1]
        both = with_mirrored(pictures, space.layout, tiles)
        self._space, self._rng = space, np.random.default_rng(seed)
        # The components are of the skins first; what is drawn on them lies behind.
        skins = sum(label.startswith("skin") for label in space.labels)
        self._drawn = space.labels[skins:]
        basis = space.components.reshape(-1, space.count)[:, :skins]
        centred = both - both.mean(axis=1, keepdims=True)
        # Components are orthogonal only at the size that they were found at.
        coefficients = np.linalg.solve((basis.T @ basis).astype(np.float64), basis.T @ centred).T.astype(np.float32)
        used = [number for number in range(2 * count) if only is None or number % count in only]
        self._skins = coefficients[used]
        # What the space does not hold of each, which is all of it for skins that the space is without.
        self._rest = (centred - basis @ coefficients.T)[:, used] if only is not None else None

    def draw(self, beyond: float = 1.0) -> np.ndarray:
        """(T, size, size, 3) float32 encoded sRGB 0..1 of one random texture. beyond : scales what the space does not
        hold of it."""
        coefficients, shares = self._mixture()
        texture = self._space.colours(coefficients)
        if self._rest is not None:
            texture = texture + beyond * (self._rest @ shares).reshape(texture.shape)
        return np.clip(texture, 0.0, 1.0)

    def coefficients(self) -> np.ndarray:
        """(K,) coefficients of one random texture."""
        return self._mixture()[0]

    def _mixture(self) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients, and the share of every skin. A mixture is less varied than the skins; all but the first
        component, which is how light the skin is and has its limits, are brought back to unit variance."""
        shares = np.zeros(len(self._skins), np.float32)
        chosen = self._rng.integers(0, len(self._skins), _MIXED)
        np.add.at(shares, chosen, self._rng.dirichlet(np.full(_MIXED, _EVENNESS)))
        mixed = shares @ self._skins
        mixed[1:] /= np.linalg.norm(shares)
        drawn = plausible_coefficients(self._drawn, self._rng.normal(size=len(self._drawn)))
        return np.concatenate([mixed, drawn]).astype(np.float32), shares
