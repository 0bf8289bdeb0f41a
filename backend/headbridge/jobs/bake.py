"""Texture baking as a job: a folder of meshes and images in, a folder of images out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..baking.job import BakeInput, BakeResult, BakeSettings
from ..baking.tile_images import check_images
from ..errors import InputError
from ..mesh.io.files import write_files
from ..mesh.udim import PLACEHOLDER, Tile, occupied_tiles, tile_paths
from ..progress import Progress
from .folder import JobFolder
from .options import read_options
from .plain_json import plain_json
from .registered_mesh import read_registered
from .versions import result_origin

if TYPE_CHECKING:
    # OpenCV takes a moment to load, so naming the task does without.
    from ..images import Image

TILE_IMAGES = frozenset({"image_files", "image_tiles"})
"""The names in options.npz that `tile_images` reads."""


def run_bake(folder: JobFolder, settings: BakeSettings, progress: Progress) -> dict[str, Any]:
    """Carry the images of `source.npz` to the layout of `target.npz`; `registered.npz` may give one of the two lying on
    the other.

    options.npz : image_files (K,) names of image files in the folder, image_tiles (K, 2) whole numbers, their tiles.
    Writes for every tile of the target's layout `texture_<UDIM>.png` (.exr where the image holds floats) and
    `coverage_<UDIM>.png`, and `metrics.json`.
    """
    source, target = folder.read_mesh("source.npz"), folder.read_mesh("target.npz")
    registered = read_registered(folder, source, target)
    tiles = occupied_tiles(target)
    images, notes = check_images(tile_images(folder, read_options(folder, TILE_IMAGES)), source)
    inputs = BakeInput(source, images, target, registered=registered)
    # Compute libraries take a second to load, so wrong input is told first.
    from ..baking.bake_texture import bake_texture
    from ..images import encode_image

    progress.report(0.0, "Starting")
    result = bake_texture(inputs, settings, progress)
    result.notes[:0] = notes
    suffix = "png" if next(iter(result.images.values())).encoded == "sRGB" else "exr"
    textures = tile_paths(f"texture_{PLACEHOLDER}.{suffix}", tiles, "")
    masks = tile_paths(f"coverage_{PLACEHOLDER}.png", tiles, "")
    pictures = [(textures[tile], result.images[tile]) for tile in tiles]
    pictures += [(masks[tile], coverage_image(result.masks[tile])) for tile in tiles]
    write_files((folder.file(name), encode_image(name, image)) for name, image in pictures)
    answer = describe_bake_result(result, settings, textures, masks)
    folder.write_json("metrics.json", answer)
    return answer


def coverage_image(mask: np.ndarray) -> Image:
    """A coverage mask as a picture whose 8-bit file holds the mask's own values."""
    from ..images import Image

    return Image(mask.astype(np.float32) / 255.0, encoded="sRGB", bits=8, name="coverage")


def describe_bake_result(
    result: BakeResult, settings: BakeSettings, textures: dict[Tile, str], masks: dict[Tile, str]
) -> dict[str, Any]:
    """The JSON-able side of a result: verdict, reasons, the files of its textures and masks, metrics, notes, settings, versions."""
    return plain_json(
        {
            **result.verdict.plain(),
            "files": list(textures.values()),
            "masks": list(masks.values()),
            "metrics": result.metrics,
            "notes": result.notes,
            "settings": settings,
            **result_origin(),
        }
    )


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
