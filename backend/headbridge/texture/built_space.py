"""The file of a texture space built from the user's own images (`headbridge build-texture-space`).

An .npz file without Python objects: format (text), layout (text, "flame" or "hack"), tiles (T, 2), mean
(T, S, S, 3) float32 and components (T, S, S, 3, K) float16, encoded sRGB 0..1, one standard deviation each;
labels (K,), explained_variance (K,), the share of the textures' variance along each component, and sources (N,), the
names of the images.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..memory import check_memory
from ..mesh.io.npz import write_arrays
from ..mesh.udim import occupied_tiles
from ..models.catalogue import LAYOUTS
from ..progress import Progress
from ..reading import reading
from ..topologies import load_builtin
from .npz_rows import NpzRows
from .space import TextureSpace, resized, resized_components

FORMAT = "HeadBridge texture space 1"
_NEEDED = ("format", "layout", "tiles", "mean", "components", "labels", "sources")


def encode_built_space(space: TextureSpace, explained: np.ndarray, sources: tuple[str, ...]) -> bytes:
    """The content of a space's file; explained : (K,) shares of the variance; sources : names of the images."""
    return write_arrays(
        {
            "format": np.array(FORMAT),
            "layout": np.array(space.layout),
            "tiles": np.array(space.tiles, np.int32),
            "mean": space.mean.astype(np.float32),
            "components": space.components.astype(np.float16),
            "labels": np.array(space.labels, dtype=np.str_),
            "explained_variance": np.asarray(explained, np.float64),
            "sources": np.array(sources, dtype=np.str_),
        }
    )


def is_built_space(path: str | os.PathLike) -> bool:
    """Whether an .npz file says that it is such a space. Raises `InputError` when it is no .npz file."""
    with NpzRows(path) as stored, reading(path, "build the texture space again"):
        return "format" in stored.shapes


def read_built_space(
    path: str | os.PathLike, size: int = 512, count: int | None = None, progress: Progress | None = None
) -> TextureSpace:
    """The space of a file in the layout it was built in, with tiles of `size` texels and at most `count` components.

    Raises `InputError` for a file of another version or layout, and one that is damaged."""
    progress, name = progress or Progress(), Path(path).name
    with NpzRows(path) as stored, reading(path, "build the texture space again"):
        missing = next((each for each in _NEEDED if each not in stored.shapes), None)
        if missing is not None:
            raise InputError(f"{path}: the array '{missing}' is missing; build the texture space again.")
        layout, tiles = _layout(stored)
        whole = stored.shapes["components"]
        side = whole[1] if len(whole) == 5 else 0
        shape = (len(tiles), side, side, 3)
        fits = whole[:-1] == stored.shapes["mean"] == shape and side > 0 and whole[-1:] == stored.shapes["labels"]
        numbers = all(stored.types[each].kind == "f" for each in ("mean", "components"))
        if not fits or not numbers:
            told = ", ".join(f"{each} {stored.shapes[each]}" for each in ("mean", "components", "labels"))
            raise InputError(f"{path}: its arrays do not fit each other ({told}); build the texture space again.")
        count = whole[-1] if count is None else min(count, whole[-1])
        check_memory(2 * side * side * 3 * len(tiles) * count * 4, f"{path}: a texture space of {count} components")
        mean = stored.read("mean").astype(np.float32)
        components = np.empty((*shape, count), np.float32)
        rows = components.reshape(-1, side, 3, count)
        for number, part in enumerate(stored.parts("components", len(rows))):
            if number % 16 == 0:
                progress.report(number / len(rows), f"Reading {name}")
            rows[number] = part.reshape(side, 3, -1)[..., :count]
        labels = tuple(stored.read("labels")[:count].tolist())
        sources = len(stored.read("sources"))
    if not (np.isfinite(mean).all() and np.isfinite(components).all()):
        raise InputError(f"{path}: holds numbers that are not finite; build the texture space again.")
    mean = np.stack([resized(part, size) for part in mean])
    components = np.stack([resized_components(part, size) for part in components])
    note = f"Texture space: {name}, {count} of {whole[-1]} components, built from {sources} images."
    return TextureSpace(layout, name, tiles, mean, components, labels, (note,))


def _layout(stored: NpzRows) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The layout and its tiles, which have to be those of the built-in head."""
    told, layout = str(stored.read("format")), str(stored.read("layout"))
    if told != FORMAT:
        raise InputError(f"{stored.path}: this is '{told}', not '{FORMAT}'; build the space with this HeadBridge.")
    if layout not in LAYOUTS:
        raise InputError(f"{stored.path}: its layout '{layout}' is none of {', '.join(LAYOUTS)}; build it again.")
    tiles = tuple(map(tuple, stored.read("tiles").tolist()))
    if tiles != tuple(occupied_tiles(load_builtin(layout))):
        raise InputError(f"{stored.path}: its tiles {tiles} are not those of {layout}'s layout; build it again.")
    return layout, tiles
