"""The sides of triangles by the edge they lie on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# What a pair of sides that run in the same direction costs: faces that agree about the outside belong together where
# the geometry does not say otherwise.
_SAME_DIRECTION = 0.5
# What a loose triangle costs (one whose other sides meet nothing): a fin stands on a surface and is none.
_LOOSE = 1.0


@dataclass(frozen=True)
class Sides:
    """Side s = 3 t + k runs along triangle t from its corner k to the next one.

    order : (N,) sides that are looked at, those of one edge beside each other; starts, counts : (E,) where every edge's
    sides begin in `order`, and how many they are; tails, heads : (3T,) ends of every side.
    """

    order: np.ndarray
    starts: np.ndarray
    counts: np.ndarray
    tails: np.ndarray
    heads: np.ndarray

    @classmethod
    def of(cls, triangles: np.ndarray, chosen: np.ndarray | None = None) -> Sides:
        """Of (T, 3) triangles, or of the `chosen` (N,) sides of them."""
        tails, heads = triangles.reshape(-1), np.roll(triangles, -1, axis=1).reshape(-1)
        chosen = np.arange(len(tails)) if chosen is None else chosen
        low = np.minimum(tails[chosen], heads[chosen]).astype(np.int64)
        keys = low * (int(triangles.max(initial=0)) + 1) + np.maximum(tails[chosen], heads[chosen])
        order = np.argsort(keys, kind="stable")
        new = np.ones(len(order), bool)
        new[1:] = np.diff(keys[order]) != 0
        starts = np.flatnonzero(new)
        return cls(chosen[order], starts, np.diff(starts, append=len(order)), tails, heads)

    def border(self) -> np.ndarray:
        """(B,) the sides that are alone on their edge."""
        return self.order[self.starts[self.counts == 1]]

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """(P,) and (P,), the two sides of every edge that has just two."""
        starts = self.starts[self.counts == 2]
        return self.order[starts], self.order[starts + 1]

    def crowds(self):
        """(G, K) the sides of all edges that have K > 2 of them, for every K that occurs."""
        for count in np.unique(self.counts[self.counts > 2]):
            yield self.order[self.starts[self.counts == count][:, None] + np.arange(count)]


def smoothest_pairs(vertices: np.ndarray, triangles: np.ndarray, sides: Sides) -> tuple[np.ndarray, np.ndarray]:
    """(G,) and (G,), of every edge with more than two sides those two whose triangles go on most smoothly across it.

    vertices : (V, 3), indexed by (T, 3) `triangles`."""
    ones, others = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    if not (sides.counts > 2).any():
        return ones[0], others[0]
    loose = np.bincount(sides.border() // 3, minlength=len(triangles)) == 2
    for crowd in sides.crowds():
        away = _away_from_edge(vertices, triangles, crowd)
        cost = np.einsum("gid,gjd->gij", away, away)
        forward = sides.tails[crowd] < sides.heads[crowd]
        cost += _SAME_DIRECTION * (forward[:, :, None] == forward[:, None])
        lone = _LOOSE * loose[crowd // 3]
        cost += lone[:, :, None] + lone[:, None]
        i, j = np.triu_indices(crowd.shape[1], 1)
        best = np.argmin(cost[:, i, j], axis=1)
        rows = np.arange(len(crowd))
        ones.append(crowd[rows, i[best]])
        others.append(crowd[rows, j[best]])
    return np.concatenate(ones), np.concatenate(others)


def _away_from_edge(vertices: np.ndarray, triangles: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """(G, K, 3) unit directions in the triangles' planes, square to their (G, K) sides and away from them."""
    triangle, k = sides // 3, sides % 3
    a, b, c = (vertices[triangles[triangle, (k + step) % 3]] for step in range(3))
    along, to_third = b - a, c - a
    share = (to_third * along).sum(axis=-1) / np.maximum((along * along).sum(axis=-1), 1e-300)
    away = to_third - share[..., None] * along
    return away / np.maximum(np.linalg.norm(away, axis=-1, keepdims=True), 1e-300)
