"""The faces that a sequence's frames share."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..topologies import load_builtin
from .sequence import Sequence
from .teeth import teeth_faces


def mesh_of(sequence: Sequence, vertices: np.ndarray) -> Mesh:
    """The faces of a sequence around the (V, 3) vertices of one of its frames; `InputError` when nothing tells them."""
    vertices = np.asarray(vertices, np.float64)
    if sequence.corners is not None:
        return Mesh(vertices, sequence.corners, sequence.face_sizes, name=sequence.source)
    if not sequence.topology:
        raise InputError(
            f"{sequence.source}: there are {len(vertices)} vertices a frame and no faces, and no known head has so many; "
            "take mesh files that have faces."
        )
    return mesh_with_teeth(vertices) if sequence.teeth else load_builtin(sequence.topology).with_vertices(vertices)


def mesh_with_teeth(vertices: np.ndarray) -> Mesh:
    """FLAME's faces, and those of VHAP's teeth as a part of their own."""
    head, teeth = load_builtin("flame"), teeth_faces()
    count = teeth.size
    return Mesh(
        vertices,
        np.concatenate([head.corners, teeth.ravel() + len(head.vertices)]).astype(head.corners.dtype),
        np.concatenate([head.face_sizes, np.full(len(teeth), 3, head.face_sizes.dtype)]),
        uvs=np.concatenate([head.uvs, np.zeros((count, 2), head.uvs.dtype)]),
        face_materials=np.concatenate(
            [head.face_materials, np.full(len(teeth), len(head.material_names), head.face_materials.dtype)]
        ),
        material_names=(*head.material_names, "teeth"),
        name=head.name,
    )
