# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures with sliders: what an image's pixels are to be of its coefficients, and putting them there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import bpy
import numpy as np

from .. import image_files
from ..image_encoding import png_file
from ..image_files import ImageError
from ..job_files import JobFolder
from . import basis, fitted
from .basis import Basis, BasisKey


@dataclass(frozen=True, eq=False)
class Drawing:
    """What the pixels of an image are to be. `files` touches nothing of Blender's, so any thread may call it.

    drawn : as images remember what they show. draft : whether there are finer pictures of that. tiles : (u, v) of each.
    make : gives (T, S, S, 3) uint8."""

    drawn: str
    draft: bool
    tiles: tuple[tuple[int, int], ...]
    make: Callable[[], np.ndarray]

    def files(self) -> dict[str, bytes]:
        """PNG files by names that end in the tiles' numbers."""
        numbers = [image_files.number_of(tile) for tile in self.tiles]
        return {f"texture_{number}.png": png_file(picture) for number, picture in zip(numbers, self.make())}


def is_texture(image: bpy.types.Image | None) -> bool:
    """Whether an image has coefficients."""
    return image is not None and image.headbridge.space != ""


def key_of(image: bpy.types.Image) -> BasisKey:
    """What the sliders of an image need."""
    state = image.headbridge
    return BasisKey(state.space, state.layout, state.size, state.components)


def coefficients_of(image: bpy.types.Image) -> np.ndarray:
    """(K,) float32."""
    return np.array([each.value for each in image.headbridge.coefficients], np.float32)


def drawn_of(image: bpy.types.Image) -> str:
    """What the pixels of an image are to be of."""
    state = image.headbridge
    values = [float(value) for value in coefficients_of(image)]
    return json.dumps([*values, {"detail": state.detail}] if state.fitted else values)


def is_up_to_date(image: bpy.types.Image) -> bool:
    """Whether the pixels are of the coefficients."""
    return image.headbridge.drawn == drawn_of(image)


def refresh(image: bpy.types.Image) -> None:
    """Make the pixels of an image again where its coefficients have moved and what that takes is here: the components
    of a space, a generator has to be asked."""
    if is_up_to_date(image):
        return
    kept, drawing = basis.find(key_of(image)), drawing_as_fitted(image)
    if drawing is None and kept is not None and len(kept.components) == len(image.headbridge.coefficients):
        drawing = drawing_of_space(image, kept)
    if drawing is not None:
        show(image, drawing, drawing.files())


def drawing_as_fitted(image: bpy.types.Image) -> Drawing | None:
    """The fit's own picture where that is what an image's coefficients say; None elsewhere. Raises `ImageError`."""
    state = image.headbridge
    if not state.fitted or state.detail < 1.0 or any(each.value != each.fitted for each in state.coefficients):
        return None
    numbers = sorted(tile.number for tile in image.tiles) if image.source == "TILED" else [image_files.FIRST_TILE]
    original = fitted.original_texels(image)
    return Drawing(drawn_of(image), False, tuple(map(image_files.tile_of, numbers)), lambda: original)


def drawing_of_space(image: bpy.types.Image, kept: Basis) -> Drawing:
    """What components make of an image's coefficients, at most of `fitted.LARGEST_LIVE` texels where a fit has found
    the image; raises `ImageError` where the fit's own picture cannot be had."""
    state, coefficients = image.headbridge, coefficients_of(image)
    if not state.fitted:
        return Drawing(drawn_of(image), False, kept.tiles, lambda: basis.in_bytes(kept.colours(coefficients)))
    then, detail, original = fitted.coefficients_of(image), state.detail, _original(image, len(kept.tiles))

    def make() -> np.ndarray:
        now, was = kept.colours(coefficients), kept.colours(then)
        return fitted.with_detail(original, now, was, detail, fitted.LARGEST_LIVE)

    return Drawing(drawn_of(image), original.shape[1] > fitted.LARGEST_LIVE, kept.tiles, make)


def drawing_of_pictures(
    image: bpy.types.Image, drawn: str, answer: dict, pixels: np.ndarray, most: int | None
) -> Drawing:
    """What the worker has made (`requests`): pixels (R, T, S, S, 3) uint8, of the coefficients as `drawn` has them and,
    where a fit found the image, of those that it found. most : texels along a side of the latter, None for all."""
    tiles, draft = tuple(map(tuple, answer["tiles"])), not answer["whole"]
    if not image.headbridge.fitted:
        return Drawing(drawn, draft, tiles, lambda: pixels[0])
    detail, original = json.loads(drawn)[-1]["detail"], _original(image, len(tiles))
    if most is not None and original.shape[1] > most:
        draft = True
    scale = np.float32(1.0 / 255.0)
    return Drawing(
        drawn,
        draft,
        tiles,
        lambda: fitted.with_detail(original, scale * pixels[0], scale * pixels[1], detail, most),
    )


def _original(image: bpy.types.Image, count: int) -> np.ndarray:
    original = fitted.original_texels(image)
    if len(original) != count:
        raise ImageError(f"'{image.name}' has other tiles than its texture model; fit the photo again.")
    return original


def show(image: bpy.types.Image, drawing: Drawing, files: dict[str, bytes]) -> None:
    """Pack a drawing's files into an image, a fit's own picture being kept; raises `RuntimeError`, `OSError` or
    `ImageError`."""
    if image.headbridge.fitted:
        fitted.keep_original(image)
    folder = JobFolder()
    try:
        for name, content in files.items():
            folder.write_bytes(name, content)
        image_files.replace_pixels(image, folder, [*files])
    finally:
        folder.remove()
    image.headbridge.drawn, image.headbridge.draft = drawing.drawn, drawing.draft


def note_fit(image: bpy.types.Image, model: dict, styles: np.ndarray | None) -> None:
    """Give a fit's picture the coefficients that the fit found; see `fitted.note`."""
    fitted.note(image, model, styles)
    image.headbridge.drawn = drawn_of(image)
