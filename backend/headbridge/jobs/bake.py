"""Texture baking as a job: a folder of meshes and images in, a folder of images out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..baking.job import BakeInput, BakeResult, BakeSettings
from ..baking.tile_images import check_images
from ..errors import InputError
from ..mesh.udim import PLACEHOLDER, Tile, tile_paths
from ..progress import Progress
from .description import describe
from .folder import JobFolder
from .options import read_options
from .plain_json import encode_json
from .protocol import Job, computed
from .registered_mesh import read_registered

if TYPE_CHECKING:
    # OpenCV takes a moment to load, so naming the task does without.
    from ..images import Image

TILE_IMAGES = frozenset({"image_files", "image_tiles"})
"""The names in options.npz that `tile_images` reads."""


def _read(folder: JobFolder) -> tuple[BakeInput, list[str]]:
    """source.npz with its images, which go to the layout of target.npz, and what is to be said of the images.
    registered.npz may give one of the two lying on the other.

    options.npz : image_files (K,) names of image files in the folder, image_tiles (K, 2) whole numbers, their tiles."""
    source, target = folder.read_mesh("source.npz"), folder.read_mesh("target.npz")
    registered = read_registered(folder, source, target)
    images, notes = check_images(tile_images(folder, read_options(folder, TILE_IMAGES)), source)
    return BakeInput(source, images, target, registered=registered), notes


def compute_bake(given: tuple[BakeInput, list[str]], settings: BakeSettings, progress: Progress) -> BakeResult:
    """The bake of an input, with notes of its images before the others."""
    from ..baking.bake_texture import bake_texture

    inputs, notes = given
    result = bake_texture(inputs, settings, progress)
    result.notes[:0] = notes
    return result


def describe_bake_result(
    result: BakeResult, settings: BakeSettings, textures: dict[Tile, str], masks: dict[Tile, str]
) -> dict[str, Any]:
    """The JSON-able side of a result: verdict, reasons, the files of its textures and masks, metrics, notes, settings, versions."""
    files = {"files": list(textures.values()), "masks": list(masks.values())}
    return {**result.verdict.plain(), **files, **describe(result, settings, "metrics", "notes")}


def _describe(result: BakeResult, settings: BakeSettings) -> dict[str, Any]:
    return describe_bake_result(result, settings, *_paths(result))


def _paths(result: BakeResult) -> tuple[dict[Tile, str], dict[Tile, str]]:
    suffix = picture_suffix(result.images)
    return tuple(
        tile_paths(name, result.images, "")
        for name in (f"texture_{PLACEHOLDER}.{suffix}", f"coverage_{PLACEHOLDER}.png")
    )


def picture_suffix(images: dict[Tile, Image]) -> str:
    """Of files that hold images as they are: png, or exr for floats."""
    return "png" if next(iter(images.values())).encoded == "sRGB" else "exr"


def _files(result: BakeResult, described: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """For every tile of the target's layout `texture_<UDIM>.png` (.exr where the image holds floats) and
    `coverage_<UDIM>.png`, and metrics.json."""
    yield from texture_contents(*_paths(result), result.images, result.masks)
    yield "metrics.json", encode_json(described)


def texture_contents(
    textures: dict[Tile, str], masks: dict[Tile, str], images: dict[Tile, Image], coverages: dict[Tile, np.ndarray]
) -> Iterator[tuple[str, bytes]]:
    """Path and content of each tile's texture and, where there are paths for masks, its coverage."""
    from ..images import encode_image

    for tile, path in textures.items():
        yield path, encode_image(path, images[tile])
    for tile, path in masks.items():
        yield path, encode_image(path, coverage_image(coverages[tile]))


def coverage_image(mask: np.ndarray) -> Image:
    """A coverage mask as a picture whose 8-bit file holds the mask's own values."""
    from ..images import Image

    return Image(mask.astype(np.float32) / 255.0, encoded="sRGB", bits=8, name="coverage")


def tile_images(folder: JobFolder, options: dict[str, np.ndarray]) -> dict[Tile, Image]:
    """The images that the options image_files and image_tiles name, by tile; `InputError` when they name none."""
    files, tiles = options.get("image_files"), options.get("image_tiles")
    if files is None or tiles is None or not files.size:
        raise InputError("options.npz names no images; give image_files and image_tiles.")
    if files.dtype.kind != "U" or tiles.dtype.kind not in "iu" or tiles.shape != (*files.shape, 2) or files.ndim != 1:
        raise InputError(
            "options.npz should hold image_files (K,) text and image_tiles (K, 2) whole numbers, not "
            f"{files.dtype} {files.shape} and {tiles.dtype} {tiles.shape}."
        )
    from ..images import read_image

    return {tuple(tile): read_image(folder.file(name)) for name, tile in zip(files.tolist(), tiles.tolist())}


BAKE = Job(BakeSettings, _read, computed(compute_bake, _describe, _files))
