# SPDX-License-Identifier: GPL-3.0-or-later
"""A photo the user gave: a file, or an image of this Blender file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import ClassVar

import bpy

from .. import image_files
from ..image_files import ImageError
from ..job_files import JobFolder

# Phones' files, which the backend reads and Blender perhaps does not.
_PHONE_TYPES = (".heic", ".heif", ".hif", ".avif")
# A file on disk says more than Blender's pixels of it: how the camera was held, its focal length, its colours.
_FILE_TYPES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", *_PHONE_TYPES)
FILE_FILTER = ";".join(f"*{ending}" for ending in (*_FILE_TYPES, ".exr"))


@dataclass(frozen=True)
class PhotoSource:
    """path : of a file; image : name of a Blender image in its place, empty for a file."""

    path: str
    image: str = ""
    # What messages call it, and what mends that it is gone.
    kind: ClassVar[str] = "photo"
    fix: ClassVar[str] = "choose another file"

    @property
    def label(self) -> str:
        """What to call the photo's head."""
        return os.path.splitext(self.image or os.path.basename(self.path))[0]

    def check(self) -> None:
        """Raise `ImageError` when there is nothing that the backend can read."""
        if self.image and not (self._is_for_backend() and os.path.isfile(self._file())):
            self.check_shown()
        elif not self.image and not os.path.isfile(self.path):
            raise ImageError(f"There is no {self.kind} '{self.path}'; {self.fix}.")

    def check_shown(self) -> None:
        """Raise `ImageError` when an image has no pixels in Blender."""
        image = self._block()
        if self._is_for_backend():
            raise ImageError(
                f"Blender cannot show '{image.name}'; use Fit to Photo first, which makes a picture of it that it can."
            )
        image_files.check_image(image)
        if image.source == "TILED":
            raise ImageError(f"'{image.name}' has several tiles; a photo is a single picture.")

    def write(self, folder: JobFolder, stem: str) -> str:
        """Write the photo into a job folder; returns the file's name. Files go as they are. May raise `ImageError`."""
        content = self._content()
        return (
            self.write_pixels(folder, stem) if content is None else folder.write_bytes(stem + self._ending(), content)
        )

    def write_pixels(self, folder: JobFolder, stem: str) -> str:
        """Write an image as Blender shows it, which heeds no EXIF data; returns the file's name."""
        written = image_files.write_image(self._block(), folder).files[0]
        name = stem + os.path.splitext(written)[1]
        os.replace(os.path.join(folder.path, written), os.path.join(folder.path, name))
        return name

    def show(self) -> bpy.types.Image:
        """The user's own image, or a new packed one of the file. Raises `RuntimeError` when Blender cannot read it."""
        if self.image:
            return self._block()
        image = bpy.data.images.load(self.path)
        image.pack()
        if min(image.size) == 0:
            raise RuntimeError(f"Blender cannot show the photo '{self.path}'; save it as PNG or JPEG first.")
        return image

    def _content(self) -> bytes | None:
        """The file as it is; None where only Blender has the pixels."""
        path = self.path
        if self.image:
            image = self._block()
            if image.source != "FILE" or image.is_dirty or self._ending() not in _FILE_TYPES:
                return None
            if image.packed_file is not None:
                return image.packed_file.data
            path = self._file()
        try:
            with open(path, "rb") as file:
                return file.read()
        except OSError as problem:
            raise ImageError(f"The {self.kind} '{path}' cannot be read: {problem.strerror or problem}.") from problem

    def _is_for_backend(self) -> bool:
        """Whether the image's file is a phone's that this Blender does not read."""
        return self._ending() in _PHONE_TYPES and min(self._block().size) == 0

    def _file(self) -> str:
        """The path of the image's file."""
        image = self._block()
        return bpy.path.abspath(image.filepath, library=image.library)

    def _ending(self) -> str:
        return os.path.splitext(self._block().filepath if self.image else self.path)[1].lower()

    def _block(self) -> bpy.types.Image:
        image = bpy.data.images.get(self.image)
        if image is None:
            raise ImageError(f"There is no image '{self.image}'; pick one of this file's.")
        return image


class DenseSource(PhotoSource):
    """A file with another predictor's image of a photo."""

    kind = "dense image"
    fix = "put it back, or choose another one or none under Dense Images in the panel and fit the photo from there"
