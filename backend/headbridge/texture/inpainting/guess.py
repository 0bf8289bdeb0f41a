"""The texture of a space that known texels make likeliest."""

from __future__ import annotations

import numpy as np

from ..space import TextureSpace

# Texels along a tile's side that are looked at.
_GRID = 128
# What a space cannot show of a texture, 0..1 (root mean square), and how many of these texels that hangs together over.
_NOISE, _CORRELATED = 0.05, 7.5
# Pictures that the space cannot show this well (median) are of something else, too, such as hair or shadow: that is
# both larger and hangs together over more texels.
_LIKE_OWN, _SOLUTIONS = 0.0135, 3
_LARGER_AND_WIDER = 4
# Photos differ from the space's skins in tone: the deviation of a factor per colour.
_TONE = 0.15
_LEAST_SHOWN = 1e-3


def likeliest_texture(space: TextureSpace, picture: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(T, size, size, 3) float32 encoded sRGB, not clipped: mean of the normal distribution of textures under the
    known texels, with a free tone for each colour. What the space cannot show well moves it less.

    picture : (T, size, size, 3) encoded sRGB; known : (T, size, size) weights 0..1."""
    step = max(1, known.shape[1] // _GRID)
    looked_at = np.zeros(known.shape, bool)
    looked_at[:, ::step, ::step] = True
    texels = np.flatnonzero((known > _LEAST_SHOWN) & looked_at)
    basis = space.components.reshape(-1, 3, space.count)
    mean, weights = space.mean.reshape(-1, 3), known.ravel()[texels].astype(np.float64)
    count = space.count + 3
    matrix, right = np.zeros((count, count)), np.zeros(count)
    residual = picture.reshape(-1, 3)[texels].astype(np.float64) - mean[texels]
    for colour in range(3):
        rows = np.zeros((len(texels), count), np.float32)
        rows[:, : space.count] = basis[texels, colour]
        rows[:, space.count + colour] = mean[texels, colour]
        weighted = rows.T * weights.astype(np.float32)
        matrix += weighted @ rows
        right += weighted @ residual[:, colour]
    precision = np.diag(np.append(np.ones(space.count), np.full(3, _TONE**-2.0))) * _CORRELATED * _NOISE**2
    found = np.linalg.solve(matrix + precision, right)
    for _ in range(_SOLUTIONS - 1 if len(texels) else 0):
        shown = mean[texels] * found[space.count :] + basis[texels] @ found[: space.count].astype(np.float32)
        lacks = np.median(np.sqrt(np.mean((residual - shown) ** 2, axis=1)))
        doubt = max(1.0, lacks / _LIKE_OWN) ** _LARGER_AND_WIDER
        found = np.linalg.solve(matrix + doubt * precision, right)
    texture = mean * (1.0 + found[space.count :]) + basis @ found[: space.count]
    return texture.reshape(space.mean.shape).astype(np.float32)
