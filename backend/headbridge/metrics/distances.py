"""Distances from points to a surface, with hits on the surface's open boundary told apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..mesh import Mesh
from ..mesh.adjacency import edge_table
from ..spatial import Surface, SurfaceHits
from .statistics import summary

# Barycentric weights come from float32 queries; a hit on an edge carries up to this much of the opposite vertex.
_ON_EDGE = 1e-5


@dataclass(frozen=True)
class PointDistances:
    """Distances of points to a surface.

    distances : (N,) float64, Euclidean, in the unit of the points.
    on_boundary : (N,) bool, the closest point lies on the surface's open boundary, so that the point faces no surface.
    hits : where the closest points lie.
    """

    distances: np.ndarray
    on_boundary: np.ndarray
    hits: SurfaceHits


def boundary_sides(triangles: np.ndarray, vertex_count: int) -> tuple[np.ndarray, np.ndarray]:
    """Where (T, 3) triangles end: (T, 3) bool, the side opposite each corner has no other triangle; (V,) bool, the
    vertex lies on such a side."""
    table = edge_table(Mesh.from_faces(np.zeros((vertex_count, 3)), triangles))
    alone = table.face_counts == 1
    # Corner k starts the side from k to k + 1, which is opposite corner k + 2.
    opposite = np.roll(alone[table.corner_edges].reshape(-1, 3), 2, axis=1)
    vertices = np.zeros(vertex_count, bool)
    vertices[table.edges[alone]] = True
    return opposite, vertices


def open_boundary_hits(hits: SurfaceHits, triangles: np.ndarray, vertex_count: int) -> np.ndarray:
    """(N,) bool, which hits lie on an open boundary edge or vertex of the (T, 3) triangles they were found on."""
    if not len(triangles):
        return np.zeros(len(hits.triangles), bool)
    sides, vertices = boundary_sides(triangles, vertex_count)
    found = np.where(hits.hit, hits.triangles, 0)
    on_edge = ((hits.barycentrics <= _ON_EDGE) & sides[found]).any(axis=1)
    at_vertex = ((hits.barycentrics >= 1.0 - _ON_EDGE) & vertices[triangles[found]]).any(axis=1)
    return hits.hit & (on_edge | at_vertex)


def per_vertex_distance(points: np.ndarray, surface: Surface) -> PointDistances:
    """Distance of each of (N, 3) points to `surface`, in the surface's unit and frame."""
    hits = surface.closest(points)
    return PointDistances(hits.distances, open_boundary_hits(hits, surface.triangles, len(surface.vertices)), hits)


def distance_summary(measured: PointDistances, points: np.ndarray) -> dict[str, float | int | None]:
    """`summary` of the distances of a (N,) bool choice of points off the open boundary, and `boundary_hits`: how many
    chosen points were left out because they met the boundary."""
    counted = points & ~measured.on_boundary
    return {**summary(measured.distances[counted]), "boundary_hits": int((points & measured.on_boundary).sum())}
