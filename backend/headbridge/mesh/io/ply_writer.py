"""Writing PLY: binary little-endian, float64 positions, mixed polygons, UVs per corner."""

from __future__ import annotations

import numpy as np

from ..mesh import Mesh


def encode(mesh: Mesh) -> bytes:
    """The content of a PLY file; UVs go into MeshLab's `texcoord` list, materials are not part of the format."""
    lines = [
        "ply",
        "format binary_little_endian 1.0",
        "comment HeadBridge",
        f"element vertex {len(mesh.vertices)}",
        *(f"property double {axis}" for axis in "xyz"),
        f"element face {len(mesh.face_sizes)}",
    ]
    # One byte counts up to 255, which two UVs a corner reach with 128 corners.
    count_kind, count_name = ("u1", "uchar") if mesh.face_sizes.max(initial=3) < 128 else ("<i4", "int")
    lines.append(f"property list {count_name} int vertex_indices")
    if mesh.uvs is not None:
        lines.append(f"property list {count_name} float texcoord")
    header = "\n".join([*lines, "end_header", ""]).encode("ascii")
    return header + mesh.vertices.astype("<f8").tobytes() + _face_records(mesh, count_kind)


def _face_records(mesh: Mesh, count_kind: str) -> bytes:
    records = {int(size): _record(int(size), mesh.uvs is not None, count_kind) for size in np.unique(mesh.face_sizes)}
    lengths = np.zeros(len(mesh.face_sizes), dtype=np.int64)
    for size, record in records.items():
        lengths[mesh.face_sizes == size] = record.itemsize
    starts = np.cumsum(lengths) - lengths
    out = np.empty(int(lengths.sum()), dtype=np.uint8)
    for size, record in records.items():
        faces = np.flatnonzero(mesh.face_sizes == size)
        corners = mesh.face_starts[faces][:, None] + np.arange(size)
        table = np.empty(len(faces), dtype=record)
        table["size"] = size
        table["corners"] = mesh.corners[corners]
        if mesh.uvs is not None:
            table["uv_size"] = 2 * size
            table["uvs"] = mesh.uvs[corners].reshape(len(faces), 2 * size)
        out[starts[faces][:, None] + np.arange(record.itemsize)] = table.view(np.uint8).reshape(len(faces), -1)
    return out.tobytes()


def _record(size: int, with_uvs: bool, count_kind: str) -> np.dtype:
    fields = [("size", count_kind), ("corners", "<i4", (size,))]
    if with_uvs:
        fields += [("uv_size", count_kind), ("uvs", "<f4", (2 * size,))]
    return np.dtype(fields)
