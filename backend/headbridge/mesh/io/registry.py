"""Which suffix is read and written by what."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...errors import HeadBridgeError, InputError
from ...reading import reading
from ..mesh import Mesh
from . import glb_reader, glb_writer, npz, obj_reader, obj_writer, ply_reader, ply_writer, stl
from .coloured import ColouredMesh
from .files import check_output, read_file, write_file


@dataclass(frozen=True)
class Format:
    """`decode(content, source)` gives the mesh and its colours, with `source` naming the file in errors; `encode(mesh)`
    the content."""

    decode: Callable[[bytes, str], ColouredMesh]
    encode: Callable[[Mesh], bytes]


def _without_colours(decode: Callable[[bytes, str], Mesh]) -> Callable[[bytes, str], ColouredMesh]:
    return lambda content, source: ColouredMesh(decode(content, source))


FORMATS: dict[str, Format] = {
    ".obj": Format(obj_reader.decode, obj_writer.encode),
    ".ply": Format(ply_reader.decode, ply_writer.encode),
    ".glb": Format(glb_reader.decode, glb_writer.encode),
    ".stl": Format(_without_colours(stl.decode), stl.encode),
    ".npz": Format(_without_colours(npz.decode), npz.encode),
}

READABLE = WRITABLE = tuple(FORMATS)


def read_mesh(path: str | os.PathLike) -> Mesh:
    """Read a mesh file in its own units and frame; the suffix chooses the format.

    Raises `InputError`, naming the file and the cause, when the file is missing, of an unknown kind, damaged, or has no
    faces. Whether the mesh is sound is for `headbridge.mesh.validate` to say.
    """
    return read_coloured_mesh(path).mesh


def read_coloured_mesh(path: str | os.PathLike) -> ColouredMesh:
    """The same with the colours that the file holds: of vertices (.obj, .ply, .glb) and pictures of materials (.glb)."""
    path = Path(path)
    form = _format(path)
    content = read_file(path)
    with reading(path):
        read = form.decode(content, str(path))
    if not len(read.mesh.face_sizes):
        raise InputError(f"{path}: there are no faces in the file; export a mesh with faces.")
    # Formats without a name of their own call the mesh after the whole path.
    return replace(read, mesh=replace(read.mesh, name=path.name)) if read.mesh.name == str(path) else read


def write_mesh(path: str | os.PathLike, mesh: Mesh, inputs: Iterable[str | os.PathLike] = ()) -> None:
    """Write a mesh file; the suffix chooses the format, the file appears whole or not at all.

    `inputs` are files the mesh was made from: writing over one of them is refused with `InputError`.
    """
    check_writable(path, inputs)
    write_file(path, encode_mesh(path, mesh))


def encode_mesh(path: str | os.PathLike, mesh: Mesh) -> bytes:
    """The content of the mesh file `path`; the suffix chooses the format. `HeadBridgeError` for positions that are no
    numbers, which no program reads and some take for the origin."""
    form = _format(Path(path))
    broken = ~np.isfinite(mesh.vertices).all(axis=1)
    if broken.any():
        raise HeadBridgeError(
            f"{path}: {int(broken.sum())} of {len(broken)} vertices of '{mesh.name}' are NaN or infinite, the first is "
            f"{int(np.argmax(broken))}; nothing was written."
        )
    return form.encode(mesh)


def check_writable(path: str | os.PathLike, inputs: Iterable[str | os.PathLike] = ()) -> None:
    """Raise `InputError` when `path` has an unknown suffix, lies in no folder, or is one of `inputs`.

    Call before a long job, so that it does not fail at its end."""
    _format(Path(path))
    check_output(path, inputs)


def _format(path: Path) -> Format:
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise InputError(f"{path}: '{path.suffix}' is no mesh format known here; use one of {', '.join(FORMATS)}.")
    return form
