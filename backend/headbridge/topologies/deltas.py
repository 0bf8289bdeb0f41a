"""The identity and expression deltas of ICT-FaceKit, for the ICT and HACK topologies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from .builtin import asset_path, load_topology
from .packed_shapes import shapes_of


@dataclass(frozen=True, eq=False)
class HeadDeltas:
    """Linear shapes of a topology, millimetres: head = template + identity . a + expression . b.

    identity : (100, V, 3) float32, principal components scaled to unit variance of their coefficients.
    expression : (57, V, 3) float32, coefficients in 0..1. expression_names : ARKit names with `_L`/`_R`.
    """

    identity: np.ndarray
    expression: np.ndarray
    identity_names: tuple[str, ...]
    expression_names: tuple[str, ...]


@cache
def load_deltas(key: str) -> HeadDeltas | None:
    """The deltas of "ict" or "hack", None for the other topologies. Stored in steps of 0.002 mm."""
    count = len(load_topology(key).skin)
    if key not in ("ict", "hack"):
        return None
    expression, expression_names = load_expressions(key)
    with np.load(asset_path("ict_deltas.npz"), allow_pickle=False) as stored:
        return HeadDeltas(
            identity=_of_ict(stored, "identity")[:, :count],
            expression=expression,
            identity_names=tuple(stored["identity_names"].tolist()),
            expression_names=expression_names,
        )


@cache
def load_expressions(key: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """The expression deltas of "ict" or "hack" alone, (57, V, 3) float32 in mm, and their names."""
    count = len(load_topology(key).skin)
    with np.load(asset_path("ict_deltas.npz"), allow_pickle=False) as stored:
        return _of_ict(stored, "expression")[:, :count], tuple(stored["expression_names"].tolist())


def _of_ict(stored: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    # HACK's vertices are ICT's first.
    return shapes_of(stored, name, len(load_topology("ict").skin))
