# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of another predictor's images of a scan's views."""

from __future__ import annotations

import os
from dataclasses import dataclass

import bpy
import numpy as np

from ..job_files import JobFolder, user_file
from ..mesh_arrays import MeshError

CAMERAS = ("cameras.json", "transforms.json")
# Where they are chosen.
DENSE_FOLDERS = {
    "dense_uv": bpy.props.StringProperty(
        name="Dense UVs",
        subtype="DIR_PATH",
        description="Folder of another predictor's images of the scan's views: FLAME's u and v in red and green, "
        "valid in alpha",
    ),
    "normals": bpy.props.StringProperty(
        name="Normals",
        subtype="DIR_PATH",
        description="Folder of images of normals, called like the views: pixels that disagree do not count",
    ),
    "cameras": bpy.props.StringProperty(
        name="Cameras",
        subtype="FILE_PATH",
        description="The cameras.json that Render Views wrote; the one in the folder of the dense UVs when empty",
    ),
}
_IMAGES = (".png", ".exr", ".tif", ".tiff", ".webp")


@dataclass(frozen=True)
class DenseFolders:
    """uvs, normals : folders of images; normals may be empty. cameras : the file of the views' cameras; empty for the one
    in the folder of UVs."""

    uvs: str
    normals: str = ""
    cameras: str = ""

    def check(self) -> None:
        """Raise `MeshError` unless there are images and cameras."""
        for folder in filter(None, (self.uvs, self.normals)):
            if not os.path.isdir(folder):
                raise MeshError(f"The folder of dense images '{folder}' does not exist; choose another.")
        if not _images(self.uvs):
            raise MeshError(f"There are no images in '{self.uvs}'; choose the folder of the dense UVs.")
        self._cameras()

    def write(self, folder: JobFolder) -> dict[str, np.ndarray]:
        """Write images and cameras into a job folder; returns the options that name them."""
        cameras = folder.write_bytes("dense_cameras.json", user_file(self._cameras(), "file of the cameras"))
        uvs, normals = (_images(where) if where else {} for where in (self.uvs, self.normals))
        files = {"dense_files": [], "normal_files": []}
        for number, stem in enumerate(uvs):
            for kind, found in (("dense", uvs), ("normal", normals)):
                path = found.get(stem, "")
                name = f"{kind}_{number:02d}{os.path.splitext(path)[1].lower()}"
                files[f"{kind}_files"].append(folder.write_bytes(name, user_file(path, "dense image")) if path else "")
        return {
            "camera_file": np.array(cameras),
            "view_names": np.array([*uvs], np.str_),
            **{kind: np.array(names, np.str_) for kind, names in files.items()},
        }

    def _cameras(self) -> str:
        paths = [self.cameras] if self.cameras else [os.path.join(self.uvs, name) for name in CAMERAS]
        found = next((path for path in paths if os.path.isfile(path)), None)
        if found is None:
            raise MeshError(
                f"There is no '{paths[0]}'; name the cameras.json that Render Views wrote, or copy it into the folder."
            )
        return found


def _images(folder: str) -> dict[str, str]:
    """The images of a folder by their names without ending, in their order."""
    try:
        found = os.listdir(folder)
    except OSError as problem:
        raise MeshError(
            f"The folder '{folder}' cannot be read ({problem.strerror}); allow it to be read, or choose another."
        ) from problem
    names = sorted(name for name in found if os.path.splitext(name)[1].lower() in _IMAGES)
    return {os.path.splitext(name)[0]: os.path.join(folder, name) for name in names}
