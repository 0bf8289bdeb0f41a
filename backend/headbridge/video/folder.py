"""A folder of pictures as footage."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from ..errors import InputError
from ..images import read_photo
from .frame import Frame, every_one

_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".avif", ".exr"}
# Of pictures that nothing is told of.
_SUPPOSED_FPS = 30.0
_NUMBER = re.compile(r"\d+")


class PictureFolder:
    """The pictures of a folder in the order of the last number in their names, or of their names where these have none;
    see `frame.Footage`. Raises `InputError` for a folder without pictures."""

    def __init__(self, path: Path, fps: float = 0.0):
        files = [file for file in sorted(path.iterdir()) if file.suffix.lower() in _SUFFIXES and file.is_file()]
        if not files:
            raise InputError(f"{path}: the folder has no pictures; name a video or a folder of its frames.")
        numbers = [_NUMBER.findall(file.stem) for file in files]
        if all(numbers) and len({int(found[-1]) for found in numbers}) == len(files):
            self._files = dict(sorted((int(found[-1]), file) for found, file in zip(numbers, files)))
        else:
            self._files = dict(enumerate(files))
        self._first = next(iter(self._files))
        photo = read_photo(self._files[self._first])
        self.name, self.width, self.height = path.name or str(path), photo.width, photo.height
        self.fps, self.count = fps or None, len(self._files)
        states = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
        self.identity, self.notes = repr((str(path.resolve()), states)), []
        if not fps:
            self.notes.append(
                f"The pictures do not say how many there are a second; {_SUPPOSED_FPS:g} were supposed (--fps)."
            )

    def frames(self, wanted: Callable[[int], bool] = every_one, end: int | None = None) -> Iterator[Frame]:
        """See `Footage.frames`; a picture of another size than the first is brought to its size, which is noted."""
        for number in self._files:
            if end is not None and number >= end:
                return
            if not wanted(number):
                continue
            pixels = read_photo(self._files[number]).pixels
            if pixels.shape[:2] != (self.height, self.width):
                self._note("Some pictures have another size than the first; they were brought to its size.")
                pixels = cv2.resize(pixels, (self.width, self.height), interpolation=cv2.INTER_AREA)
            yield Frame(
                number, (number - self._first) / (self.fps or _SUPPOSED_FPS), np.rint(255.0 * pixels).astype(np.uint8)
            )

    def file(self, number: int) -> str:
        """See `Footage.file`."""
        return os.path.abspath(self._files[number])

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)
