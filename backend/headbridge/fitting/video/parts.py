"""What a long job has done so far, in a folder: a job that was ended goes on from there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import InputError
from ...mesh.io.files import read_file, write_file
from ...mesh.io.npz import read_arrays, write_arrays


class Parts:
    """Arrays by name. The folder belongs to one video and one set of settings; it is made with the first part."""

    def __init__(self, folder: Path):
        self._folder = folder

    def load(self, name: str) -> dict[str, np.ndarray] | None:
        """A part, None where it was not kept, or was damaged since."""
        path = self._folder / f"{name}.npz"
        if not path.is_file():
            return None
        try:
            return read_arrays(read_file(path), str(path))
        except InputError:
            # It is made again.
            return None

    def keep(self, name: str, arrays: dict[str, np.ndarray]) -> None:
        """Keep a part, all or nothing."""
        self._folder.mkdir(parents=True, exist_ok=True)
        write_file(self._folder / f"{name}.npz", write_arrays(arrays))
