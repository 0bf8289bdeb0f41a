"""A job's folder: the only place its files are read from and written to."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.io import read_mesh
from ..mesh.io.files import read_file, write_file
from ..mesh.io.npz import read_arrays, write_arrays


class JobFolder:
    """An existing folder, shared with the client that made it. Writes are all or nothing.

    Raises `InputError` when `path` is no folder."""

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path).resolve()
        if not self.path.is_dir():
            raise InputError(f"{path}: the job folder does not exist; create it before starting the job.")

    def file(self, name: str) -> Path:
        """The path of a file of the job; `InputError` when `name` leads out of the folder."""
        path = (self.path / name).resolve()
        if path.parent != self.path:
            raise InputError(f"'{name}' leads out of the job folder; name a file inside it.")
        return path

    def read_mesh(self, name: str) -> Mesh:
        return read_mesh(self.file(name))

    def read_arrays(self, name: str) -> dict[str, np.ndarray]:
        """The arrays of an .npz file, none when it does not exist."""
        path = self.file(name)
        return read_arrays(read_file(path), str(path)) if path.exists() else {}

    def write_arrays(self, name: str, **arrays: np.ndarray) -> None:
        write_file(self.file(name), write_arrays(arrays))
