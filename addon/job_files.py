# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a job: one of the user's, and those of its folder: meshes, options and images out, results and previews in;
`.npz` without pickle."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager

import numpy as np

from . import job_answer, paths
from .job_client import BackendError
from .mesh_arrays import MeshArrays, MeshError


class JobFolder:
    """A new folder for one job; raises `BackendError` when it cannot be made or written."""

    def __init__(self):
        try:
            self.path = tempfile.mkdtemp(prefix="job-", dir=paths.user_folder("jobs"))
        except OSError as problem:
            raise BackendError(
                f"No job folder could be made: {problem}. Free some disk space or check the permissions."
            ) from problem

    def write_mesh(self, name: str, arrays: MeshArrays) -> None:
        """Write one mesh; see the mesh npz format of the backend."""
        self.write_arrays(name, mesh_content(arrays))

    def write_arrays(self, name: str, arrays: dict[str, np.ndarray]) -> None:
        """Write named arrays."""
        with self._writing():
            np.savez(os.path.join(self.path, name), **arrays)

    def write_bytes(self, name: str, content: bytes) -> str:
        """Write a file; returns its name."""
        with self._writing(), open(os.path.join(self.path, name), "wb") as file:
            file.write(content)
        return name

    @contextmanager
    def _writing(self):
        try:
            yield
        except OSError as problem:
            self.remove()
            raise BackendError(
                f"The job folder could not be written: {problem}. Free some disk space and try again."
            ) from problem

    def file(self, name: object) -> str:
        """The path of a file that the worker names; raises `BackendError` unless it lies in this folder."""
        return job_answer.path_in(self.path, name)

    def read_arrays(
        self, name: object, shapes: dict[str, tuple] | None = None, unmeasured: frozenset[str] = frozenset()
    ) -> dict[str, np.ndarray]:
        """The arrays of a file that the worker names, as `job_answer.read_arrays` checks them."""
        return job_answer.read_arrays(self.path, name, shapes, unmeasured)

    def take_preview(self, name: object) -> np.ndarray | None:
        """(V, 3) intermediate vertices, removing the file and older ones beside it; None when a cancel took it away."""
        if not os.path.exists(self.file(name)):
            return None
        vertices = self.read_arrays(name, {"vertices": (None, 3)})["vertices"]
        for entry in os.listdir(self.path):
            if entry.startswith("preview_") and entry <= name:
                os.remove(os.path.join(self.path, entry))
        return vertices

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.path, ignore_errors=True)


def user_file(path: str, what: str) -> bytes:
    """The content of a file that the user chose; raises `MeshError`. what : names it, such as "landmark file"."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as problem:
        raise MeshError(f"The {what} '{path}' cannot be read: {problem.strerror or problem}.") from problem


def mesh_content(arrays: MeshArrays) -> dict[str, np.ndarray]:
    """The arrays of a mesh file of the backend's (`.npz`)."""
    content = {
        "vertices": arrays.vertices,
        "corners": arrays.corners,
        "face_sizes": arrays.face_sizes,
        "face_materials": arrays.face_materials,
        "material_names": np.array(arrays.material_names or ("",), dtype=np.str_),
    }
    if arrays.name:
        content["name"] = np.array(arrays.name, dtype=np.str_)
    if arrays.uvs is not None:
        content["uvs"] = arrays.uvs
    return content
