# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's images as the files of a job, and the files of a job as packed images.

The user's image is only read: its pixels, or the files of its UDIM tiles, go into new files.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import numpy as np

from . import image_encoding
from .job_files import JobFolder

SRGB = "sRGB"
FIRST_TILE = 1001

# Formats that hold whole numbers from 0 to 1; with 16 bits Blender keeps them as linear floats.
_INTEGER_FORMATS = {"PNG", "TIFF"}


class ImageError(ValueError):
    """An image cannot be used; the text names the cause and the fix."""


@dataclass(frozen=True)
class Meaning:
    """How Blender is to take the values of a file: its names of the colour space and of the alpha mode."""

    colour_space: str
    alpha_mode: str = "STRAIGHT"


@dataclass(frozen=True)
class JobImage:
    """files : K file names in the job folder; tiles : (K, 2) int32, (u, v) of each; meaning : of the files' values, and
    of a result's that is made of them."""

    files: tuple[str, ...]
    tiles: np.ndarray
    meaning: Meaning


def tile_of(number: int) -> tuple[int, int]:
    """(u, v) of a UDIM number."""
    return (number - FIRST_TILE) % 10, (number - FIRST_TILE) // 10


def number_of(tile: tuple[int, int]) -> int:
    """The UDIM number of (u, v)."""
    return FIRST_TILE + tile[0] + 10 * tile[1]


def write_image(image: bpy.types.Image, folder: JobFolder, stem: str = "image") -> JobImage:
    """Write an image into the job folder, every UDIM tile by itself, as `<stem>_<UDIM>` with the format's ending.

    Colours of 8 and 16 bits go as PNG with the values they have, float colours as OpenEXR in scene-linear values. What
    is no colour, or linear already, goes as OpenEXR too, because a PNG is blended as sRGB.
    Raises `ImageError` when there are no pixels to be had."""
    check_image(image)
    try:
        if image.source == "TILED":
            return _write_tiles(image, folder, stem)
        name, meaning = _write_pixels(image, folder, f"{stem}_{FIRST_TILE}")
    except MemoryError:
        raise ImageError(
            f"'{image.name}' ({image.size[0]} x {image.size[1]}) does not fit into memory; scale it down first."
        ) from None
    return JobImage((name,), np.zeros((1, 2), np.int32), meaning)


def check_image(image: bpy.types.Image) -> None:
    """Raise `ImageError` for an image whose pixels cannot be had."""
    if image.source not in {"FILE", "GENERATED", "TILED"} or image.type == "RENDER_RESULT":
        raise ImageError(f"'{image.name}' is no still image; save the wanted picture as a file and load that.")
    if image.source == "TILED":
        if image.is_dirty:
            raise ImageError(f"'{image.name}' has unsaved changes in its tiles; save or pack it first.")
        return
    path = _absolute_path(image)
    if image.source == "FILE" and image.packed_file is None and not image.is_dirty and not os.path.isfile(path):
        raise ImageError(f"The file of image '{image.name}' is missing: {path}. Find it, or pack the image, first.")
    if min(image.size) == 0:
        raise ImageError(f"'{image.name}' has no pixels that Blender can read; load another file into it.")


def _absolute_path(image: bpy.types.Image) -> str:
    return bpy.path.abspath(image.filepath, library=image.library)


def _write_tiles(image: bpy.types.Image, folder: JobFolder, stem: str) -> JobImage:
    names, numbers = [], [tile.number for tile in image.tiles]
    for number in numbers:
        with _tile_alone(image, number, folder, f"original_{stem}") as single:
            name, meaning = _write_pixels(single, folder, f"{stem}_{number}")
        names.append(name)
    return JobImage(tuple(names), np.array([tile_of(number) for number in numbers], np.int32), meaning)


