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


def find(arrays: dict[str, np.ndarray], folders: list[str], given: str) -> Pictures | None:
    """The pictures of frames: the video or folder `given` by the user, else the files the source names, as they are
    or in one of the folders; None where there are none, or their numbers do not go with those of the frames.

    arrays : of the task "animated_head": frame_ids (T,), and perhaps images (T,) and video_frames (T,)."""
    frame_ids = arrays["frame_ids"]
    frame, count = int(frame_ids[0]), int(frame_ids[-1] - frame_ids[0]) + 1
    if os.path.splitext(given)[1].lower() in _MOVIES and os.path.isfile(given):
        # The first frame of a video is number 1 in Blender, and 0 elsewhere.
        return Pictures(given, 1 + int(arrays.get("video_frames", frame_ids)[0]), frame, count, True)
    paths = _in_folder(given, frame_ids) if os.path.isdir(given) else _named(arrays.get("images"), folders)
    numbers = [_number(path) for path in paths]
    if len(paths) == len(frame_ids) == 1:
        return Pictures(paths[0], 0, frame, 1, False)
    if not paths or None in numbers or len(set(np.array(numbers) - frame_ids)) > 1:
        return None
    return Pictures(paths[0], numbers[0], frame, count, False)


def _number(path: str) -> int | None:
    """By what Blender counts pictures: the last number in a file's name."""
    found = _NUMBER.search(os.path.basename(path))
    return None if found is None else int(found.group())


def _in_folder(folder: str, frame_ids: np.ndarray) -> list[str]:
    """The pictures of the frames: those of the frames' numbers, or as many as there are frames, in order."""
    names = sorted(name for name in os.listdir(folder) if name.lower().endswith((".png", ".jpg", ".jpeg")))
    by_number = {_number(name): name for name in names}
    wanted = [by_number.get(number) for number in frame_ids.tolist()]
    if None in wanted:
        wanted = names if len(names) == len(frame_ids) else []
    return [os.path.join(folder, name) for name in wanted]


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
