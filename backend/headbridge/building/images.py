"""The images a texture space is built from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import InputError

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".heic", ".heif", ".hif", ".avif", ".exr")
"""Of images and photos that are read."""


def find_images(paths: Iterable[str | os.PathLike]) -> tuple[Path, ...]:
    """The files among the paths in their order, and for every folder the images in it, by name. Each comes once.

    Raises `InputError` for a folder without images, or one that cannot be read."""
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        found.update(dict.fromkeys(_images_in(path) if path.is_dir() else [path]))
    return tuple(found)


def _images_in(folder: Path) -> list[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as problem:
        raise InputError(f"{folder}: cannot be read ({problem.strerror or problem}).") from problem
    images = [path for path in files if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")]
    if not images:
        raise InputError(f"{folder}: there are no images in this folder ({' '.join(SUFFIXES)}).")
    return images
