# SPDX-License-Identifier: GPL-3.0-or-later
"""A photo to fit, with what is known of its landmarks."""

from __future__ import annotations

import json
from dataclasses import dataclass

import bpy
import numpy as np

from ..image_files import ImageError
from ..job_files import JobFolder
from ..photo_facts import facts_of
from . import landmark_points, photo_camera
from .photo_source import PhotoSource


@dataclass(frozen=True, eq=False)
class GivenLandmarks:
    """names (N,) of the 68 landmarks; points (N, 2) pixels of the photo; exact (N,) bool, those placed by hand.
    size : width and height of the upright photo the pixels are of."""

    names: list[str]
    points: np.ndarray
    exact: np.ndarray
    size: tuple[int, int]


@dataclass(frozen=True, eq=False)
class PhotoInput:
    """A photo; without landmarks they are found."""

    source: PhotoSource
    landmarks: GivenLandmarks | None = None

    @property
    def exact_names(self) -> set[str]:
        """The landmarks that were placed by hand."""
        given = self.landmarks
        return {name for name, exact in zip(given.names, given.exact) if exact} if given is not None else set()

    def write_landmarks(self, folder: JobFolder, stem: str) -> str:
        """Write the landmarks into a job folder; returns the file's name, empty without landmarks."""
        if self.landmarks is None:
            return ""
        given = self.landmarks
        content = {
            "points": given.points.tolist(),
            "names": given.names,
            "exact": given.exact.tolist(),
            "size": given.size,
        }
        return folder.write_bytes(f"{stem}.json", json.dumps(content).encode("utf-8"))


def of_camera(camera: bpy.types.Object) -> PhotoInput:
    """The photo a camera looks through with the landmarks as they are on it now; without any they are found. Raises
    `MeshError` or `ImageError`."""
    if not landmark_points.of(camera):
        return PhotoInput(_source_of(camera))
    names, points, exact = landmark_points.read(camera)
    return PhotoInput(_source_of(camera), GivenLandmarks(names, points, exact, photo_camera.size_of(camera)))


def of_panel(photo) -> PhotoInput:
    """A photo of the panel's list; landmarks placed by hand come from its camera. Raises `MeshError`."""
    source = PhotoSource("", photo.image.name)
    if photo.camera is None:
        return PhotoInput(source)
    return PhotoInput(source, of_camera(photo.camera).landmarks)


def _source_of(camera: bpy.types.Object) -> PhotoSource:
    """The photo a camera shows, or the file it is an upright picture of, while that is there: it says more."""
    shown, original = camera.headbridge.photo, facts_of(camera)["source"]
    if original is not None:
        try:
            PhotoSource(**original).check()
            return PhotoSource(**original)
        except ImageError:
            pass
    if shown is None:
        raise ImageError(f"The photo of '{camera.name}' is gone; fit the photo's file again.")
    return PhotoSource("", shown.name)
