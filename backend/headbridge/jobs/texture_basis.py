"""Textures for sliders as jobs: which there are, and the mean and components of one."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from ..progress import Progress
from ..texture.job import FindTexturesSettings, TextureBasisSettings
from .folder import JobFolder
from .plain_json import plain_json

RESULT = "basis.npz"


def run_find_textures(_folder: JobFolder, _settings: FindTexturesSettings, progress: Progress) -> dict[str, Any]:
    """The answer is {"textures": [{"name", "label", "kind"}]}; see `texture.choice.find_textures`."""
    from ..texture.choice import find_textures

    progress.report(0.0, "Looking for textures")
    return {"textures": [dataclasses.asdict(found) for found in find_textures()]}


def run_texture_basis(folder: JobFolder, settings: TextureBasisSettings, progress: Progress) -> dict[str, Any]:
    """Write basis.npz, float16: mean (T, size, size, 3) and components (K, T, size, size, 3), encoded sRGB 0..1, one
    standard deviation each; a generator, which is not linear, has its texture of coefficients 0 as mean, and K = 0.

    The answer: result, space, label, layout, kind, tiles (T, 2), labels of the coefficients, notes, settings."""
    from ..texture.choice import GENERATOR, SPACE, load_textures
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
            "notes": textures.notes,
            "settings": settings,
        }
    )
