"""A mesh's UV layout as its own triangle mesh in the plane: points, charts and seams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from .adjacency import connected_labels
from .mesh import Mesh

# Corners of a vertex whose UVs differ by less belong together: files round to five or six digits.
WELD_DISTANCE = 2.0e-6


@dataclass(frozen=True, eq=False)
class UvLayout:
    """UV points shared by the corners that meet in the plane; a vertex on a seam has several.

    uvs : (N, 2) float64, position of every UV point.
    point_vertices : (N,) int32, the mesh vertex of every UV point.
    corner_points : (C,) int32, the UV point of every mesh corner.
    triangles : (T, 3) int32, UV points of the mesh's triangles (`Mesh.triangles`, in that order).
    charts : (T,) int32, the chart (connected part of the layout) of every triangle, numbered from the one with most
        triangles down.
    """

    uvs: np.ndarray
    point_vertices: np.ndarray
    corner_points: np.ndarray
    triangles: np.ndarray
    charts: np.ndarray

    @property
    def chart_count(self) -> int:
        return int(self.charts.max()) + 1 if len(self.charts) else 0

    def signed_areas(self) -> np.ndarray:
        """(T,) areas of the UV triangles, negative where they are flipped."""
        return signed_areas(self.uvs[self.triangles])

    def flipped(self) -> np.ndarray:
        """(T,) bool, triangles without area, or flipped against most of their chart (whole charts may be mirrored)."""
        areas = self.signed_areas()
        facing = np.bincount(self.charts, areas, minlength=self.chart_count)
        return areas * np.where(facing < 0.0, -1.0, 1.0)[self.charts] <= 0.0


def signed_areas(triangles: np.ndarray) -> np.ndarray:
    """(T,) signed areas of (T, 3, 2) triangles, positive where they run counter-clockwise."""
    first, second = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    return 0.5 * (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])


def uv_layout(mesh: Mesh) -> UvLayout:
    """The layout of a mesh's corner UVs; `InputError` when it has none, or they are not finite."""
    # SciPy takes a moment to load, and looking at UVs does without.
    from scipy.spatial import cKDTree

    check_uvs(mesh)
    rows = np.column_stack([mesh.corners, mesh.uvs]).astype(np.float64)
    rows, row_of_corner = np.unique(rows, axis=0, return_inverse=True)
    # Vertices are whole numbers, so that only rows of one vertex are ever near each other.
    near = cKDTree(rows).query_pairs(WELD_DISTANCE, output_type="ndarray")
    _, first, points = np.unique(connected_labels(len(rows), near), return_index=True, return_inverse=True)
    corner_points = points.reshape(-1)[row_of_corner.reshape(-1)].astype(np.int32)
    return layout_of_points(mesh, rows[first, 1:], rows[first, 0].astype(np.int32), corner_points)


def check_uvs(mesh: Mesh) -> None:
    """Raise `InputError` unless the mesh has UVs, all of them finite."""
    if mesh.uvs is None:
        raise InputError(f"{mesh.name} has no UVs; unwrap it first, or choose a mesh that has a UV layer.")
    if not np.isfinite(mesh.uvs).all():
        raise InputError(f"{mesh.name} has UVs that are not finite numbers; export it again or repair its UV layer.")


def layout_of_points(mesh: Mesh, uvs: np.ndarray, point_vertices: np.ndarray, corner_points: np.ndarray) -> UvLayout:
    """The layout of a mesh whose corners lie at given UV points; finds the charts."""
    triangles = corner_points[mesh.triangle_corners]
    return UvLayout(uvs, point_vertices, corner_points, triangles, _charts(triangles, len(uvs)))


def _charts(triangles: np.ndarray, count: int) -> np.ndarray:
    labels = connected_labels(count, np.concatenate([triangles[:, :2], triangles[:, 1:]]))
    _, charts, sizes = np.unique(labels[triangles[:, 0]], return_inverse=True, return_counts=True)
    rank = np.empty(len(sizes), np.int32)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return rank[charts.reshape(-1)]
