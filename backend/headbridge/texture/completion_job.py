"""What the completion of a texture takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..mesh import Mesh
from ..mesh.udim import Tile
from ..settings import device_setting, setting
from .job import layout_setting

if TYPE_CHECKING:
    # Compute libraries take a moment to load, so naming the job does without.
    from ..images import Image

METHODS = ("kriging", "network", "symmetric")


@dataclass(frozen=True)
class CompleteTextureSettings:
    """Settings of a completion."""

    layout: str = layout_setting("texture is")
    method: str = setting(
        "kriging",
        label="Method",
        help="What fills in what is hidden: the open texture space's likeliest texture and what the known parts tell that "
        "it lacks (kriging); the same corrected by the inpainting network, a step of a published recipe that gains "
        "little; or the other half of the face alone, continued smoothly (symmetric).",
        choices=METHODS,
    )
    device: str = device_setting()


@dataclass(frozen=True, eq=False)
class CompleteTextureInput:
    """images : the texture by tile (u, v), square and of one size. known : (H, W) by tile, 0..1, more than half where the
    image is to be kept. head : a mesh of a known topology with the texture's layout (the topology's own where it has
    none); None for the head that the settings name."""

    images: dict[Tile, Image]
    known: dict[Tile, np.ndarray]
    head: Mesh | None = None


@dataclass(frozen=True, eq=False)
class CompleteTextureResult:
    """images : by tile, of the kind (bits, encoding, channels) that was given. metrics : JSON-able numbers. notes :
    sentences."""

    images: dict[Tile, Image]
    metrics: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
