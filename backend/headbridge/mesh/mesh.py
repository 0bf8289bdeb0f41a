"""The mesh structure every part of HeadBridge shares."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from ..errors import InputError


@dataclass(frozen=True, eq=False)
class Mesh:
    """A polygon mesh of mixed face sizes with UVs per corner, so that seams are real.

    Attributes
    ----------
    vertices : (V, 3) float64, positions; units and frame are whatever the holder says they are.
    corners : (C,) int32, the vertex of every face corner, face after face.
    face_sizes : (F,) int32, corners per face (3, 4, ...); sums to C.
    uvs : (C, 2) float32 or None, texture coordinates per corner, origin at the lower left.
    face_materials : (F,) int32 or None, index into `material_names`.
    material_names : names of the materials.
    name : what to call the mesh in messages.
    """

    vertices: np.ndarray
    corners: np.ndarray
    face_sizes: np.ndarray
    uvs: np.ndarray | None = None
    face_materials: np.ndarray | None = None
    material_names: tuple[str, ...] = field(default=())
    name: str = "mesh"

    def __post_init__(self):
        def put(key, value):
            object.__setattr__(self, key, value)

        put("vertices", np.ascontiguousarray(self.vertices, dtype=np.float64))
        put("corners", np.ascontiguousarray(self.corners, dtype=np.int32))
        put("face_sizes", np.ascontiguousarray(self.face_sizes, dtype=np.int32))
        if self.uvs is not None:
            put("uvs", np.ascontiguousarray(self.uvs, dtype=np.float32))
        if self.face_materials is not None:
            put("face_materials", np.ascontiguousarray(self.face_materials, dtype=np.int32))
        put("material_names", tuple(str(n) for n in self.material_names))
        self._check_shapes()

    def _check_shapes(self):
        def refuse(what, expected, actual):
            raise InputError(f"{self.name}: {what} should have shape {expected}, not {actual}.")

        if self.vertices.ndim != 2 or self.vertices.shape[1] != 3:
            refuse("vertices", "(V, 3)", self.vertices.shape)
        if self.corners.ndim != 1:
            refuse("corners", "(C,)", self.corners.shape)
        if self.face_sizes.ndim != 1 or int(self.face_sizes.sum()) != len(self.corners):
            refuse("face sizes", f"(F,) with sum {len(self.corners)}", self.face_sizes.shape)
        if self.uvs is not None and self.uvs.shape != (len(self.corners), 2):
            refuse("corner UVs", f"({len(self.corners)}, 2)", self.uvs.shape)
        if self.face_materials is not None and self.face_materials.shape != self.face_sizes.shape:
            refuse("face materials", self.face_sizes.shape, self.face_materials.shape)
        if len(self.face_sizes) and self.face_sizes.min() < 3:
            raise InputError(f"{self.name}: a face has fewer than three corners; delete loose edges and points first.")
        if len(self.corners) and (self.corners.min() < 0 or self.corners.max() >= len(self.vertices)):
            raise InputError(
                f"{self.name}: a face names vertex {int(self.corners.max())}, but there are only "
                f"{len(self.vertices)} vertices; the file is damaged, export it again."
            )

    @classmethod
    def from_faces(cls, vertices, faces, **more) -> Mesh:
        """Build from an (F, K) array of equal faces, or from a list of faces of mixed sizes."""
        if isinstance(faces, np.ndarray) and faces.ndim == 2:
            sizes = np.full(len(faces), faces.shape[1], np.int32)
            corners = faces.reshape(-1)
        else:
            sizes = np.array([len(face) for face in faces], np.int32)
            corners = np.array([vertex for face in faces for vertex in face], np.int32)
        return cls(vertices, corners, sizes, **more)

    def with_vertices(self, vertices: np.ndarray) -> Mesh:
        """The same faces and UVs with other (V, 3) positions."""
        return replace(self, vertices=vertices)

    def joined(self, other: Mesh) -> Mesh:
        """Both meshes as one, this one's vertices, faces and materials first; both have UVs and materials."""
        return replace(
            self,
            vertices=np.concatenate([self.vertices, other.vertices]),
            corners=np.concatenate([self.corners, other.corners + len(self.vertices)]),
            face_sizes=np.concatenate([self.face_sizes, other.face_sizes]),
            uvs=np.concatenate([self.uvs, other.uvs]),
            face_materials=np.concatenate([self.face_materials, other.face_materials + len(self.material_names)]),
            material_names=(*self.material_names, *other.material_names),
        )

    def flipped(self) -> Mesh:
        """The same faces looking to the other side; every face keeps its first corner."""
        starts, sizes = np.repeat(self.face_starts, self.face_sizes), np.repeat(self.face_sizes, self.face_sizes)
        order = starts + (starts + sizes - np.arange(len(starts))) % sizes
        return replace(self, corners=self.corners[order], uvs=None if self.uvs is None else self.uvs[order])

    @cached_property
    def face_starts(self) -> np.ndarray:
        """(F,) int64, the first corner of every face."""
        return (
            np.concatenate([[0], np.cumsum(self.face_sizes[:-1], dtype=np.int64)])
            if len(self.face_sizes)
            else np.zeros(0, np.int64)
        )

    @cached_property
    def triangle_corners(self) -> np.ndarray:
        """(T, 3) int32, corner indices of the fan triangulation (first corner of each face is the fan's apex)."""
        parts = []
        order = []
        for size in np.unique(self.face_sizes):
            faces = np.flatnonzero(self.face_sizes == size)
            start = self.face_starts[faces]
            for k in range(1, size - 1):
                parts.append(np.stack([start, start + k, start + k + 1], axis=1))
                order.append(start + k)
        if not parts:
            return np.zeros((0, 3), np.int32)
        # Sorting by the middle corner puts the triangles back into face order.
        triangles = np.concatenate(parts)
        return np.ascontiguousarray(triangles[np.argsort(np.concatenate(order), kind="stable")], dtype=np.int32)

    @cached_property
    def triangles(self) -> np.ndarray:
        """(T, 3) int32, vertex indices of the fan triangulation."""
        return np.ascontiguousarray(self.corners[self.triangle_corners])

    @cached_property
    def triangle_faces(self) -> np.ndarray:
        """(T,) int32, the face every triangle comes from."""
        return np.repeat(np.arange(len(self.face_sizes), dtype=np.int32), self.face_sizes - 2)

    def faces_as_lists(self) -> list[np.ndarray]:
        """Vertex indices of every face, one array per face."""
        return np.split(self.corners, self.face_starts[1:]) if len(self.face_sizes) else []
