"""Which part of the source moves by data, and how the other parts follow."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from ..mesh.similarity import fit_similarity

# A separate part (an eyeball, a row of teeth) follows this many of the nearest moved vertices.
_GUIDES = 120


def keep_shapes(shape: np.ndarray, placed: np.ndarray, parts: list[np.ndarray]) -> np.ndarray:
    """(V, 3) `placed` with the parts ((V,) bool each) in their shape of before, `shape` (V, 3), laid where they are
    by a similarity: a head model rounds its numbers, and eyeballs should stay round."""
    out = np.array(placed)
    for part in parts:
        out[part] = fit_similarity(shape[part], placed[part]).apply(shape[part])
    return out


def transfer_parts(rest: np.ndarray, moved: np.ndarray, components: np.ndarray, main: int) -> np.ndarray:
    """Move every separate part by the similarity of the surface around it.

    rest : (V, 3) all vertices before; moved : (V, 3), valid on the main component; components : (V,) labels;
    main : the label of the moved one. Returns (V, 3). Eyeballs stay spheres and teeth stay rigid up to scale.
    """
    out = np.array(moved)
    guides = np.flatnonzero(components == main)
    tree = cKDTree(rest[guides])
    for label in np.unique(components[components != main]):
        part = np.flatnonzero(components == label)
        # Guides near any vertex of the part: its surroundings on all sides.
        _, near = tree.query(rest[part], k=min(8, len(guides)))
        count = np.bincount(near.reshape(-1), minlength=len(guides))
        chosen = np.argsort(-count, kind="stable")[:_GUIDES]
        chosen = guides[chosen[count[chosen] > 0]]
        if len(chosen) < 12:
            _, near = tree.query(rest[part].mean(axis=0), k=min(_GUIDES, len(guides)))
            chosen = guides[near]
        out[part] = fit_similarity(rest[chosen], moved[chosen]).apply(rest[part])
    return out
