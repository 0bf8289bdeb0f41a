"""Many uniform lines of numbers at once: what makes OBJ files of millions of lines bearable.

Every function returns None for lines that are not as uniform as most exporters write them; those are read one by
one."""

from __future__ import annotations

import re

import numpy as np

_CORNER_FORMS = {
    form: re.compile(rf"(?:{form.replace('i', '-?[0-9]++')}(?: |$))++") for form in ("i", "i/i", "i/i/i", "i//i")
}


def float_table(rows: list[str]) -> np.ndarray | None:
    """(N, K) float64 of rows that all hold K numbers, one blank between them."""
    blanks = rows[0].count(" ")
    if any(row.count(" ") != blanks for row in rows):
        return None
    numbers = _numbers(" ".join(rows), np.float64)
    return numbers.reshape(len(rows), blanks + 1) if len(numbers) == len(rows) * (blanks + 1) else None


def corner_tables(rows: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray | None] | None:
    """Corners per face, and per corner the vertex and (where given) texture coordinate index as in the file, of faces
    whose corners are all written in one form: `i`, `i/i`, `i/i/i` or `i//i`."""
    text = " ".join(rows)
    first = rows[0].partition(" ")[0]
    form = re.sub("-?[0-9]+", "i", first)
    if form not in _CORNER_FORMS or not _CORNER_FORMS[form].fullmatch(text):
        return None
    sizes = np.array([row.count(" ") + 1 for row in rows], dtype=np.int32)
    columns = form.count("i")
    numbers = _numbers(text.replace("/", " "), np.int64)
    if len(numbers) != columns * sizes.sum():
        return None
    table = numbers.reshape(-1, columns)
    return sizes, table[:, 0], table[:, 1] if form.startswith("i/i") else None


def _numbers(text: str, kind: type) -> np.ndarray:
    try:
        return np.fromstring(text, dtype=kind, sep=" ")
    except ValueError:
        # Words that are no numbers: the caller sees it by the length.
        return np.empty(0, kind)
