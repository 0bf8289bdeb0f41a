# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures that a fit found: its own picture, and pictures of other coefficients with the detail that one has.

The image's first coefficients that differ take a copy of the fit's own picture, which stays as it is.
"""

from __future__ import annotations

import base64

import bpy
import numpy as np

from .. import image_files, settings
from ..image_files import ImageError
from ..job_files import JobFolder

# Pictures that follow the sliders have at most so many texels along a side.
LARGEST_LIVE = 1024
_MOST_KEPT = 2

# The texels of originals by the images' session numbers.
_texels: dict[int, np.ndarray] = {}


def note(image: bpy.types.Image, model: dict, styles: np.ndarray | None) -> None:
    """Remember with a fit's picture what its texture model has of it: the answer's "texture_model", and the (N, D) styles
    of a generator."""
    state, defaults = image.headbridge, settings.defaults("texture_basis")
    state.size, state.components, state.fitted = defaults["size"], defaults["components"], True
    for label, value, natural in list(zip(model["labels"], model["coefficients"], model["natural"]))[
        : state.components
    ]:
        each = add_coefficient(image, label, natural)
        each.value = each.fitted = value
    if styles is not None:
        state.styles = base64.b64encode(np.ascontiguousarray(styles, "<f4").tobytes()).decode("ascii")
        state.style_count = len(styles)
    # From here on the image is one with sliders.
    state.label, state.kind, state.layout, state.space = (model[key] for key in ("label", "kind", "layout", "space"))


def read_styles(folder: JobFolder, model: dict | None) -> np.ndarray | None:
    """(N, D) those of a generator's layers, from the files of a job that answered with this texture model; None of a
    space, and without a model."""
    return folder.read_arrays(model["styles"])["styles"] if model is not None and model["styles"] else None


def add_coefficient(image: bpy.types.Image, label: str, natural: dict) -> bpy.types.PropertyGroup:
    """Give an image one more coefficient, which is 0, and return that; natural : as answers of jobs describe it, None for no cut."""
    added = image.headbridge.coefficients.add()
    added.name = label
    for name, value in natural.items():
        if value is not None:
            setattr(added, name, value)
    return added


def coefficients_of(image: bpy.types.Image) -> np.ndarray:
    """(K,) float32 those that the fit found."""
    return np.array([each.fitted for each in image.headbridge.coefficients], np.float32)


def styles_of(image: bpy.types.Image) -> np.ndarray | None:
    """(N, D) float32 those that the fit found; None for a texture of a space."""
    state = image.headbridge
    if not state.styles:
        return None
    return np.frombuffer(base64.b64decode(state.styles), "<f4").reshape(state.style_count, -1)


def keep_original(image: bpy.types.Image) -> None:
    """Copy the fit's own picture before other pixels take its place; raises `ImageError` where it cannot be had."""
    if image.headbridge.original is not None:
        return
    image_files.check_image(image)
    copy = image.copy()
    copy.name = f"{image.name} Original"
    copy.headbridge.space = ""
    copy.headbridge.coefficients.clear()
    image.headbridge.original = copy


def original_texels(image: bpy.types.Image) -> np.ndarray:
    """(T, H, W, 3) uint8 of the fit's own picture, tiles in the order of their numbers; raises `ImageError`."""
    source = image.headbridge.original or image
    key = source.session_uid
    if key not in _texels:
        folder = JobFolder()
        try:
            tiles = image_files.tile_pixels(source, folder)
        finally:
            folder.remove()
        shapes = {each.shape[:2] for each in tiles.values()}
        if len(shapes) != 1:
            raise ImageError(f"The tiles of '{source.name}' are of different sizes; fit the photo again.")
        texels = np.stack([tiles[number][..., :3] for number in sorted(tiles)])
        if source is image:
            # The picture itself may yet be painted on.
            return texels
        _texels[key] = texels
        while len(_texels) > _MOST_KEPT:
            del _texels[next(iter(_texels))]
    return _texels[key]


def forget() -> None:
    """Keep no texels."""
    _texels.clear()


def with_detail(
    original: np.ndarray, now: np.ndarray, then: np.ndarray, detail: float, most: int | None = None
) -> np.ndarray:
    """(T, H, W, 3) uint8: what coefficients make `now` (T, s, s, 3), 0..1, and of the original (T, H, W, 3) uint8 what it
    has beyond `then`, which the fitted coefficients make, times `detail`. most : texels along a side, None for those of
    the original."""
    size = original.shape[1] if most is None else min(original.shape[1], most)
    difference = np.stack([resized(each, size) for each in now - np.float32(detail) * then])
    if detail:
        scale = np.float32(detail / 255.0)
        difference += np.stack([scale * resized(each.astype(np.float32), size) for each in original])
    return np.rint(255.0 * np.clip(difference, 0.0, 1.0)).astype(np.uint8)


def resized(picture: np.ndarray, size: int) -> np.ndarray:
    """(size, size, C) float32 of a square picture: means of whole numbers of texels where it shrinks by that, else
    linearly between texels' centres."""
    side = picture.shape[0]
    if side == size:
        return picture
    if side % size == 0:
        step = side // size
        return picture.reshape(size, step, size, step, -1).mean(axis=(1, 3), dtype=np.float32)
    places = np.clip((np.arange(size) + 0.5) * (side / size) - 0.5, 0.0, side - 1.0)
    first = np.minimum(places.astype(np.intp), max(side - 2, 0))
    share = (places - first).astype(np.float32)
    second = np.minimum(first + 1, side - 1)
    rows = picture[first] + share[:, None, None] * (picture[second] - picture[first])
    return rows[:, first] + share[:, None] * (rows[:, second] - rows[:, first])
