"""Parts of meshes: choosing, joining, and turning their faces."""

from __future__ import annotations

import numpy as np

from headbridge.mesh import Mesh


def kept_part(mesh: Mesh, vertices: np.ndarray) -> Mesh:
    """The faces among the (V,) bool chosen vertices, without the other vertices and without UVs."""
    return kept_faces(mesh, np.logical_and.reduceat(vertices[mesh.corners], mesh.face_starts))


def kept_faces(mesh: Mesh, faces: np.ndarray) -> Mesh:
    """The (F,) bool chosen faces, without the vertices that only others used and without UVs."""
    corners = mesh.corners[np.repeat(faces, mesh.face_sizes)]
    used, local = np.unique(corners, return_inverse=True)
    return Mesh(mesh.vertices[used], local, mesh.face_sizes[faces], name=mesh.name)


def joined(meshes: list[Mesh], name: str) -> Mesh:
    """Several meshes as one, vertices and faces in their order."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.corners + start for mesh, start in zip(meshes, starts)]),
        np.concatenate([mesh.face_sizes for mesh in meshes]),
        name=name,
    )


def flipped(mesh: Mesh) -> Mesh:
    """The same mesh with every face's corners in the opposite order."""
    return Mesh.from_faces(mesh.vertices, [face[::-1] for face in mesh.faces_as_lists()], name=mesh.name)
