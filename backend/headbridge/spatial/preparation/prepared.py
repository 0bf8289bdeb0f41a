"""A prepared surface and how it belongs to the mesh it was made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...mesh import Mesh
from ...mesh.normals import triangle_areas


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of a surface, connected over edges.

    labels : (T,) int32, the part of every triangle, numbered by their first triangle. areas : (P,), in squared units.
    lows, highs : (P, 3), corners of the bounding boxes."""

    labels: np.ndarray
    areas: np.ndarray
    lows: np.ndarray
    highs: np.ndarray

    def __len__(self) -> int:
        return len(self.areas)

    @classmethod
    def of(
        cls, vertices: np.ndarray, triangles: np.ndarray, labels: np.ndarray, areas: np.ndarray | None = None
    ) -> Parts:
        """From any (T,) whole numbers that tell parts apart; areas : (T,) where they are known."""
        areas = triangle_areas(vertices, triangles) if areas is None else areas
        _, first, dense = np.unique(labels, return_index=True, return_inverse=True)
        rank = np.empty(len(first), np.int32)
        rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
        dense = rank[dense.reshape(-1)]
        lows, highs = (np.full((len(first), 3), value) for value in (np.inf, -np.inf))
        # A part's vertices are few where its triangles are many: each counts once.
        pairs = np.unique(np.repeat(dense.astype(np.int64), 3) * len(vertices) + triangles.reshape(-1))
        part, vertex = np.divmod(pairs, len(vertices))
        starts = np.searchsorted(part, np.arange(len(first)))
        for axis in range(3):
            values = vertices[vertex, axis]
            lows[:, axis], highs[:, axis] = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
        return cls(dense, np.bincount(dense, areas), lows, highs)

    @property
    def diagonals(self) -> np.ndarray:
        """(P,) the diagonals of the bounding boxes."""
        return np.linalg.norm(self.highs - self.lows, axis=1)


@dataclass(frozen=True, eq=False)
class PreparedMesh:
    """A sound surface made from a mesh: no empty, doubled or crowding faces, and neighbours that agree.

    mesh : the surface, in the original's units and frame, with its UVs, materials and, where nothing was cut out of
        them, its polygons. The original itself where there was nothing to do.
    vertex_of : (V',) int32, the original vertex of every vertex. prepared_of : (V,) int32, the vertex that every
        original one became, -1 where it was left out; joined vertices share one.
    triangle_of : (T',) int32, the original triangle (of the fan triangulation) of every triangle; where faces were
        turned its corners come in another order.
    corner_of : (C',) int32, the original corner of every face corner.
    parts : what is connected. notes : a sentence for the user about every repair."""

    mesh: Mesh
    vertex_of: np.ndarray
    prepared_of: np.ndarray
    triangle_of: np.ndarray
    corner_of: np.ndarray
    parts: Parts
    notes: tuple[str, ...] = ()

    def onto_prepared(self, values: np.ndarray) -> np.ndarray:
        """(V', ...) of (V, ...) masks or weights per original vertex; of joined vertices the largest counts."""
        values = np.asarray(values)
        transferred = values[self.vertex_of]
        there = self.prepared_of >= 0
        np.maximum.at(transferred, self.prepared_of[there], values[there])
        return transferred

    def onto_original(self, values: np.ndarray, missing: float = 0.0) -> np.ndarray:
        """(V, ...) of (V', ...) values per prepared vertex; `missing` at the vertices that were left out."""
        values = np.asarray(values)
        transferred = np.full((len(self.prepared_of), *values.shape[1:]), missing, values.dtype)
        there = self.prepared_of >= 0
        transferred[there] = values[self.prepared_of[there]]
        return transferred
