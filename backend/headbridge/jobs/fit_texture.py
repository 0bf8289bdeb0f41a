"""The projection of a given texture as a job: a folder of images and masks in, what a space or generator has of it out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..mesh.io.npz import write_arrays
from ..mesh.udim import PLACEHOLDER, Tile, tile_paths
from ..progress import Progress
from ..texture.fit_job import FitTextureInput, FitTextureResult, FitTextureSettings
from .complete_texture import MASKED_IMAGES, masked_images
from .description import describe
from .folder import JobFolder
from .options import read_options
from .plain_json import encode_json, plain_json
from .protocol import Job, computed
from .sample_texture import COEFFICIENTS, texture_arrays
from .texture_model import describe_texture_model, style_files

REPORT = "fit_texture.json"


def _read(folder: JobFolder) -> FitTextureInput:
    """options.npz : image_files (K,) names of image files in the folder, image_tiles (K, 2) whole numbers, their tiles;
    mask_files (K,) text, their masks, white where the image counts, left out where all of it does but what its alpha
    hides."""
    return FitTextureInput(*masked_images(folder, read_options(folder, MASKED_IMAGES), needed=False))


def _compute(inputs: FitTextureInput, settings: FitTextureSettings, progress: Progress) -> FitTextureResult:
    from ..texture.fit_texture import fit_texture

    return fit_texture(inputs, settings, progress)


def _describe(result: FitTextureResult, settings: FitTextureSettings) -> dict[str, Any]:
    model = plain_json(describe_texture_model(result.model))
    return {"texture_model": model, **describe(result, settings, "metrics", "notes")}


def _files(result: FitTextureResult, described: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """texture.png and difference.png, or one for each tile of the layout, the
    latter grey where the textures are alike; textures.npz as `sample_texture` writes it, with one row; styles.npz of a
    generator; fit_texture.json."""
    from ..images import encode_image

    textures, differences = _picture_files(result)
    for files, images in ((textures, result.images), (differences, result.differences)):
        for tile, name in files.items():
            yield name, encode_image(name, images[tile])
    model = result.model
    rows = np.asarray(model.coefficients, np.float32)[None]
    yield COEFFICIENTS, write_arrays(texture_arrays(model.name, model.layout, model.labels, ["texture"], rows))
    yield from style_files(model)
    yield REPORT, encode_json(described)


def _names(result: FitTextureResult) -> dict[str, Any]:
    textures, differences = _picture_files(result)
    return {"textures": [*textures.values()], "differences": [*differences.values()]}


def _picture_files(result: FitTextureResult) -> tuple[dict[Tile, str], dict[Tile, str]]:
    one = len(result.images) == 1
    names = (
        ("texture.png", "difference.png") if one else (f"texture_{PLACEHOLDER}.png", f"difference_{PLACEHOLDER}.png")
    )
    return tuple(tile_paths(name, result.images, "") for name in names)


FIT_TEXTURE = Job(FitTextureSettings, _read, computed(_compute, _describe, _files, _names))
