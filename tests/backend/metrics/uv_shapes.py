"""Plane and cylinder meshes with layouts whose measures are known."""

from __future__ import annotations

import numpy as np

from headbridge.mesh import Mesh


def grid(columns: int, rows: int, width: float = 1.0, height: float = 1.0) -> Mesh:
    """Quads in the plane z = 0, from the origin to (width, height, 0); UVs fill the unit square."""
    u, v = np.meshgrid(np.linspace(0.0, 1.0, columns + 1), np.linspace(0.0, 1.0, rows + 1))
    uvs = np.stack([u.ravel(), v.ravel()], axis=1)
    at = np.arange(len(uvs)).reshape(rows + 1, columns + 1)
    faces = np.stack([at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]], axis=-1).reshape(-1, 4)
    vertices = np.column_stack([uvs * (width, height), np.zeros(len(uvs))])
    return Mesh.from_faces(vertices, faces, uvs=uvs[faces.reshape(-1)])


def grid_mirror(mesh: Mesh, width: float = 1.0) -> np.ndarray:
    """(V,) each vertex's partner across the middle of a `grid`."""
    image = np.round(mesh.vertices * (-1.0, 1.0, 1.0) + (width, 0.0, 0.0), 9)
    index = {tuple(place): k for k, place in enumerate(np.round(mesh.vertices, 9).tolist())}
    return np.array([index[tuple(place)] for place in image.tolist()], np.int32)


def tube(around: int, rows: int) -> Mesh:
    """A cylinder of radius 1 / (2 pi) and height 1 whose unrolled layout is cut along one line of vertices."""
    flat = grid(around, rows)
    angle = 2.0 * np.pi * flat.vertices[:, 0]
    place = np.arange(len(flat.vertices)).reshape(rows + 1, around + 1)
    keep = place[:, :-1].ravel()
    row, column = np.divmod(flat.corners, around + 1)
    vertices = np.column_stack([np.cos(angle), np.sin(angle), 2.0 * np.pi * flat.vertices[:, 1]])[keep] / (2.0 * np.pi)
    return Mesh(vertices, row * around + column % around, flat.face_sizes, flat.uvs)
