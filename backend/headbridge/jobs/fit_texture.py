"""The projection of a given texture as a job: a folder of images and masks in, what a space or generator has of it out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..mesh.io.files import write_files
from ..mesh.io.npz import write_arrays
from ..mesh.udim import PLACEHOLDER, Tile, tile_paths
from ..progress import Progress
from ..texture.fit_job import FitTextureInput, FitTextureResult, FitTextureSettings
from .complete_texture import MASKED_IMAGES, masked_images
from .folder import JobFolder
from .options import read_options
from .plain_json import plain_json
from .sample_texture import COEFFICIENTS, texture_arrays
from .texture_model import describe_texture_model, style_files
from .versions import result_origin

REPORT = "fit_texture.json"


def run_fit_texture(folder: JobFolder, settings: FitTextureSettings, progress: Progress) -> dict[str, Any]:
    """Project a texture; write the files of `texture_fit_files`.

    options.npz : image_files (K,) names of image files in the folder, image_tiles (K, 2) whole numbers, their tiles;
    mask_files (K,) text, their masks, white where the image counts, left out where all of it does but what its alpha
    hides. The answer is the report with the names of `textures` and `differences`."""
    images, known = masked_images(folder, read_options(folder, MASKED_IMAGES), needed=False)
    # Compute libraries take a second to load, so wrong input is told first.
    from ..texture.fit_texture import fit_texture

    result = fit_texture(FitTextureInput(images, known), settings, progress)
    answer = describe_texture_fit(result, settings)
    write_files((folder.file(name), content) for name, content in texture_fit_files(result, answer))
    textures, differences = _picture_files(result)
    return {**answer, "textures": [*textures.values()], "differences": [*differences.values()]}


def describe_texture_fit(result: FitTextureResult, settings: FitTextureSettings) -> dict[str, Any]:
    """The JSON-able side of a result: texture_model (`describe_texture_model`), metrics, notes, settings, versions."""
    return plain_json(
        {
            "texture_model": describe_texture_model(result.model),
            "metrics": result.metrics,
            "notes": result.notes,
            "settings": settings,
            **result_origin(),
        }
    )


def texture_fit_files(result: FitTextureResult, described: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Name and content of the result's files: texture.png and difference.png, or one for each tile of the layout, the
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
    yield REPORT, json.dumps(described, indent=1, allow_nan=False).encode("utf-8")


def _picture_files(result: FitTextureResult) -> tuple[dict[Tile, str], dict[Tile, str]]:
    one = len(result.images) == 1
    names = (
        ("texture.png", "difference.png") if one else (f"texture_{PLACEHOLDER}.png", f"difference_{PLACEHOLDER}.png")
    )
    return tuple(tile_paths(name, result.images, "") for name in names)
