# SPDX-License-Identifier: GPL-3.0-or-later
"""A photo to fit, with what is known of its landmarks."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import bpy
import numpy as np

from ..image_files import ImageError
from ..job_files import JobFolder
from ..photo_facts import facts_of
from . import landmark_points, photo_camera
from .photo_source import DenseSource, PhotoSource

# Another predictor's images of a photo.
DENSE = ("dense_uv", "normals")


@dataclass(frozen=True, eq=False)
class GivenLandmarks:
    """names (N,) of the 68 landmarks; points (N, 2) pixels of the photo, placed by hand. size : width and height of the
    upright photo the pixels are of."""

    names: list[str]
    points: np.ndarray
    size: tuple[int, int]


@dataclass(frozen=True, eq=False)
class PhotoInput:
    """A photo. landmarks : all were placed by hand and none is found, or None where they are found. pins : those that were
    moved or added by hand since they were found, none where there is no such. left_out : names of those that were deleted
    since, which the head is not to follow. dense_uv, normals : another predictor's images of it, or None."""

    source: PhotoSource
    landmarks: GivenLandmarks | None = None
    pins: GivenLandmarks | None = None
    left_out: tuple[str, ...] = ()
    dense_uv: DenseSource | None = None
    normals: DenseSource | None = None

    @property
    def by_hand(self) -> GivenLandmarks | None:
        """What was placed by hand."""
        return self.pins if self.pins is not None else self.landmarks


def write_points(given: GivenLandmarks | None, folder: JobFolder, stem: str, left_out: tuple[str, ...] = ()) -> str:
    """Write points, and the names of those that are left out, into a job folder; returns the file's name, empty where
    there are none of either."""
    if given is None and not left_out:
        return ""
    content = {"points": [], "names": []}
    if given is not None:
        content = {"points": given.points.tolist(), "names": given.names, "size": given.size}
    if left_out:
        content["left_out"] = left_out
    return folder.write_bytes(f"{stem}.json", json.dumps(content).encode("utf-8"))


def of_camera(camera: bpy.types.Object) -> PhotoInput:
    """The photo a camera looks through with what was done to its landmarks by hand; without any they are found. Raises
    `MeshError` or `ImageError`."""
    facts = facts_of(camera)
    dense = _dense({name: facts.get(name) for name in DENSE})
    if not landmark_points.of(camera):
        return PhotoInput(_source_of(camera), **dense)
    names, points, by_hand = landmark_points.read(camera)
    chosen = [name for name, own in zip(names, by_hand) if own]
    given = GivenLandmarks(chosen, points[by_hand], photo_camera.size_of(camera)) if chosen else None
    if landmark_points.were_found(camera):
        return PhotoInput(_source_of(camera), pins=given, left_out=landmark_points.left_out(camera), **dense)
    landmark_points.check_enough(camera)
    return PhotoInput(_source_of(camera), given, **dense)


def of_panel(photo) -> PhotoInput:
    """A photo of the panel's list; landmarks placed by hand come from its camera. Raises `MeshError`."""
    known = PhotoInput(PhotoSource("", photo.image.name))
    if photo.camera is not None:
        known = replace(of_camera(photo.camera), source=known.source)
    return replace(known, **_dense({name: getattr(photo, name) for name in DENSE}))


def dense_paths(photo: PhotoInput) -> dict[str, str]:
    """The paths of a photo's dense images by their names, for the camera to keep."""
    return {name: source.path for name in DENSE if (source := getattr(photo, name)) is not None}


def _dense(paths: dict[str, str | None]) -> dict[str, DenseSource]:
    return {name: DenseSource(bpy.path.abspath(path)) for name, path in paths.items() if path}


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
