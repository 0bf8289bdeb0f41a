"""What making textures takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..models.catalogue import LAYOUTS
from ..settings import scale_setting, seed_setting, setting, size_setting


def textures_setting(label: str):
    """The setting `space` of jobs with textures of a space or a generator."""
    return setting(
        "open",
        label=label,
        help="open or open-generator; flame_texture, albedo_mm, flame_albedo_from_bfm or ffhq_uv (your file in the model "
        "folders); or a file of a texture space (.npz) or generator.",
    )


def layout_setting(what: str):
    """The setting `layout`; what : such as "textures are", goes on with "in"."""
    return setting("flame", label="Layout", help=f"The head whose UV layout the {what} in.", choices=LAYOUTS)


@dataclass(frozen=True)
class SampleTextureSettings:
    """Settings of textures of a space or a generator, random or of given coefficients."""

    space: str = textures_setting("Texture space")
    layout: str = layout_setting("textures are")
    size: int = size_setting(1024, "a texture", 64, 4096)
    components: int = setting(
        64,
        label="Components",
        help="How many components of a space of a file are read, or of a generator's directions are taken.",
        minimum=1,
        maximum=1000,
    )
    coefficients: str = setting(
        "",
        label="Coefficients",
        help="Standard deviations along the first components, such as 1.5,0,-2, for a texture of your own; left out, "
        "textures are random.",
    )
    count: int = setting(1, label="Count", help="How many random textures.", minimum=1, maximum=100_000)
    seed: int = seed_setting("Equal seeds give equal textures.")
    spread: float = scale_setting("Spread", "how far random textures are from the average one.", 5.0)
    limit: float = setting(
        2.5,
        label="Limit",
        help="Random numbers stay within this many standard deviations; the open space further cuts off what would not "
        "look plausible.",
        minimum=0.1,
        maximum=10.0,
    )


@dataclass(frozen=True)
class FindTexturesSettings:
    """Looking for texture spaces and generators needs no settings."""


@dataclass(frozen=True)
class TextureBasisSettings:
    """Settings of a texture's mean and components."""

    space: str = textures_setting("Texture")
    layout: str = layout_setting("texture is")
    size: int = size_setting(512, "the components", 64, 1024)
    components: int = setting(64, label="Components", help="At most so many coefficients.", minimum=1, maximum=1000)


@dataclass(frozen=True)
class TexturePictureSettings:
    """Settings of pictures of textures, small enough to follow sliders."""

    space: str = setting("open", label="Texture", help="As for a texture's mean and components.")
    layout: str = layout_setting("texture is")
    size: int = size_setting(512, "a picture", 64, 1024)
    resolution: int = setting(
        256,
        label="Resolution",
        help="A generator makes pictures of at most so many pixels: fewer take less time.",
        minimum=4,
        maximum=4096,
        unit="px",
    )
    components: int = setting(64, label="Components", help="At most so many coefficients.", minimum=1, maximum=1000)


@dataclass(frozen=True, eq=False)
class TextureModel:
    """What the texture model has of a fitted texture, before what it lacks and the photos' detail.

    name : as `load_textures` takes it. kind : "space" or "generator". layout : of the head, "flame" or "hack".
    labels, coefficients : (K,) what each changes, and standard deviations, as `load_textures` counts them.
    styles : (N, D) the w of a generator's layers; None of a space.
    """

    name: str
    kind: str
    layout: str
    labels: tuple[str, ...]
    coefficients: np.ndarray
    styles: np.ndarray | None = None


def parse_coefficients(text: str) -> list[float] | None:
    """Numbers with commas or blanks between them; None for an empty text. Raises `InputError` for anything else."""
    words = text.replace(",", " ").split()
    try:
        return [float(word) for word in words] or None
    except ValueError:
        raise InputError(f"Texture coefficients should be numbers such as 1.5,0,-2, not '{text}'.") from None
