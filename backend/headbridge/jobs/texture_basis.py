"""Textures for sliders as jobs: which there are, the mean and components of one, and pictures of it."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..progress import Progress
from ..texture.job import FindTexturesSettings, TextureBasisSettings, TexturePictureSettings
from .folder import JobFolder
from .options import read_options
from .plain_json import plain_json
from .protocol import Task

RESULT, PICTURES = "basis.npz", "pictures.npz"


def run_find_textures(_folder: JobFolder, _settings: FindTexturesSettings, progress: Progress) -> dict[str, Any]:
    """The answer is {"textures": [{"name", "label", "kind"}]}; see `texture.choice.find_textures`."""
    from ..texture.choice import find_textures

    progress.report(0.0, "Looking for textures")
    return {"textures": [dataclasses.asdict(found) for found in find_textures()]}


def run_texture_basis(folder: JobFolder, settings: TextureBasisSettings, progress: Progress) -> dict[str, Any]:
    """Write basis.npz, float16: mean (T, size, size, 3) and components (K, T, size, size, 3), encoded sRGB 0..1, one
    standard deviation each; a generator, which is not linear, has its texture of coefficients 0 as mean, and K = 0.

    The answer: result, space, label, layout, kind, tiles (T, 2), labels of the coefficients, and which values of each look
    natural: scale * x + offset of normal numbers x cut off at least and most (None: not); notes, settings."""
    from ..texture.choice import GENERATOR, SPACE, describe_plausible, load_textures, plausible_ranges
    from ..texture.space import TextureSpace

    textures = load_textures(
        settings.space, settings.layout, settings.size, settings.components, progress.part(0.0, 0.8)
    )
    progress.report(0.8, "Writing the components")
    if isinstance(textures, TextureSpace):
        kind, mean = SPACE, textures.mean
        components = np.moveaxis(textures.components, -1, 0).astype(np.float16)
    else:
        kind = GENERATOR
        pictures = textures.image(np.zeros(0), settings.size)
        mean = np.stack([pictures[tile].pixels for tile in textures.tiles])
        components = np.empty((0, *mean.shape), np.float16)
    folder.write_arrays(RESULT, mean=mean.astype(np.float16), components=components)
    return plain_json(
        {
            "result": RESULT,
            "space": settings.space,
            "label": Path(textures.name).name,
            "layout": textures.layout,
            "kind": kind,
            "tiles": textures.tiles,
            "labels": textures.labels,
            "natural": describe_plausible(plausible_ranges(textures.name, textures.labels)),
            "notes": textures.notes,
            "settings": settings,
        }
    )


def run_texture_pictures(folder: JobFolder, settings: TexturePictureSettings, progress: Progress) -> dict[str, Any]:
    """Write pictures.npz: pixels (R, T, size, size, 3) uint8 of R textures.

    options.npz : coefficients (R, K); for a generator perhaps styles (N, D), those of a texture found elsewhere, and kept
    (R,), how much of what the coefficients do not say of them each picture has.
    The answer: result, tiles (T, 2), whole (whether a generator made all of its pixels), seconds without those of
    reading; settings."""
    options = read_options(folder, {"coefficients", "styles", "kept"})
    rows, kept = options.get("coefficients"), options.get("kept")
    if rows is None or rows.ndim != 2 or rows.dtype.kind not in "fi" or not len(rows):
        raise InputError("options.npz should hold coefficients (R, K), numbers.")
    kept = np.ones(len(rows)) if kept is None else kept
    if kept.shape != (len(rows),) or kept.dtype.kind not in "fi":
        raise InputError(f"options.npz should hold kept ({len(rows)},), one number for each picture.")
    from ..texture.choice import load_textures
    from ..texture.space import TextureSpace

    textures = load_textures(
        settings.space, settings.layout, settings.size, settings.components, progress.part(0.0, 0.5)
    )
    started, whole, pixels = time.perf_counter(), True, []
    for number, row in enumerate(rows):
        progress.report(0.5 + 0.5 * number / len(rows), "Making the picture")
        if isinstance(textures, TextureSpace):
            pictures = textures.image(row)
        else:
            whole = settings.resolution >= textures.resolution
            pictures = textures.image(row, settings.size, options.get("styles"), kept[number], settings.resolution)
        pixels.append([np.rint(255.0 * pictures[tile].pixels[..., :3]).astype(np.uint8) for tile in textures.tiles])
    folder.write_arrays(PICTURES, pixels=np.array(pixels))
    return plain_json(
        {
            "result": PICTURES,
            "tiles": textures.tiles,
            "whole": whole,
            "seconds": time.perf_counter() - started,
            "settings": settings,
        }
    )


FIND_TEXTURES = Task(FindTexturesSettings, run_find_textures)
TEXTURE_BASIS = Task(TextureBasisSettings, run_texture_basis)
TEXTURE_PICTURES = Task(TexturePictureSettings, run_texture_pictures)
