"""Reading STL (binary and ASCII) and writing binary STL: triangles without UVs in float32."""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from ..mesh import Mesh
from .weld import weld_edges

_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_HEADER = 80


def decode(content: bytes, source: str) -> Mesh:
    """The mesh of an STL file; triangles are joined along edges that lie exactly on each other."""
    corners = _ascii_corners(content, source) if _is_ascii(content) else _binary_corners(content, source)
    if not len(corners):
        raise InputError(f"{source}: there are no faces in the file; export a mesh with faces.")
    triangles = np.arange(len(corners)).reshape(-1, 3)
    first, which = weld_edges(corners, triangles, np.zeros(len(triangles), np.int64))
    return Mesh.from_faces(corners[first], which[triangles], name=source)


def encode(mesh: Mesh) -> bytes:
    """The content of a binary STL file; polygons become triangle fans, UVs and materials are lost."""
    triangles = np.zeros(len(mesh.triangles), dtype=_TRIANGLE)
    corners = mesh.vertices[mesh.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    triangles["normal"] = normals / np.where(length > 0.0, length, 1.0)
    triangles["corners"] = corners
    return b"HeadBridge".ljust(_HEADER) + np.uint32(len(triangles)).astype("<u4").tobytes() + triangles.tobytes()


def _is_ascii(content: bytes) -> bool:
    # Binary headers may begin with "solid" too, but binary files have the length their count says.
    return content.lstrip()[:5].lower() == b"solid" and len(content) != _binary_length(content)


def _binary_length(content: bytes) -> int:
    count = int.from_bytes(content[_HEADER : _HEADER + 4], "little")
    return _HEADER + 4 + count * _TRIANGLE.itemsize


def _binary_corners(content: bytes, source: str) -> np.ndarray:
    if len(content) < _HEADER + 4 or len(content) < _binary_length(content):
        raise InputError(f"{source}: the file is truncated or no STL file; export it again.")
    count = (_binary_length(content) - _HEADER - 4) // _TRIANGLE.itemsize
    return np.frombuffer(content, _TRIANGLE, count, _HEADER + 4)["corners"].reshape(-1, 3)


def _ascii_corners(content: bytes, source: str) -> np.ndarray:
    words = content.lower().split()
    rows = [words[i + 1 : i + 4] for i, word in enumerate(words) if word == b"vertex"]
    if b"endsolid" not in words:
        raise InputError(f"{source}: the file ends before 'endsolid'; it is truncated, export it again.")
    try:
        corners = np.array([[float(word) for word in row] for row in rows], dtype=np.float32).reshape(-1, 3)
    except ValueError as problem:
        raise InputError(
            f"{source}: a vertex holds something that is not a number ({problem}); export it again."
        ) from None
    if len(corners) % 3:
        raise InputError(f"{source}: a facet has other than three vertices; export it again.")
    return corners
