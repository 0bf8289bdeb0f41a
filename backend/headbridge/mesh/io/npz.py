"""Mesh files in NumPy's zip format, without pickle: the arrays of :class:`Mesh` under their own names.

vertices (V, 3) f8, corners (C,) i4, face_sizes (F,) i4, and optionally uvs (C, 2) f4, face_materials (F,) i4,
material_names (M,) unicode, and name (), what to call the mesh in messages in place of the file's name.
"""

from __future__ import annotations

import io
import zipfile

import numpy as np

from ...errors import InputError
from ...memory import FileBudget
from ...reading import reading
from ..mesh import Mesh
from .npy import read_npy

_REQUIRED = {"vertices": "f", "corners": "iu", "face_sizes": "iu"}
_OPTIONAL = {"uvs": "f", "face_materials": "iu", "material_names": "U", "name": "U"}


def read_arrays(content: bytes, source: str) -> dict[str, np.ndarray]:
    """All arrays of an .npz file; `InputError` when it is damaged or holds Python objects."""
    if not content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise InputError(f"{source}: this is no .npz file; save the arrays with numpy.savez.")
    budget = FileBudget(len(content), source)
    with reading(source), zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            entry.filename.removesuffix(".npy"): _member(archive, entry, source, budget) for entry in archive.infolist()
        }


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, source: str, budget: FileBudget) -> np.ndarray:
    with archive.open(entry) as stream:
        return read_npy(stream, entry.file_size, source, budget)


def write_arrays(arrays: dict[str, np.ndarray]) -> bytes:
    """The content of an .npz file; Python objects are refused."""
    stream = io.BytesIO()
    for name, array in arrays.items():
        if np.asarray(array).dtype.hasobject:
            raise TypeError(f"The array '{name}' holds Python objects.")
    np.savez(stream, **arrays)
    return stream.getvalue()


def decode(content: bytes, source: str) -> Mesh:
    arrays = read_arrays(content, source)
    for name in _REQUIRED:
        if name not in arrays:
            raise InputError(f"{source}: the array '{name}' is missing; a mesh file holds {', '.join(_REQUIRED)}.")
    for name, kinds in {**_REQUIRED, **_OPTIONAL}.items():
        if name in arrays and arrays[name].dtype.kind not in kinds:
            wanted = {"f": "floating point numbers", "iu": "whole numbers", "U": "text"}[kinds]
            raise InputError(f"{source}: the array '{name}' should hold {wanted}, not {arrays[name].dtype}.")
    known = {name: arrays[name] for name in (*_REQUIRED, *_OPTIONAL) if name in arrays}
    names = tuple(known.pop("material_names", ()))
    name = str(known.pop("name", "")) or source
    return Mesh(**known, material_names=names, name=name)


def encode(mesh: Mesh) -> bytes:
    arrays = {"vertices": mesh.vertices, "corners": mesh.corners, "face_sizes": mesh.face_sizes}
    if mesh.uvs is not None:
        arrays["uvs"] = mesh.uvs
    if mesh.face_materials is not None:
        arrays["face_materials"] = mesh.face_materials
    if mesh.material_names:
        arrays["material_names"] = np.array(mesh.material_names, dtype=np.str_)
    return write_arrays(arrays)
