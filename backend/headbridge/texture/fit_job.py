"""What the projection of a given texture into a space or a generator takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..mesh.udim import Tile
from ..settings import device_setting, setting
from .job import TextureModel, layout_setting, textures_setting

if TYPE_CHECKING:
    # Compute libraries take a moment to load, so naming the job does without.
    from ..images import Image


@dataclass(frozen=True)
class FitTextureSettings:
    """Settings of a projection."""

    space: str = textures_setting("Texture space")
    layout: str = layout_setting("texture is")
    size: int = setting(
        512,
        label="Size",
        help="Width and height at which the textures are compared, and of the result.",
        minimum=64,
        maximum=1024,
        unit="px",
    )
    components: int = setting(
        64, label="Components", help="How many components of a texture space are used.", minimum=1, maximum=1000
    )
    latents: str = setting(
        "w+",
        label="Latents",
        help="Where a generator looks: w+, a style for every layer, which comes nearest; w, one style for all; or z, "
        "what it makes by itself.",
        choices=("z", "w", "w+"),
    )
    prior: float = setting(
        0.02,
        label="Prior",
        help="How firmly a generator's latents are held near its average; 0 comes nearest to the texture.",
        minimum=0.0,
        maximum=10.0,
    )
    device: str = device_setting("the generator computes")


@dataclass(frozen=True, eq=False)
class FitTextureInput:
    """images : the texture by tile (u, v), square. known : (H, W) by tile, 0..1, more than half where the image counts;
    None for everywhere."""

    images: dict[Tile, Image]
    known: dict[Tile, np.ndarray] | None = None


@dataclass(frozen=True, eq=False)
class FitTextureResult:
    """images : by tile, what space or generator have of the texture. differences : by tile, what the given texture has
    beyond, encoded sRGB around a middle grey. model : the coefficients, and a generator's styles. metrics : JSON-able
    numbers. notes : sentences."""

    images: dict[Tile, Image]
    differences: dict[Tile, Image]
    model: TextureModel
    metrics: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