@contextmanager
def _tile_alone(image: bpy.types.Image, number: int, folder: JobFolder, stem: str):
    """A tile as an image of its own, for a while."""
    original = folder.write_bytes(f"{stem}_{number}", _tile_file(image, number))
    single = bpy.data.images.load(os.path.join(folder.path, original))
    try:
        single.colorspace_settings.name = image.colorspace_settings.name
        single.alpha_mode = image.alpha_mode
        if min(single.size) == 0:
            raise ImageError(f"Tile {number} of '{image.name}' cannot be read; load another file into it.")
        yield single
    finally:
        bpy.data.images.remove(single)


def tile_pixels(image: bpy.types.Image, folder: JobFolder) -> dict[int, np.ndarray]:
    """(H, W, C) uint8 of every tile by its number, row 0 at the top, as the image's file has them; folder : takes files
    for a while. Raises `ImageError` when there are no pixels to be had."""
    check_image(image)
    if image.source != "TILED":
        return {FIRST_TILE: _integers(_pixels(image), np.uint8)}
    found = {}
    for tile in image.tiles:
        with _tile_alone(image, tile.number, folder, "tile") as single:
            found[tile.number] = _integers(_pixels(single), np.uint8)
    return found


def _pixels(image: bpy.types.Image) -> np.ndarray:
    """(H, W, C) float32 of an image without tiles, row 0 at the top."""
    width, height = image.size
    pixels = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(height, width, image.channels)[::-1]


def _tile_file(image: bpy.types.Image, number: int) -> bytes:
    """The content of the file a tile was loaded from."""
    for packed in image.packed_files:
        if packed.tile_number == number:
            return packed.packed_file.data
    u, v = tile_of(number)
    path = _absolute_path(image).replace("<UDIM>", str(number)).replace("<UVTILE>", f"u{u + 1}_v{v + 1}")
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        raise ImageError(
            f"The file of tile {number} of image '{image.name}' is missing: {path}. Find it, or remove the tile, first."
        ) from None


def _write_pixels(image: bpy.types.Image, folder: JobFolder, stem: str) -> tuple[str, Meaning]:
    """Write an image without tiles; returns the file's name and what its values mean."""
    pixels = _pixels(image)
    if image.channels == 4 and (pixels[:, :, 3] == 1.0).all():
        pixels = pixels[:, :, :3]
    space, packed = image.colorspace_settings, image.alpha_mode == "CHANNEL_PACKED"
    meaning = Meaning(space.name, image.alpha_mode)
    if not image.is_float and _is_linear(space):
        content, extension = image_encoding.exr_file(pixels.astype(np.float16)), "exr"
    elif not image.is_float:
        content, extension = image_encoding.png_file(_integers(pixels, np.uint8)), "png"
    elif space.name == SRGB and _has_16_bits(image, pixels):
        values = pixels.copy() if packed else _straight(pixels)
        values[:, :, :3] = image_encoding.srgb_encoded(values[:, :, :3])
        content, extension = image_encoding.png_file(_integers(values, np.uint16)), "png"
    else:
        content, extension = image_encoding.exr_file(pixels), "exr"
        # Whatever the file had, Blender keeps float colours linear and multiplied by alpha.
        colour_space = space.name if space.is_data else _scene_linear()
        meaning = Meaning(colour_space, "CHANNEL_PACKED" if packed else "PREMUL")
    return folder.write_bytes(f"{stem}.{extension}", content), meaning


def _integers(pixels: np.ndarray, kind: type) -> np.ndarray:
    largest = np.iinfo(kind).max
    return np.rint(np.clip(pixels, 0.0, 1.0) * largest).astype(kind)


def _is_linear(space: bpy.types.ColorManagedInputColorspaceSettings) -> bool:
    return space.is_data or space.name.startswith("Linear")


def _has_16_bits(image: bpy.types.Image, pixels: np.ndarray) -> bool:
    if image.source != "FILE" or image.file_format not in _INTEGER_FORMATS:
        return False
    # A TIFF may hold floats beyond 0..1; Blender's own curve is some 1e-5 off.
    return -1e-4 <= float(pixels.min()) and float(pixels.max()) <= 1.0 + 1e-4


