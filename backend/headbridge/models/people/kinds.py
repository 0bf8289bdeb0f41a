"""What is likely of people before anything is seen of them: a mixture of kinds, and how data narrow it down.

One Gaussian about everybody's mean pulls an adult towards a child, and a child towards an adult. Somebody's age, sex and
ancestry are hidden variables: given the kind of person, the coefficients are Gaussian."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ...topologies.builtin import asset_path

ANYBODY = "anybody"
"""The kind of people like nobody that the model was made from: that of the components alone."""


@dataclass(frozen=True, eq=False)
class Kinds:
    """G kinds of people in the K shapes of the sized model (`identity.sized_people`), without its size.

    names : (G,) text. shares : (G,) of all people. means : (G, K). covariances : (G, K, K)."""

    names: np.ndarray
    shares: np.ndarray
    means: np.ndarray
    covariances: np.ndarray

    def given(self, precision: np.ndarray, information: np.ndarray) -> LikelyPeople:
        """Who is likely when data say of the (K,) shapes c, up to a constant, the logarithm of the likelihood
        information . c - c . precision c / 2.

        The kinds count by their shares and their evidence; the Gaussian is that of their mixture's moments."""
        logs = np.log(self.shares)
        for kind, (mean, covariance) in enumerate(zip(self.means, self.covariances)):
            inverse = np.linalg.inv(covariance)
            pulled = information + inverse @ mean
            both = precision + inverse
            logs[kind] += 0.5 * (pulled @ np.linalg.solve(both, pulled) - mean @ inverse @ mean)
            logs[kind] -= 0.5 * (np.linalg.slogdet(both)[1] + np.linalg.slogdet(covariance)[1])
        shares = np.exp(logs - logs.max())
        shares /= shares.sum()
        mean = shares @ self.means
        off = self.means - mean
        covariance = np.tensordot(shares, self.covariances, 1) + (shares[:, None] * off).T @ off
        return LikelyPeople(mean, np.linalg.cholesky(covariance), dict(zip(self.names.tolist(), shares.tolist())))


@dataclass(frozen=True, eq=False)
class LikelyPeople:
    """A Gaussian over the K shapes: mean (K,), root (K, K) lower, root rootᵀ the covariance. shares : of the kinds, by
    their names."""

    mean: np.ndarray
    root: np.ndarray
    shares: dict[str, float]


@cache
def load_kinds() -> Kinds:
    """The shipped kinds; shared and read-only."""
    with np.load(asset_path("people_kinds.npz"), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in Kinds.__dataclass_fields__}
    arrays = {name: array if array.dtype.kind == "U" else array.astype(np.float64) for name, array in arrays.items()}
    for array in arrays.values():
        array.setflags(write=False)
    return Kinds(**arrays)
