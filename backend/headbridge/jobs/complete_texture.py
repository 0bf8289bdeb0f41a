"""The completion of a texture as a job: a folder of images and masks in, whole images out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..mesh.udim import PLACEHOLDER, Tile, tile_paths
from ..progress import Progress
from ..texture.completion_job import CompleteTextureInput, CompleteTextureResult, CompleteTextureSettings
from .bake import TILE_IMAGES, picture_suffix, texture_contents, tile_images
from .description import describe
from .folder import JobFolder
from .options import read_options
from .protocol import Job, computed

if TYPE_CHECKING:
    # OpenCV takes a moment to load, so naming the job does without.
    from ..images import Image


MASKED_IMAGES = TILE_IMAGES | {"mask_files"}
"""The names in options.npz that `masked_images` reads."""


def _read(folder: JobFolder) -> CompleteTextureInput:
    """options.npz : image_files (K,) names of image files in the folder, image_tiles (K, 2) whole numbers, their tiles;
    mask_files (K,) text, their masks, white where the image is known, left out where its alpha tells. mesh.npz may hold
    the head with the texture's layout."""
    options = read_options(folder, MASKED_IMAGES)
    head = folder.read_mesh("mesh.npz") if folder.file("mesh.npz").exists() else None
    return CompleteTextureInput(*masked_images(folder, options), head)


def compute_completion(
    inputs: CompleteTextureInput, settings: CompleteTextureSettings, progress: Progress
) -> CompleteTextureResult:
    """The completion; what it imports comes after the input is read."""
    from ..texture.complete_texture import complete_texture

    return complete_texture(inputs, settings, progress)


def masked_images(
    folder: JobFolder, options: dict[str, np.ndarray], needed: bool = True
) -> tuple[dict[Tile, Image], dict[Tile, np.ndarray] | None]:
    """The images by tile, and how far they are known (`read_known`), by the options of `MASKED_IMAGES`; `InputError`
    where they are not those."""
    images = tile_images(folder, options)
    masks = options.get("mask_files")
    if masks is not None and (masks.dtype.kind != "U" or masks.shape != (len(images),)):
        raise InputError("options.npz should hold mask_files as text, one for each image.")
    files = None if masks is None else dict(zip(images, (folder.file(name) for name in masks.tolist()), strict=True))
    return images, read_known(images, files, needed)


def describe_completion(result: CompleteTextureResult, settings: CompleteTextureSettings) -> dict[str, Any]:
    """The JSON-able side of a result: metrics, notes, settings, versions."""
    return describe(result, settings, "metrics", "notes")


def _paths(result: CompleteTextureResult) -> dict[Tile, str]:
    """`completed_<UDIM>.png` (.exr where the image holds floats) for every tile."""
    return tile_paths(f"completed_{PLACEHOLDER}.{picture_suffix(result.images)}", result.images, "")


def read_known(
    images: dict[Tile, Image], files: dict[Tile, str | Path] | None, needed: bool = True
) -> dict[Tile, np.ndarray] | None:
    """(H, W) by tile, 0..1, how far the images are known: the mask files' brightness, or without them the images' alpha.
    Where neither tells and it is not `needed`, None.

    Raises `InputError` for images without alpha, and files that cannot be read."""
    if files is None and not needed and any(image.channels < 4 for image in images.values()):
        return None
    if files is None:
        for image in images.values():
            if image.channels < 4:
                raise InputError(
                    f"{image.name} has no alpha channel that tells what is known; give a mask, white where it is."
                )
        return {tile: image.pixels[..., 3] for tile, image in images.items()}
    from ..images import read_image

    masks = {tile: read_image(path) for tile, path in files.items()}
    return {tile: mask.pixels[..., : mask.colour_channels].mean(axis=2) for tile, mask in masks.items()}


COMPLETE_TEXTURE = Job(
    CompleteTextureSettings,
    _read,
    computed(
        compute_completion,
        describe_completion,
        lambda result, described: texture_contents(_paths(result), {}, result.images, {}),
        lambda result: {"files": [*_paths(result).values()]},
    ),
)
