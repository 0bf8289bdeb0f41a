"""Writing .npz files that come out the same byte for byte, whenever and wherever they are built."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

from headbridge.mesh import Mesh

SHAPE_STEP = 0.002
"""mm that coordinates of shapes are rounded to: what float16 has at 2 to 4 mm."""


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(arrays):
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            stream = io.BytesIO()
            np.lib.format.write_array(stream, np.asarray(arrays[name], order="C"), allow_pickle=False)
            archive.writestr(entry, stream.getvalue(), compresslevel=9)


def mesh_arrays(mesh: Mesh) -> dict[str, np.ndarray]:
    """A mesh as stored under assets/: float32 positions, each distinct UV once and an index per corner."""
    uvs = mesh.uvs if mesh.uvs is not None else np.zeros((len(mesh.corners), 2), np.float32)
    distinct, index = np.unique(uvs, axis=0, return_inverse=True)
    materials = mesh.face_materials if mesh.face_materials is not None else np.zeros(len(mesh.face_sizes), np.int32)
    return {
        "vertices": mesh.vertices.astype(np.float32),
        "corners": mesh.corners,
        "face_sizes": mesh.face_sizes.astype(np.uint8),
        "uvs": distinct,
        "corner_uvs": index.reshape(-1).astype(np.uint16),
        "face_materials": materials.astype(np.uint8),
        "material_names": np.array(mesh.material_names or ("skin",)),
    }
