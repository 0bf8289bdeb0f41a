"""Reading Wavefront OBJ: polygons, per-corner UVs and material names; everything else in the file is skipped."""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from ..mesh import Mesh


class _Statements:
    """The statements of a file that matter, in file order.

    positions, texcoords, faces : (line number, arguments) of every `v`, `vt` and `f`.
    positions_before, texcoords_before : per face, how many `v` and `vt` came before it (negative indices count back from there).
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
                material = self.materials.setdefault(arguments.strip(), len(self.materials))


def _logical_lines(text: str):
    """Line number and text of every line, continuation lines joined, tabs as spaces, comments and outer blanks removed."""
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
    """(N, most) float64 of the first arguments of every line; arguments a line leaves out are zero."""
    rows = [arguments.split(None, most)[:most] for _, arguments in lines]
    try:
        if min(map(len, rows)) == most:
            return np.array([float(word) for row in rows for word in row]).reshape(-1, most)
        short = next((i for i, row in enumerate(rows) if len(row) < least), None)
        if short is None:
            return np.array([[float(word) for word in row] + [0.0] * (most - len(row)) for row in rows])
        number, arguments = lines[short]
        raise InputError(f"{source}: line {number}, '{keyword} {arguments}', has fewer than {least} numbers; export it again.")
    except ValueError:
        for number, arguments in lines:
            for word in arguments.split()[:most]:
                if not _is_number(word):
                    raise InputError(f"{source}: line {number}, '{keyword} {arguments}': '{word}' is not a number.") from None
        raise


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _resolved(words: list[str], before: np.ndarray, total: int, what: str, lines: np.ndarray, source: str) -> np.ndarray:
    """Zero-based indices from the file's words: one-based, or negative and counted back from `before`; -1 for no word."""
    given = np.array([word != "" for word in words], dtype=bool)
    try:
        index = np.array([int(word) if word else 0 for word in words], dtype=np.int64)
    except ValueError:
        at = next(i for i, word in enumerate(words) if word and not word.lstrip("+-").isdigit())
        raise InputError(f"{source}: line {lines[at]}: '{words[at]}' is not a {what} index.") from None
    resolved = np.where(index > 0, index - 1, before + index)
    bad = given & ((index == 0) | (resolved < 0) | (resolved >= total))
    if bad.any():
        at = int(np.argmax(bad))
        raise InputError(f"{source}: line {lines[at]} names {what} {index[at]}, but the file has {total}; export it again.")
    return np.where(given, resolved, -1)


def decode(content: bytes, source: str) -> Mesh:
    """The mesh of an OBJ file; corners without UV in a file that has UVs get (0, 0)."""
    statements = _Statements(_text(content))
    if not statements.positions or not statements.faces:
        missing = "vertices" if not statements.positions else "faces"
        raise InputError(f"{source}: there are no {missing} in the file; export a mesh with faces as Wavefront OBJ.")
    vertices = _numbers(statements.positions, "v", 3, 3, source)

    words_of_faces = [arguments.split() for _, arguments in statements.faces]
    sizes = np.array([len(words) for words in words_of_faces], dtype=np.int32)
    if sizes.min() < 3:
        number, arguments = statements.faces[int(np.argmin(sizes))]
        raise InputError(f"{source}: line {number}, 'f {arguments}', has fewer than three corners; delete such faces.")
    words = [word.split("/") for row in words_of_faces for word in row]
    lines = np.repeat([number for number, _ in statements.faces], sizes)
    before = np.repeat(statements.positions_before, sizes)
    corners = _resolved([word[0] or "?" for word in words], before, len(vertices), "vertex", lines, source)

    uvs = None
    if statements.texcoords:
        before = np.repeat(statements.texcoords_before, sizes)
        texcoord_words = [word[1] if len(word) > 1 else "" for word in words]
        texcoords = _numbers(statements.texcoords, "vt", 1, 2, source)
        chosen = _resolved(texcoord_words, before, len(texcoords), "texture coordinate", lines, source)
        if (chosen >= 0).any():
            uvs = np.where(chosen[:, None] >= 0, texcoords[chosen], 0.0)

    face_materials = names = None
    if statements.materials:
        face_materials = np.array(statements.face_materials, dtype=np.int32)
        names = list(statements.materials)
        if face_materials.min() < 0:
            face_materials, names = face_materials + 1, ["default", *names]
    return Mesh(vertices, corners, sizes, uvs, face_materials, tuple(names or ()), source)
