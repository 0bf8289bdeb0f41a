"""A scan's file with the colours that are in it."""

from __future__ import annotations

import os

from ...baking.scan_colours import textured_mesh, vertex_colours
from ...errors import InputError
from ...mesh.io import read_coloured_mesh
from .job import FitScanInput


def read_scan(path: str | os.PathLike) -> FitScanInput:
    """The scan of a mesh file; its colours are the images in the file (.glb), else those of its vertices (.obj, .ply, .glb).

    Images that are not read leave the shape alone, with a note. Raises `InputError` for a mesh that is not read."""
    read = read_coloured_mesh(path)
    notes = ()
    try:
        textured = textured_mesh(read)
    except InputError as problem:
        textured, notes = None, (f"The images in the file were not used: {problem}",)
    if textured is not None:
        return FitScanInput(*textured)
    return FitScanInput(read.mesh, vertex_colours=vertex_colours(read), notes=notes)
