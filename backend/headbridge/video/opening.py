"""Footage by its path."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import InputError
from .frame import Footage


def open_footage(path: str | os.PathLike, fps: float = 0.0) -> Footage:
    """A video file, or a folder of numbered pictures. fps : frames a second of a folder, whose files do not say it, or of a
    video instead of its own time stamps; 0 leaves it to the file.

    Raises `InputError`, which names the cause, where there are no pictures to read."""
    path = Path(path)
    # The decoders take a moment to load.
    if path.is_dir():
        from .folder import PictureFolder

        return PictureFolder(path, fps)
    if not path.is_file():
        raise InputError(f"{path}: there is no such file or folder; name a video or a folder of its frames.")
    from .video_file import VideoFile

    return VideoFile(path, fps)
