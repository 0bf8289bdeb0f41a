"""The two halves of a rim that opens and closes: upper and lower lip, upper and lower lid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from ...mesh import Mesh
from ...mesh.adjacency import unique_edges


@dataclass(frozen=True)
class Half:
    """One half of a rim from corner to corner: `vertices` (K,), the corners first and last, and `places` (K,), their
    share 0..1 of the half's length in the template."""

    vertices: np.ndarray
    places: np.ndarray

    @property
    def inner(self) -> np.ndarray:
        """(K - 2,) the vertices between the corners."""
        return self.vertices[1:-1]

    def rows(self, places: np.ndarray, count: int) -> sp.csr_matrix:
        """(N, count) weights of the half's points at (N,) places on the vertices."""
        after = np.clip(np.searchsorted(self.places, places), 1, len(self.places) - 1)
        before = after - 1
        share = (places - self.places[before]) / np.maximum(self.places[after] - self.places[before], 1e-12)
        corners = np.stack([self.vertices[before], self.vertices[after]], axis=1)
        weights = np.stack([1.0 - share, share], axis=1)
        return sp.csr_matrix(
            (weights.ravel(), corners.ravel(), np.arange(0, 2 * len(places) + 1, 2)), (len(places), count)
        )


@dataclass(frozen=True)
class Rim:
    """A closed curve of vertices around an opening, cut at its corners into two halves that run in the same
    direction."""

    upper: Half
    lower: Half

    @property
    def vertices(self) -> np.ndarray:
        """(K,) all vertices once."""
        return np.concatenate([self.upper.vertices, self.lower.inner])

    def across(self, count: int) -> tuple[sp.csr_matrix, np.ndarray]:
        """(N, count) rows whose product with positions is upper minus lower half at equal places, for the inner
        vertices of both halves, and the (N,) places."""
        places = np.concatenate([self.upper.places[1:-1], self.lower.places[1:-1]])
        return self.upper.rows(places, count) - self.lower.rows(places, count), places


def cut_at_corners(template: np.ndarray, curve: np.ndarray, up: np.ndarray) -> Rim:
    """The rim of a (K,) closed `curve` on (V, 3) template positions; `up` (3,) unit.

    The corners are the curve's ends in the direction across `up` in which it is widest; the halves meet there. Which
    one is the upper is a guess, right where the template's halves do not overlap."""
    points = template[curve]
    level = points - points.mean(axis=0)
    level = level - np.outer(level @ up, up)
    _, _, axes = np.linalg.svd(level, full_matrices=False)
    along = level @ axes[0]
    first, second = sorted((int(np.argmin(along)), int(np.argmax(along))))
    one = np.arange(first, second + 1)
    other = np.concatenate([np.arange(second, len(curve)), np.arange(first + 1)])[::-1]
    if (points[one] @ up).mean() < (points[other] @ up).mean():
        one, other = other, one
    return Rim(_half(points, curve, one), _half(points, curve, other))


def nearer_halves(rim: Rim, around: Rim, mesh: Mesh) -> Rim:
    """The rim, its upper half the one that lies nearer to the upper half of a rim around it, along the mesh's edges: lips of a
    template may run through each other."""
    edges = unique_edges(mesh)
    lengths = np.linalg.norm(mesh.vertices[edges[:, 0]] - mesh.vertices[edges[:, 1]], axis=1)
    graph = sp.csr_matrix((lengths, edges.T), (len(mesh.vertices),) * 2)
    up, down = (
        dijkstra(graph, directed=False, indices=half.inner, min_only=True) for half in (around.upper, around.lower)
    )
    nearer_up = [np.mean(up[half.inner] - down[half.inner]) for half in (rim.upper, rim.lower)]
    return rim if nearer_up[0] <= nearer_up[1] else Rim(rim.lower, rim.upper)


def _half(points: np.ndarray, curve: np.ndarray, chosen: np.ndarray) -> Half:
    length = np.linalg.norm(np.diff(points[chosen], axis=0), axis=1)
    places = np.concatenate([[0.0], np.cumsum(length)])
    return Half(curve[chosen], places / places[-1])
