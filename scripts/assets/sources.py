"""Reading the open input data: OBJ, PLY, the ICT-FaceKit arrays and FLAME's published landmark pickles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headbridge.models.safe_pickle import read_pickle


@dataclass(frozen=True)
class ObjFile:
    """Raw OBJ content: vertices (V, 3), uvs (T, 2), per face the vertex and UV indices (-1 without), its group."""

    vertices: np.ndarray
    uvs: np.ndarray
    faces: list[list[int]]
    face_uvs: list[list[int]]
    groups: list[str]


def read_obj(path: Path) -> ObjFile:
    vertices, uvs, faces, face_uvs, groups, group = [], [], [], [], [], ""
    for line in path.read_text().splitlines():
        head, _, rest = line.partition(" ")
        if head == "v":
            vertices.append([float(x) for x in rest.split()[:3]])
        elif head == "vt":
            uvs.append([float(x) for x in rest.split()[:2]])
        elif head == "g":
            group = rest.strip()
        elif head == "f":
            corners = [corner.split("/") for corner in rest.split()]
            faces.append([int(c[0]) - 1 for c in corners])
            face_uvs.append([int(c[1]) - 1 if len(c) > 1 and c[1] else -1 for c in corners])
            groups.append(group)
    return ObjFile(np.array(vertices), np.array(uvs, np.float32), faces, face_uvs, groups)


def read_triangle_ply(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (V, 3) and triangles (T, 3) of a little-endian PLY with float positions and uchar/int face lists."""
    data = path.read_bytes()
    header, _, body = data.partition(b"end_header\n")
    words = [line.split() for line in header.decode("ascii").splitlines()]
    count = {line[1]: int(line[2]) for line in words if line[0] == "element"}
    if ["format", "binary_little_endian", "1.0"] not in words:
        raise ValueError(f"{path.name} is not a little-endian binary PLY")
    vertices = np.frombuffer(body, "<f4", count["vertex"] * 3).reshape(-1, 3)
    face = np.dtype([("size", "u1"), ("vertices", "<i4", 3)])
    faces = np.frombuffer(body, face, count["face"], offset=vertices.nbytes)
    if not np.all(faces["size"] == 3):
        raise ValueError(f"{path.name} has faces that are no triangles")
    return vertices.astype(np.float64), faces["vertices"].copy()


def read_landmark_embedding(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Triangle indices (N,) and barycentric weights (N, 3) of a published FLAME landmark embedding."""
    table = read_pickle(path)
    triangles, weights = np.asarray(table["lmk_face_idx"]), np.asarray(table["lmk_b_coords"], np.float64)
    if triangles.ndim != 1 or weights.shape != (len(triangles), 3):
        raise ValueError(f"{path.name}: unexpected shapes {triangles.shape} and {weights.shape}")
    return triangles.astype(np.int64), weights


def read_ict(path: Path) -> dict[str, np.ndarray]:
    """The arrays of the ICT-FaceKit file; faces are padded with -1 where they are triangles."""
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}
