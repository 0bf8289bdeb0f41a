"""Writing Wavefront OBJ: vertex order and polygons as they are, seams kept, positions exact."""

from __future__ import annotations

import unicodedata

import numpy as np

from ..mesh import Mesh
from .distinct import distinct_rows


def encode(mesh: Mesh, library: str = "") -> bytes:
    """The content of an OBJ file; library : the .mtl file of its materials, or none.

    Numbers are written with the fewest digits that read back the same; equal UVs share one `vt`, so that the corners
    of a vertex differ in `vt` exactly along seams. Materials are named, but no .mtl file is written.
    """
    lines = ["# HeadBridge"]
    if library:
        lines.append(f"mtllib {statement_name(library)}")
    lines += [f"v {x!r} {y!r} {z!r}" for x, y, z in mesh.vertices.tolist()]
    words = (mesh.corners + 1).astype(str)
    if mesh.uvs is not None:
        distinct, chosen = distinct_rows(mesh.uvs)
        lines += [f"vt {u} {v}" for u, v in mesh.uvs[distinct].astype(str).tolist()]
        words = np.char.add(np.char.add(words, "/"), (chosen + 1).astype(str))
    lines += _face_lines(mesh, words.tolist())
    return ("\n".join(lines) + "\n").encode("utf-8")


def statement_name(name: str) -> str:
    """A name as it may stand in an OBJ or MTL file: on one line, and without a backslash at its end, which would join
    the next line to it."""
    line = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in name)
    return line.strip().rstrip("\\").strip() or "unnamed"


def _face_lines(mesh: Mesh, words: list[str]) -> list[str]:
    starts = mesh.face_starts.tolist()
    faces = [f"f {' '.join(words[start : start + size])}" for start, size in zip(starts, mesh.face_sizes.tolist())]
    if mesh.face_materials is None or not mesh.material_names:
        return faces
    lines = []
    current = None
    for face, material in zip(faces, mesh.face_materials.tolist()):
        if material != current:
            lines.append(f"usemtl {statement_name(mesh.material_names[material])}")
            current = material
        lines.append(face)
    return lines
