"""What a build has finished, kept in a folder, so that it goes on there after it was stopped."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..mesh.io.files import read_file, write_error, write_file
from ..mesh.io.npz import read_arrays, write_arrays

_ENTRY = re.compile(r"(?P<layout>[a-z]+)-[a-z]+-[0-9a-f]{64}\.npz")


class WorkFolder:
    """Arrays by kind and content key (`cache.content_key`), a file each, whole or not at all.

    path : made if need be. layout : of the heads that are fitted. Raises `InputError` when the folder cannot be made or
    holds textures in another layout."""

    def __init__(self, path: str | os.PathLike, layout: str):
        self.path, self._layout = Path(path), layout
        try:
            self.path.mkdir(exist_ok=True)
            names = sorted(entry.name for entry in self.path.iterdir())
        except FileExistsError:
            raise InputError(f"{path}: this is a file, but finished textures go to a folder of this name.") from None
        except OSError as problem:
            raise write_error(self.path / "textures", problem) from problem
        others = {match["layout"] for match in map(_ENTRY.fullmatch, names) if match} - {layout}
        if others:
            raise InputError(
                f"{path}: holds textures in the layout of {min(others)}, not {layout}; choose the model they were "
                "made with, or another output."
            )

    def get(self, kind: str, key: str) -> dict[str, np.ndarray] | None:
        """The arrays that were put, or None when there are none or their file is damaged."""
        path = self._file(kind, key)
        try:
            return read_arrays(read_file(path), str(path)) if path.exists() else None
        except InputError:
            return None

    def put(self, kind: str, key: str, arrays: dict[str, np.ndarray]) -> None:
        """Raises `HeadBridgeError` when the disk is full and `InputError` when the folder may not be written."""
        write_file(self._file(kind, key), write_arrays(arrays))

    def _file(self, kind: str, key: str) -> Path:
        return self.path / f"{self._layout}-{kind}-{key}.npz"
