# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures that follow their sliders: an image's pixels are made of its coefficients as soon as they move."""

from __future__ import annotations

import json
from contextlib import contextmanager

import bpy
import numpy as np

from .. import image_files, session_report
from ..image_encoding import png_file
from ..job_client import BackendError
from ..job_files import JobFolder
from . import basis
from .basis import Basis, BasisKey

# Moves of a slider within this time become one picture.
_PAUSE_SECONDS = 0.04

_waiting: set[str] = set()
_held = False


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


def is_up_to_date(image: bpy.types.Image) -> bool:
    """Whether the pixels are of the coefficients."""
    return image.headbridge.drawn == _text(coefficients_of(image))


def can_follow(image: bpy.types.Image) -> bool:
    """Whether what the sliders need is here."""
    return basis.find(key_of(image)) is not None


@contextmanager
def held():
    """Several coefficients change inside before any picture is made."""
    global _held
    _held = True
    try:
        yield
    finally:
        _held = False


def moved(image: bpy.types.Image) -> None:
    """A coefficient of an image has moved: its pixels follow in a moment, or at once in background mode."""
    if _held:
        return
    if bpy.app.background:
        refresh(image)
        return
    _waiting.add(image.name)
    if not bpy.app.timers.is_registered(_follow):
        bpy.app.timers.register(_follow, first_interval=_PAUSE_SECONDS)


def _follow() -> None:
    names = sorted(_waiting)
    _waiting.clear()
    for name in names:
        image = bpy.data.images.get(name)
        if is_texture(image):
            refresh(image)
    session_report.redraw()


def refresh(image: bpy.types.Image) -> None:
    """Make the pixels of an image again where its coefficients have moved and the components are here: those of a
    generator never are, it has to be asked."""
    kept = basis.find(key_of(image))
    if kept is None or image.headbridge.kind != "space" or is_up_to_date(image):
        return
    coefficients = coefficients_of(image)
    if len(coefficients) != len(kept.components):
        return
    folder = JobFolder()
    try:
        image_files.replace_pixels(image, folder, write_tiles(folder, kept, coefficients))
    finally:
        folder.remove()
    image.headbridge.drawn = _text(coefficients)


def write_tiles(folder: JobFolder, kept: Basis, coefficients: np.ndarray) -> list[str]:
    """Write the picture of coefficients into a folder, a PNG for every tile; returns the names."""
    pictures = kept.picture(coefficients)
    return [
        folder.write_bytes(f"texture_{image_files.number_of(tile)}.png", png_file(picture))
        for tile, picture in zip(kept.tiles, pictures)
    ]


def set_coefficients(image: bpy.types.Image, values: np.ndarray) -> None:
    """Give an image coefficients and, where that can be, the pixels of them."""
    with held():
        for each, value in zip(image.headbridge.coefficients, values):
            each.value = float(value)
    refresh(image)


def note_drawn(image: bpy.types.Image, coefficients: np.ndarray) -> None:
    """Remember what coefficients the pixels are of."""
    image.headbridge.drawn = _text(coefficients)


def after_undo() -> None:
    """Blender keeps an image's pixels through an undo; those of textures are to be those of the coefficients."""
    for image in bpy.data.images:
        # What was painted on one, and not saved, is nowhere else.
        if is_texture(image) and not image.is_dirty:
            image.buffers_free()
            try:
                refresh(image)
            except (BackendError, RuntimeError, OSError) as problem:
                print(f"HeadBridge: '{image.name}' could not follow its coefficients: {problem}")


def stop() -> None:
    """Follow no slider any more."""
    _waiting.clear()
    if bpy.app.timers.is_registered(_follow):
        bpy.app.timers.unregister(_follow)
    basis.forget()


def _text(coefficients: np.ndarray) -> str:
    return json.dumps([float(value) for value in coefficients])
