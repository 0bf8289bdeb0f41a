"""Textures by name, whether of a linear space or of a generator, and which ones there are."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from ..images import Image
from ..mesh.udim import Tile
from ..model_files import TEXTURE_FILES, find_model, model_file, model_folders
from ..progress import Progress
from .generators import FFHQ_UV, OPEN_GENERATOR, SUFFIXES, is_generator, is_shipped
from .load import OPEN, load_texture_space
from .plausible import PlausibleRange, plausible_coefficients, plausible_range

SPACE, GENERATOR = "space", "generator"
OWN_FOLDER = "textures"
"""Subfolder of the model folders for spaces and generators of the user's own making."""

_TRUNCATED = PlausibleRange(0.7, 0.0, -2.0, 2.0)


class Textures(Protocol):
    """Textures of `count` coefficients in the layout "flame" or "hack"; `TextureSpace` and `GeneratedSpace` are such.

    name, notes : for messages. tiles : (u, v) of the layout's tiles. labels : (count,) what each coefficient changes.
    check_coefficients and image : as of `TextureSpace`.
    """

    layout: str
    name: str
    count: int
    tiles: tuple[Tile, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...]

    def check_coefficients(self, coefficients: np.ndarray) -> np.ndarray: ...

    def image(self, coefficients: np.ndarray, size: int) -> dict[Tile, Image]: ...


@dataclass(frozen=True)
class TextureChoice:
    """name : as `load_textures` takes it; label : for the user; kind : SPACE or GENERATOR."""

    name: str
    label: str
    kind: str


def load_textures(name: str, layout: str, size: int, count: int, progress: Progress | None = None) -> Textures:
    """The textures of a space or a generator by name, as `load_texture_space` and `load_generated_space` have them."""
    if not is_generator(name):
        return load_texture_space(name, layout, size, count, progress)
    # torch takes seconds to load, and spaces do without.
    from .stylegan.generated_space import load_generated_space

    return load_generated_space(name, layout, count, progress)


def plausible_ranges(name: str, labels: Sequence[str]) -> tuple[PlausibleRange, ...]:
    """Which values of textures' coefficients look plausible: what is known of the open space, a generator's styles moved
    towards their mean (the truncation trick, Karras et al. 2019), and all normal ones of other spaces."""
    if name == OPEN:
        return tuple(plausible_range(label) for label in labels)
    return len(labels) * (_TRUNCATED if is_generator(name) else PlausibleRange(1.0),)


def describe_plausible(ranges: Sequence[PlausibleRange]) -> list[dict[str, float | None]]:
    """JSON-able: scale, offset, least and most of each, None where nothing is cut off."""
    return [
        {key: value if math.isfinite(value) else None for key, value in dataclasses.asdict(each).items()}
        for each in ranges
    ]


def plausible_texture(textures: Textures, normal: np.ndarray) -> np.ndarray:
    """(..., K) coefficients of a texture that looks natural, of (..., K) independent normal numbers."""
    if textures.name == OPEN:
        return plausible_coefficients(textures.labels, normal)
    if is_generator(textures.name):
        normal = _TRUNCATED.scale * np.clip(normal, _TRUNCATED.least, _TRUNCATED.most)
    return np.asarray(normal, np.float32)


def find_textures() -> list[TextureChoice]:
    """What ships, the published files in the model folders, and what lies in their subfolder OWN_FOLDER; content is not
    looked at."""
    found = [TextureChoice(OPEN, "Open texture space", SPACE)]
    if is_shipped():
        found.append(TextureChoice(OPEN_GENERATOR, "Open texture generator", GENERATOR))
    for key in (*TEXTURE_FILES, FFHQ_UV):
        model = model_file(key)
        if find_model(model).path is not None:
            found.append(TextureChoice(key, model.label, GENERATOR if is_generator(key) else SPACE))
    for path in _own_files():
        found.append(TextureChoice(str(path), path.name, GENERATOR if is_generator(path.name) else SPACE))
    return found


def _own_files() -> list[Path]:
    files = []
    for folder in model_folders():
        try:
            entries = sorted(os.scandir(folder / OWN_FOLDER), key=lambda entry: entry.name)
        except OSError:
            continue
        files += [Path(entry.path) for entry in entries if entry.is_file() and _is_texture_file(entry.name)]
    return files


def _is_texture_file(name: str) -> bool:
    return Path(name).suffix.lower() in (".npz", *SUFFIXES)
