"""Reading Wavefront OBJ: polygons, per-corner UVs, colours of vertices and material names; everything else in the file is
skipped."""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from ..mesh import Mesh
from .coloured import ColouredMesh, shares_of_one
from .obj_tables import corner_tables, float_table


class _Statements:
    """The statements of a file that matter, in file order.

    positions, texcoords, faces : (line number, arguments) of every `v`, `vt` and `f`.
    positions_before, texcoords_before : per face, how many `v` and `vt` came before it (negative indices count back
        from there).
    face_materials : per face, index into `materials`, -1 before the first `usemtl`.
    """

    def __init__(self, text: str):
        self.positions: list[tuple[int, str]] = []
        self.texcoords: list[tuple[int, str]] = []
        self.faces: list[tuple[int, str]] = []
        self.positions_before: list[int] = []
        self.texcoords_before: list[int] = []
        self.face_materials: list[int] = []
        self.materials: dict[str, int] = {}
        material = -1
        for number, line in _logical_lines(text):
            keyword, _, arguments = line.partition(" ")
            arguments = arguments.lstrip()
            if keyword == "v":
                self.positions.append((number, arguments))
            elif keyword == "vt":
                self.texcoords.append((number, arguments))
            elif keyword == "f":
                self.faces.append((number, arguments))
                self.positions_before.append(len(self.positions))
                self.texcoords_before.append(len(self.texcoords))
                self.face_materials.append(material)
            elif keyword == "usemtl":
                material = self.materials.setdefault(arguments, len(self.materials))


def _logical_lines(text: str):
    """Line number and text of every line, continuation lines joined, tabs as spaces, comments and outer blanks
    removed."""
    lines = enumerate(text.replace("\t", " ").splitlines(), start=1)
    for number, line in lines:
        while line.endswith("\\"):
            _, more = next(lines, (number, ""))
            line = f"{line[:-1]} {more}"
        line = line.strip()
        # Only data lines lose a trailing comment: a material's name may hold the sign.
        if "#" in line and not line.startswith("usemtl"):
            line = line.partition("#")[0].rstrip()
        if line:
            yield number, line


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _numbers(lines: list[tuple[int, str]], keyword: str, least: int, most: int, source: str) -> np.ndarray:
    """(N, K) float64 of the arguments of every line: all of them where every line has as many, at least `most`; else the
    first `most`, and zero for those that a line leaves out."""
    table = float_table([arguments for _, arguments in lines])
    if table is not None and table.shape[1] >= most:
        return table
    rows = []
    for number, arguments in lines:
        words = arguments.split()[:most]
        if len(words) < least:
            raise InputError(
                f"{source}: line {number}, '{keyword} {arguments}', has fewer than {least} numbers; export it again."
            )
        wrong = next((word for word in words if not _is_number(word)), None)
        if wrong is not None:
            raise InputError(f"{source}: line {number}, '{keyword} {arguments}': '{wrong}' is not a number.")
        rows.append([float(word) for word in words] + [0.0] * (most - len(words)))
    return np.array(rows)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _corners(lines: list[tuple[int, str]], source: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Corners per face, and per corner the vertex index, the texture coordinate index as in the file, and whether it
    has one."""
    tables = corner_tables([arguments for _, arguments in lines])
    if tables is not None:
        sizes, vertices, texcoords = tables
        given = np.full(len(vertices), texcoords is not None)
        return sizes, vertices, np.zeros(len(vertices), np.int64) if texcoords is None else texcoords, given
    sizes, vertices, texcoords = [], [], []
    for number, arguments in lines:
        corners = [word.split("/") for word in arguments.split()]
        sizes.append(len(corners))
        vertices += [_index(corner[0], "vertex", number, source) for corner in corners]
        texcoords += [
            _index(corner[1], "texture coordinate", number, source) if len(corner) > 1 and corner[1] else None
            for corner in corners
        ]
    given = np.array([index is not None for index in texcoords])
    texcoords = np.array([index or 0 for index in texcoords], dtype=np.int64)
    return np.array(sizes, np.int32), np.array(vertices, np.int64), texcoords, given


def _index(word: str, what: str, line: int, source: str) -> int:
    try:
        return int(word)
    except ValueError:
        raise InputError(f"{source}: line {line}: '{word}' is not a {what} index; export it again.") from None


def _resolved(
    index: np.ndarray, before: np.ndarray, total: int, what: str, lines: np.ndarray, source: str
) -> np.ndarray:
    """Zero-based indices from the file's: one-based, or negative and counted back from `before`."""
    resolved = np.where(index > 0, index - 1, before + index)
    bad = (index == 0) | (resolved < 0) | (resolved >= total)
    if bad.any():
        at = int(np.argmax(bad))
        raise InputError(
            f"{source}: line {lines[at]} names {what} {index[at]}, but the file has {total}; export it again."
        )
    return resolved


def decode(content: bytes, source: str) -> ColouredMesh:
    """The mesh of an OBJ file; corners without UV in a file that has UVs get (0, 0). Vertices have colours where r g b
    follow every x y z (MeshLab, ZBrush, photogrammetry)."""
    statements = _Statements(_text(content))
    if not statements.positions or not statements.faces:
        missing = "vertices" if not statements.positions else "faces"
        raise InputError(f"{source}: there are no {missing} in the file; export a mesh with faces as Wavefront OBJ.")
    positions = _numbers(statements.positions, "v", 3, 3, source)
    vertices = positions[:, :3]

    sizes, vertex_index, texcoord_index, has_texcoord = _corners(statements.faces, source)
    if sizes.min() < 3:
        number, arguments = statements.faces[int(np.argmin(sizes))]
        raise InputError(f"{source}: line {number}, 'f {arguments}', has fewer than three corners; delete such faces.")
    lines = np.repeat([number for number, _ in statements.faces], sizes)
    before = np.repeat(statements.positions_before, sizes)
    corners = _resolved(vertex_index, before, len(vertices), "vertex", lines, source)

    uvs = None
    if has_texcoord.any():
        texcoords = np.zeros((0, 2))
        if statements.texcoords:
            texcoords = _numbers(statements.texcoords, "vt", 1, 2, source)[:, :2]
        before = np.repeat(statements.texcoords_before, sizes)[has_texcoord]
        chosen = texcoord_index[has_texcoord]
        chosen = _resolved(chosen, before, len(texcoords), "texture coordinate", lines[has_texcoord], source)
        uvs = np.zeros((len(corners), 2))
        uvs[has_texcoord] = texcoords[chosen]

    face_materials = names = None
    if statements.materials:
        face_materials = np.array(statements.face_materials, dtype=np.int32)
        names = list(statements.materials)
        if face_materials.min() < 0:
            face_materials, names = face_materials + 1, ["default", *names]
    mesh = Mesh(vertices, corners, sizes, uvs, face_materials, tuple(names or ()), source)
    # x y z r g b, or x y z r g b a.
    coloured = positions.shape[1] in (6, 7)
    return ColouredMesh(mesh, shares_of_one(positions[:, 3:6]) if coloured else None)
