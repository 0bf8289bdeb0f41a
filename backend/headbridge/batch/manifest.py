"""Rows of a manifest, and the files of folders and patterns."""

from __future__ import annotations

import csv
import glob
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..mesh.io.files import read_file
from .head import PATTERN

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson")
"""Of manifests."""

_SEPARATORS = ",;\t"


@dataclass(frozen=True)
class Row:
    """One row: its number, counted from 1, and its values by column; what is empty is left out. Values of CSV are
    text, those of JSON lines also numbers, True and False, and lists."""

    number: int
    values: dict[str, Any]


def is_manifest(path: str) -> bool:
    return Path(path).suffix.lower() in SUFFIXES


def read_manifest(path: str) -> list[Row]:
    """The rows of a CSV file with a heading (commas, semicolons or tabs), or of a file of JSON objects, one per line.

    Raises `InputError`, with the row's number, for what is neither, and for a manifest without rows."""
    try:
        text = read_file(path).decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise InputError(f"{path}: the manifest is no UTF-8 text (byte {problem.start}); save it as UTF-8.") from None
    lines = Path(path).suffix.lower() in (".jsonl", ".ndjson")
    rows = [*(_json_rows(path, text) if lines else _csv_rows(path, text))]
    if not rows:
        raise InputError(f"{path}: the manifest has no rows; add one for each head.")
    return rows


def _csv_rows(path: str, text: str) -> Iterator[Row]:
    heading = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_SEPARATORS, key=heading.count), strict=True)
    columns: list[str] | None = None
    number = 0
    while True:
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as problem:
            raise row_error(path, number + 1, f"this is no CSV ({problem})") from None
        if not any(cells):
            continue
        if columns is None:
            columns = cells
            doubled = next((name for name in columns if name and columns.count(name) > 1), None)
            if doubled or "" in columns:
                what = f"two columns are called '{doubled}'" if doubled else "a column has no name"
                raise InputError(f"{path}: {what}; give each column of the heading a name of its own.")
            continue
        number += 1
        if len(cells) > len(columns):
            raise row_error(path, number, f"{len(cells)} values, but the heading has {len(columns)} columns")
        yield Row(number, {name: cell for name, cell in zip(columns, cells, strict=False) if cell})


def _json_rows(path: str, text: str) -> Iterator[Row]:
    # Other line ends than these may stand inside a JSON string.
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
    for number, line in enumerate(lines, start=1):
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as problem:
            raise row_error(path, number, f"this is no JSON ({problem})") from None
        if not isinstance(values, dict):
            raise row_error(path, number, "this is no JSON object; write {...} with the head's values by name")
        yield Row(number, {name: value for name, value in values.items() if value not in (None, "", [])})


def row_error(path: str, number: int, cause: str) -> InputError:
    """An error in a row, in one line."""
    return InputError(f"{path}, row {number}: {cause.rstrip('.')}.")


class SubFolder(Enum):
    """What a folder inside a folder of heads is: nothing, one head with the files in it, or one head itself."""

    NONE = "none"
    FILES = "files"
    WHOLE = "whole"


def find_files(places: Sequence[str], suffixes: Iterable[str], inside: SubFolder = SubFolder.NONE) -> list[list[str]]:
    """The files of each head: of every place itself, of what a pattern matches, or in a folder, those with one of the
    `suffixes`, and what folders in it stand for.

    Raises `InputError` for a place that is not there, or has nothing."""
    suffixes = tuple(suffixes)
    heads: list[list[str]] = []
    for place in places:
        if os.path.isdir(place):
            found = [*_in_folder(place, suffixes, inside)]
            if not found:
                raise InputError(f"{place}: the folder has no files with {' '.join(suffixes)}; name another.")
        elif os.path.exists(place):
            found = [[place]]
        elif any(sign in place for sign in PATTERN):
            found = [[path] for path in sorted(glob.glob(place, recursive=True)) if os.path.isfile(path)]
            if not found:
                raise InputError(f"{place}: no file matches; check the pattern.")
        else:
            raise InputError(f"{place}: there is no such file or folder; check the path.")
        heads += [files for files in found if files not in heads]
    return heads


def _in_folder(folder: str, suffixes: tuple[str, ...], inside: SubFolder) -> Iterator[list[str]]:
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.startswith("."):
            continue
        if os.path.isfile(path) and name.lower().endswith(suffixes):
            yield [path]
        elif os.path.isdir(path) and inside is SubFolder.WHOLE:
            yield [path]
        elif os.path.isdir(path) and inside is SubFolder.FILES:
            together = [files[0] for files in _in_folder(path, suffixes, SubFolder.NONE)]
            if together:
                yield together


def chosen_rows(text: str, count: int) -> range:
    """Row numbers of "A:B" (both are in), "A:", ":B" or "A", of `count`; `InputError` for anything else. Rows beyond the
    last are left out, so that all parts of an array of jobs can be of one size."""
    first, colon, last = text.partition(":")
    try:
        start, stop = int(first or 1), int(last or (count if colon else first))
    except ValueError:
        raise InputError(f"--rows takes A:B, the first and the last row counted from 1, not '{text}'.") from None
    if start < 1 or stop < start:
        raise InputError(f"--rows {text}: rows are counted from 1, and the first comes before the last.")
    return range(start, min(stop, count) + 1)
