"""Linear head models: identity and expression deltas on a topology's template."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..topologies import load_deltas

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
    """The head model of a topology ("ict", "hack"), or None where there is none. The arrays are shared and read-only.

    Raises InputError for a key that is no topology."""
    deltas = load_deltas(key)
    if deltas is None:
        return None
    basis = np.concatenate([deltas.identity, deltas.expression])
    is_expression = np.arange(len(basis)) >= len(deltas.identity)
    model = LinearHeadModel(
        names=deltas.identity_names + deltas.expression_names,
        basis=basis,
        sigma=np.where(is_expression, _EXPRESSION_SIGMA, 1.0),
        lower=np.where(is_expression, 0.0, -_IDENTITY_BOUND),
        upper=np.where(is_expression, 1.0, _IDENTITY_BOUND),
    )
    for array in (model.basis, model.sigma, model.lower, model.upper):
        array.setflags(write=False)
    return model
