"""Linear head models: identity and expression deltas on a topology's template."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..topologies.builtin import asset_path

# ICT-FaceKit's identity coefficients are whitened; its expressions are blendshapes in 0..1, mostly near 0.
_IDENTITY_BOUND = 4.0
_EXPRESSION_SIGMA = 0.5


@dataclass(frozen=True, eq=False)
class LinearHeadModel:
    """shape = template + sum of coefficient m * basis[m], in the topology's canonical frame, mm.

    names : M coefficient names. basis : (M, V, 3) float32, mm. sigma : (M,) standard deviations of the prior (mean 0).
    lower, upper : (M,) bounds of the coefficients.
    """

    names: tuple[str, ...]
    basis: np.ndarray
    sigma: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


@lru_cache(maxsize=None)
def head_model(key: str) -> LinearHeadModel | None:
    """The head model of a topology ("ict", "hack"), or None where there is none."""
    if key not in ("ict", "hack"):
        return None
    with np.load(asset_path("ict_deltas.npz"), allow_pickle=False) as stored:
        identity, expression = stored["identity"], stored["expression"]
        names = (*stored["identity_names"].tolist(), *stored["expression_names"].tolist())
    count = 14062 if key == "hack" else identity.shape[1]
    basis = np.concatenate([identity[:, :count], expression[:, :count]]).astype(np.float32)
    is_expression = np.arange(len(basis)) >= len(identity)
    return LinearHeadModel(
        names,
        basis,
        np.where(is_expression, _EXPRESSION_SIGMA, 1.0),
        np.where(is_expression, 0.0, -_IDENTITY_BOUND),
        np.where(is_expression, 1.0, _IDENTITY_BOUND),
    )
