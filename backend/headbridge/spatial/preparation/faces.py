"""The faces of a surface in the making, and those that belong to no surface: empty, doubled, or crowding an edge."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .sides import Sides, smoothest_pairs


@dataclass(frozen=True, eq=False)
class Faces:
    """Some triangles of a mesh.

    kept : (N,) which they are. triangles : (N, 3), their vertices, which may be others than the mesh's where vertices
    were joined."""

    kept: np.ndarray
    triangles: np.ndarray

    @cached_property
    def sides(self) -> Sides:
        return Sides.of(self.triangles)

    def without(self, out: np.ndarray) -> Faces:
        """Those that are not `out`, (N,) bool."""
        return Faces(self.kept[~out], self.triangles[~out]) if out.any() else self

    def with_vertices(self, vertex_of: np.ndarray) -> Faces:
        """The same with every vertex exchanged for another one, (V,) indices."""
        return Faces(self.kept, vertex_of[self.triangles])

    def empty(self) -> np.ndarray:
        """(N,) bool, triangles that use a vertex twice."""
        a, b, c = self.triangles.T
        return (a == b) | (b == c) | (c == a)

    def doubled(self) -> np.ndarray:
        """(N,) bool, all but the first of triangles with the same three vertices, in any order."""
        doubled = np.zeros(len(self.triangles), bool)
        # Doubles lie on each other's edges.
        one, other = self.sides.pairs()
        crowded = [crowd.reshape(-1) // 3 for crowd in self.sides.crowds()]
        twins = self._third(one) == self._third(other)
        suspects = np.unique(np.concatenate([one[twins] // 3, other[twins] // 3, *crowded]))
        _, first = np.unique(np.sort(self.triangles[suspects], axis=1), axis=0, return_index=True)
        doubled[np.delete(suspects, first)] = True
        return doubled

    def _third(self, sides: np.ndarray) -> np.ndarray:
        return self.triangles.reshape(-1)[sides - sides % 3 + (sides + 2) % 3]

    def crowding(self, vertices: np.ndarray) -> np.ndarray:
        """(N,) bool, what to leave out so that no edge has more than two triangles; vertices : (V, 3).

        At a crowded edge the two stay that go on most smoothly across it; a fin never does where there are two
        others."""
        out_of_place = np.zeros(3 * len(self.triangles), bool)
        for crowd in self.sides.crowds():
            out_of_place[crowd] = True
        for kept in smoothest_pairs(vertices, self.triangles, self.sides):
            out_of_place[kept] = False
        return out_of_place.reshape(-1, 3).any(axis=1)