def _straight(pixels: np.ndarray) -> np.ndarray:
    """A copy with straight alpha; Blender keeps float pixels multiplied by it."""
    straight = pixels.copy()
    if pixels.shape[2] == 4:
        alpha = pixels[:, :, 3:]
        np.divide(pixels[:, :, :3], alpha, out=straight[:, :, :3], where=alpha > 0.0)
    return straight


def _scene_linear() -> str:
    """What this Blender calls the colour space of float pixels."""
    scratch = bpy.data.images.new("HeadBridge Scratch", 1, 1, float_buffer=True)
    try:
        return scratch.colorspace_settings.name
    finally:
        bpy.data.images.remove(scratch)


def read_image(folder: JobFolder, files: list[str], name: str, meaning: Meaning) -> bpy.types.Image:
    """A new packed image from a job's files, whose names end in `_<UDIM>.<extension>`; several tiles give a tiled one.

    Raises `RuntimeError` or `OSError` when a file cannot be read."""
    image = _loaded(folder, files, meaning)
    try:
        image.name = name
        _pack(image, files)
    except BaseException:
        bpy.data.images.remove(image)
        raise
    return image


def tiles_on_disk(image: bpy.types.Image, folder: JobFolder) -> bpy.types.Image:
    """A new image like a tiled one, whose tiles are files of the folder and not packed: Blender's exporters read no
    packed tiles. Raises `ImageError` when there are no pixels to be had."""
    check_image(image)
    stem, ending = bpy.path.clean_name(image.name), os.path.splitext(image.filepath)[1]
    numbers = sorted(tile.number for tile in image.tiles)
    files = [folder.write_bytes(f"{stem}_{number}{ending}", _tile_file(image, number)) for number in numbers]
    return _loaded(folder, files, Meaning(image.colorspace_settings.name, image.alpha_mode))


def _loaded(folder: JobFolder, files: list[str], meaning: Meaning) -> bpy.types.Image:
    """A new image of a job's files, not packed."""
    paths = [folder.file(file) for file in files]
    image = bpy.data.images.load(paths[0])
    try:
        numbers = [_number_in(file) for file in files]
        if numbers != [FIRST_TILE]:
            image.source = "TILED"
            image.filepath_raw = _pattern(image, folder, files)
            image.tiles[0].number = numbers[0]
            for number in numbers[1:]:
                image.tiles.new(tile_number=number)
        image.colorspace_settings.name = meaning.colour_space
        image.alpha_mode = meaning.alpha_mode
    except BaseException:
        bpy.data.images.remove(image)
        raise
    return image


def replace_pixels(image: bpy.types.Image, folder: JobFolder, files: list[str]) -> None:
    """Pack files, named as for `read_image` and of the tiles the image has, in place of what it holds.

    Raises `RuntimeError` or `OSError` when a file cannot be read."""
    if image.packed_files:
        # Blender reads no other files while it has packed ones.
        image.unpack(method="REMOVE")
    image.filepath_raw = _pattern(image, folder, files)
    image.reload()
    _pack(image, files)


def _number_in(file: str) -> int:
    return int(os.path.splitext(file)[0].rsplit("_", 1)[1])


def _pattern(image: bpy.types.Image, folder: JobFolder, files: list[str]) -> str:
    """The path of an image's files, with Blender's word for the tile where there are several."""
    tiled = image.source == "TILED"
    return os.path.join(folder.path, files[0].replace(str(_number_in(files[0])), "<UDIM>") if tiled else files[0])


def _pack(image: bpy.types.Image, files: list[str]) -> None:
    image.pack()
    # The job folder goes away; this is what Blender offers when the user unpacks.
    tile = ".<UDIM>" if image.source == "TILED" else ""
    image.filepath_raw = f"//{bpy.path.clean_name(image.name)}{tile}{os.path.splitext(files[0])[1]}"
    if min(image.size) == 0:
        raise RuntimeError(f"The file {files[0]} of the job cannot be read.")
