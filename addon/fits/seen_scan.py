# SPDX-License-Identifier: GPL-3.0-or-later
"""A scan of the scene with its texture, as its jobs are given it."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from .. import base_colour, image_files, mesh_arrays, seen_meshes
from ..image_files import ImageError
from ..job_files import JobFolder
from ..mesh_arrays import MeshArrays
from .mesh_session import chosen_object


@dataclass(frozen=True, eq=False)
class SeenScan:
    """name : the object's. arrays : as it is seen. image : of its UV layout, None where it has none."""

    name: str
    arrays: MeshArrays
    image: bpy.types.Image | None

    @classmethod
    def of(cls, name: str) -> SeenScan:
        """The scan of that name, else the active object. Raises `MeshError` or `ImageError`."""
        obj = chosen_object(name, "the scan to fit")
        mesh_arrays.check_mesh(obj)
        image, layer = base_colour.texture_of(obj) or (None, "")
        if image is not None and image.source == "TILED":
            raise ImageError(f"The texture '{image.name}' has several tiles; bake it to a single image first.")
        if image is not None:
            image_files.check_image(image)
        return cls(obj.name, seen_meshes.read_seen(obj, layer), image)

    def write(self, folder: JobFolder) -> dict[str, np.ndarray]:
        """Write the scan into a job folder; returns the options that name its picture."""
        folder.write_mesh("scan.npz", self.arrays)
        if self.image is None or self.arrays.uvs is None:
            return {}
        return {"texture_file": np.array(image_files.write_image(self.image, folder).files[0])}
