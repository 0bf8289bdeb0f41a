# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures a performance was seen in: a video, or numbered files, behind a camera."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

import bpy
import numpy as np

_NUMBER = re.compile(r"(\d+)(?=\.[^.]*$)")
_MOVIES = {".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg"}


@dataclass(frozen=True)
class Pictures:
    """path : of the video, or of the first of numbered files. first : number of the picture of the scene's frame
    `frame`, count : how many frames follow each other from there, gaps included."""

    path: str
    first: int
    frame: int
    count: int
    movie: bool


def find(names: np.ndarray | None, frame_ids: np.ndarray, folders: list[str], given: str) -> Pictures | None:
    """The pictures of frames: the video or folder `given` by the user, else the files the source names, as they are
    or in one of the folders; None where there are none, or their numbers do not go with those of the frames."""
    count = int(frame_ids[-1] - frame_ids[0]) + 1
    if os.path.splitext(given)[1].lower() in _MOVIES and os.path.isfile(given):
        # The first frame of a video is number 1 in Blender, and mostly 0 elsewhere.
        return Pictures(given, 1 + int(frame_ids[0]), int(frame_ids[0]), count, True)
    paths = _in_folder(given, len(frame_ids)) if os.path.isdir(given) else _named(names, folders)
    if not paths:
        return None
    numbers = [_NUMBER.search(os.path.basename(path)) for path in paths]
    if len(paths) == 1 or any(found is None for found in numbers):
        return Pictures(paths[0], 0, int(frame_ids[0]), 1, False) if len(frame_ids) == 1 else None
    steps = np.array([int(found.group()) for found in numbers]) - frame_ids[: len(numbers)]
    if (steps != steps[0]).any():
        return None
    return Pictures(paths[0], int(numbers[0].group()), int(frame_ids[0]), count, False)


def _in_folder(folder: str, count: int) -> list[str]:
    names = sorted(name for name in os.listdir(folder) if name.lower().endswith((".png", ".jpg", ".jpeg")))
    return [os.path.join(folder, name) for name in names[:count]]


def _named(names: np.ndarray | None, folders: list[str]) -> list[str]:
    """The named files where all of them are in one place."""
    if names is None:
        return []
    for folder in ("", *folders):
        paths = [os.path.join(folder, name) for name in names.tolist()]
        if all(os.path.isfile(path) for path in paths):
            return paths
    return []


def show(camera: bpy.types.Object, pictures: Pictures) -> bpy.types.Image:
    """Put pictures behind what a camera sees."""
    image = bpy.data.images.load(pictures.path, check_existing=True)
    data = camera.data
    data.show_background_images = True
    shown = data.background_images.new()
    shown.image, shown.display_depth, shown.frame_method, shown.alpha = image, "BACK", "FIT", 1.0
    if pictures.count > 1:
        if not pictures.movie:
            image.source = "SEQUENCE"
        user = shown.image_user
        user.frame_start, user.frame_duration = pictures.frame, pictures.count
        user.frame_offset = pictures.first - 1
        user.use_auto_refresh = True
    return image


def size_of(pictures: Pictures) -> tuple[int, int] | None:
    """Width and height of the pictures, None where Blender cannot read them."""
    image = bpy.data.images.load(pictures.path, check_existing=True)
    size = tuple(image.size)
    return size if all(size) else None
