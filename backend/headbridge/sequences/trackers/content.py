"""Files of trackers as plain data: NumPy's, torch's, pickled, MATLAB's, JSON and CSV, none of which can run code."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...memory import FileBudget
from ...mesh.io.files import read_file
from ...mesh.io.npy import MAGIC
from ...models.safe_pickle import parse_npy, parse_pickle
from ...models.torch_pickle import TENSOR_NAMES, parse_torch_archive
from ...reading import reading

_ZIP = b"PK\x03\x04"
# How torch.save began its files before 1.6: a pickled magic number.
_OLD_TORCH = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
MESH_SUFFIXES = (".obj", ".ply")


@dataclass(frozen=True)
class Content:
    """What a file (or a folder of arrays) holds.

    kind : "data", "csv", "json" or "mesh" (read later: there may be thousands). value : dictionaries, lists, arrays,
    texts and numbers; the text of a CSV; None of a mesh."""

    path: Path
    kind: str
    value: Any

    @property
    def keys(self) -> frozenset[str]:
        """The keys of a dictionary, of the first of a list of them; none of anything else."""
        first = self.value[0] if isinstance(self.value, list) and self.value else self.value
        return frozenset(map(str, first)) if self.kind == "data" and isinstance(first, Mapping) else frozenset()

    @property
    def records(self) -> list[Mapping[str, Any]]:
        """The dictionaries of the file: one, or one a frame."""
        return list(self.value) if isinstance(self.value, list) else [self.value]


def read_content(path: Path) -> Content:
    """The content of a file, told by its first bytes and, for text, its suffix. MATLAB's files are read by `matlab`.

    Raises `InputError` for what is damaged, runs code, or is of no known kind."""
    if path.suffix.lower() in MESH_SUFFIXES:
        return Content(path, "mesh", None)
    content = read_file(path)
    with reading(path, "it may be cut off, export it again"):
        return _parsed(path, content)


def _parsed(path: Path, content: bytes) -> Content:
    source, suffix = str(path), path.suffix.lower()
    if content.startswith(_ZIP):
        return Content(path, "data", plain(_zipped(path, content)))
    if content.startswith(MAGIC):
        return Content(path, "data", plain(parse_npy(content, source, TENSOR_NAMES)))
    if suffix == ".csv":
        return Content(path, "csv", _text(content, source))
    if suffix == ".json":
        try:
            return Content(path, "json", json.loads(_text(content, source)))
        except (ValueError, RecursionError) as problem:
            raise InputError(f"{source}: this is no JSON file, or a damaged one ({problem}).") from problem
    if content[:1] == b"\x80" or suffix in (".pkl", ".pickle"):
        if _OLD_TORCH in content[:20]:
            raise InputError(
                f"{source}: saved in the form that torch had before 1.6; load and save it again with a newer torch."
            )
        return Content(path, "data", plain(parse_pickle(content, source, TENSOR_NAMES)))
    raise InputError(f"{source}: this is no file of a tracker; {KNOWN}.")


KNOWN = "name its .frame, .npz, .npy, .pkl, .pt, .mat, .csv, .json, .obj or .ply files, or the folder of them"


def plain(value: Any) -> Any:
    """`value` with arrays that hold one object replaced by it, arrays of dictionaries by lists of them, and other lists by
    arrays (of objects where they are no regular rows)."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        if value.ndim == 0:
            return plain(value[()])
        # A list of dictionaries, one a frame; anything else has no numbers in it.
        items = [plain(item) for item in value.ravel()]
        return items if all(isinstance(item, Mapping) for item in items) else value
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if not isinstance(value, tuple | list):
        return value
    if value and all(isinstance(item, Mapping) for item in value):
        return [plain(item) for item in value]
    try:
        return np.array(value)
    except ValueError:
        array = np.empty(len(value), dtype=object)
        array[:] = value
        return array


def _zipped(path: Path, content: bytes) -> Any:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if any(name.endswith("data.pkl") for name in archive.namelist()):
            return parse_torch_archive(content, str(path))
        budget = FileBudget(len(content), str(path))
        for entry in archive.infolist():
            budget.take(entry.file_size, f"'{entry.filename}'")
        return {
            name.removesuffix(".npy"): parse_npy(archive.read(name), f"{path} ({name})", TENSOR_NAMES)
            for name in archive.namelist()
            if name.endswith(".npy")
        }


def _text(content: bytes, source: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise InputError(f"{source}: this is no text in UTF-8; save it again.") from problem


def is_matlab(path: Path) -> bool:
    """Whether a file is one of MATLAB's, by its first bytes, or its suffix."""
    if path.suffix.lower() == ".mat":
        return True
    try:
        with open(path, "rb") as stream:
            return stream.read(6) == b"MATLAB"
    except OSError:
        return False
