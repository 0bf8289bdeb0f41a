"""Writing binary glTF 2.0: one mesh of triangles in float32, one primitive per material."""

from __future__ import annotations

import json

import numpy as np

from ..mesh import Mesh
from .distinct import distinct_rows
from .glb_reader import BIN_CHUNK, JSON_CHUNK, MAGIC

_FLOAT, _UINT = 5126, 5125
_ARRAY_BUFFER, _ELEMENT_BUFFER = 34962, 34963


def encode(mesh: Mesh) -> bytes:
    """The content of a GLB file. Polygons become triangle fans and vertices are split where their corners' UVs differ.

    glTF counts lengths in metres: scale the mesh first when other programs should see its true size.
    """
    positions, uvs, corner_rows = _split_at_seams(mesh)
    triangles = corner_rows[mesh.triangle_corners].astype(np.uint32)
    buffer = _Buffer()
    bounds = {"min": positions.min(axis=0).tolist(), "max": positions.max(axis=0).tolist()}
    attributes = {"POSITION": buffer.add(positions, "VEC3", _FLOAT, _ARRAY_BUFFER, **bounds)}
    if uvs is not None:
        attributes["TEXCOORD_0"] = buffer.add(uvs, "VEC2", _FLOAT, _ARRAY_BUFFER)
    primitives = []
    for material, chosen in _material_groups(mesh):
        indices = buffer.add(triangles[chosen].reshape(-1), "SCALAR", _UINT, _ELEMENT_BUFFER)
        primitives.append({"attributes": attributes, "indices": indices, **material})
    document = {
        "asset": {"version": "2.0", "generator": "HeadBridge"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": mesh.name}],
        "meshes": [{"name": mesh.name, "primitives": primitives}],
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(buffer.content)}],
    }
    if mesh.material_names:
        document["materials"] = [{"name": name} for name in mesh.material_names]
    return _container(json.dumps(document).encode("utf-8"), bytes(buffer.content))


def _split_at_seams(mesh: Mesh) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """(N, 3) float32 positions and (N, 2) float32 UVs (v from above) of the split vertices, and (C,) the row of every
    corner.

    Rows are sorted by vertex, so that merging coincident positions again gives the old vertex order."""
    if mesh.uvs is None:
        return mesh.vertices.astype(np.float32), None, mesh.corners
    loose = np.setdiff1d(np.arange(len(mesh.vertices)), mesh.corners)
    vertices = np.concatenate([mesh.corners, loose])
    uvs = np.concatenate([mesh.uvs, np.zeros((len(loose), 2), np.float32)])
    first, which = distinct_rows(np.column_stack([vertices.astype(np.float64), uvs]))
    order = np.argsort(vertices[first], kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    rows = first[order]
    upside_down = (uvs[rows].astype(np.float64) * (1.0, -1.0) + (0.0, 1.0)).astype(np.float32)
    return mesh.vertices[vertices[rows]].astype(np.float32), upside_down, rank[which[: len(mesh.corners)]]


def _material_groups(mesh: Mesh) -> list[tuple[dict, np.ndarray]]:
    if mesh.face_materials is None or not mesh.material_names:
        return [({}, np.arange(len(mesh.triangles)))]
    of_triangle = mesh.face_materials[mesh.triangle_faces]
    return [({"material": int(m)}, np.flatnonzero(of_triangle == m)) for m in np.unique(of_triangle)]


class _Buffer:
    """The binary chunk and the accessors into it."""

    def __init__(self):
        self.content = bytearray()
        self.views: list[dict] = []
        self.accessors: list[dict] = []

    def add(self, array: np.ndarray, kind: str, component: int, target: int, **bounds) -> int:
        """Append an array of four-byte numbers; returns its accessor's index."""
        raw = np.ascontiguousarray(array).tobytes()
        view = {"buffer": 0, "byteOffset": len(self.content), "byteLength": len(raw), "target": target}
        self.content += raw
        self.views.append(view)
        accessor = {"bufferView": len(self.views) - 1, "componentType": component, "count": len(array), "type": kind}
        self.accessors.append({**accessor, **bounds})
        return len(self.accessors) - 1


def _container(document: bytes, binary: bytes) -> bytes:
    document += b" " * (-len(document) % 4)
    binary += b"\0" * (-len(binary) % 4)
    length = 12 + 8 + len(document) + 8 + len(binary)

    def word(number: int) -> bytes:
        return number.to_bytes(4, "little")

    header = MAGIC + word(2) + word(length)
    return header + word(len(document)) + JSON_CHUNK + document + word(len(binary)) + BIN_CHUNK + binary
