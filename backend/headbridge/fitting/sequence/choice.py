"""Which frames of a performance tell most about the person."""

from __future__ import annotations

import numpy as np

from ...mesh.similarity import fit_similarities

# Every n-th vertex, so that about this many tell the frames apart.
_VERTICES = 400


def frames_that_differ(frames: np.ndarray, template: np.ndarray, used: np.ndarray, count: int) -> np.ndarray:
    """(N,) at most `count` frames, the first nearest to the template, each next one farthest from all before it.

    frames : (T, V, 3). template : (V, 3). used : (V,) bool, vertices to look at. Turns, places and sizes do not count
    (farthest-point sampling; Gonzalez, "Clustering to minimize the maximum intercluster distance", 1985)."""
    few = np.flatnonzero(used)
    few = few[:: max(len(few) // _VERTICES, 1)]
    rest, seen = template[few], np.asarray(frames[:, few], np.float64)
    scales, turns, places = fit_similarities(seen, np.broadcast_to(rest, seen.shape), np.ones(seen.shape[:2]))
    shapes = scales[:, None, None] * np.einsum("tij,tvj->tvi", turns, seen) + places[:, None]
    return farthest_apart(shapes, int(np.argmin(_spread(shapes - rest))), count)


def farthest_apart(shapes: np.ndarray, first: int, count: int) -> np.ndarray:
    """(N,) at most `count` of (T, V, D) shapes, beginning with `first`, each next one farthest from all before it."""
    chosen = [first]
    distance = _spread(shapes - shapes[first])
    while len(chosen) < min(count, len(shapes)) and distance.max() > 0.0:
        chosen.append(int(np.argmax(distance)))
        distance = np.minimum(distance, _spread(shapes - shapes[chosen[-1]]))
    return np.array(chosen)


def evenly_spread(rows: np.ndarray, count: int) -> np.ndarray:
    """At most `count` of (N,) rows, from the first to the last."""
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int))]


def _spread(offsets: np.ndarray) -> np.ndarray:
    return (offsets**2).sum(axis=(1, 2))
