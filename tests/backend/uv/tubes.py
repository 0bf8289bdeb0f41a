"""Tubes around the y axis whose layout is a formula: u is the angle, v the height, and the seam is their back."""

from __future__ import annotations

import numpy as np

from headbridge.mesh import Mesh
from headbridge.mesh.normals import vertex_normals

RADIUS = 80.0
LOW, HIGH = -100.0, 100.0
# The layout's margin: the seam is at u = MARGIN and u = 1 - MARGIN, the ends of a tube at the same v.
MARGIN = 0.1


def tube_uvs(angles: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """(N, 2) the layout of a tube: angles from -pi to pi around y, 0 at the front (+z); heights in mm."""
    across = (angles + np.pi) / (2.0 * np.pi)
    up = (heights - LOW) / (HIGH - LOW)
    return MARGIN + (1.0 - 2.0 * MARGIN) * np.stack([across, up], axis=-1)


def tube(
    columns: int, rows: int, *, turn: float = 0.0, low: float = LOW, high: float = HIGH, taper: float = 0.0
) -> Mesh:
    """An open tube of quads, the normals outward, in millimetres, with the layout of `tube_uvs`.

    turn : share of a column by which the vertices are turned off the seam; such a tube has no UVs. taper : how many mm
    narrower it is per mm of height, seen from y = 0."""
    step = 2.0 * np.pi / columns
    angles = -np.pi + step * (np.arange(columns + 1) + turn)
    heights = np.linspace(low, high, rows + 1)
    around, up = (grid.reshape(-1) for grid in np.meshgrid(angles, heights))
    row, column = (grid.reshape(-1) for grid in np.mgrid[:rows, :columns])
    flat = (row * (columns + 1) + column)[:, None] + np.array([0, 1, columns + 2, columns + 1])
    corners = flat.reshape(-1)
    keep = (np.arange(len(around)) % (columns + 1)) < columns
    radius = RADIUS - taper * up
    vertices = np.stack([radius * np.sin(around), up, radius * np.cos(around)], axis=1)[keep]
    joined = (corners // (columns + 1)) * columns + (corners % (columns + 1)) % columns
    uvs = None if turn else tube_uvs(around, up)[corners]
    return Mesh.from_faces(vertices, joined.reshape(-1, 4), uvs=uvs, name="tube")


def angles_of(mesh: Mesh) -> np.ndarray:
    """(V,) angles of the vertices, -pi to pi."""
    return np.arctan2(mesh.vertices[:, 0], mesh.vertices[:, 2])


def on_the_back(mesh: Mesh) -> np.ndarray:
    """(V,) bool, vertices on the seam."""
    return np.pi - np.abs(angles_of(mesh)) < 1e-6


def mirror_of(mesh: Mesh) -> np.ndarray:
    """(V,) the vertex at the mirrored place, x -> -x."""
    gaps = np.linalg.norm(mesh.vertices[:, None] * [-1.0, 1.0, 1.0] - mesh.vertices[None], axis=2)
    assert gaps.min(axis=1).max() < 1e-6
    return np.argmin(gaps, axis=1).astype(np.int32)


def normals_of(mesh: Mesh) -> np.ndarray:
    return vertex_normals(mesh.vertices, mesh.triangles)


def triangulated(mesh: Mesh) -> Mesh:
    """The mesh with its faces cut into triangles, in another order, UVs kept."""
    order = np.random.default_rng(3).permutation(len(mesh.triangles))
    corners = mesh.triangle_corners[order].reshape(-1)
    sizes = np.full(len(order), 3, np.int32)
    uvs = None if mesh.uvs is None else mesh.uvs[corners]
    return Mesh(mesh.vertices, mesh.corners[corners], sizes, uvs, name=mesh.name)
