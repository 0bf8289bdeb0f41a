"""What the projection of photos on a fitted head takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ...mesh import Mesh
from ...settings import device_setting, setting, size_setting
from .job import PhotoCamera, PhotoTexture

if TYPE_CHECKING:
    # Compute libraries take a moment to load, so naming the job does without.
    from ...images.photo import Photo


@dataclass(frozen=True)
class ProjectTextureSettings:
    """Settings of a projection."""

    size: int = size_setting(1024, "the texture", 256, 4096)
    complete: bool = setting(
        False,
        label="Complete",
        help="Fills what no photo shows from the other half of the face and smoothly; otherwise it stays black.",
    )
    remove_light: bool = setting(
        False,
        label="Remove light",
        help="Divides the colours by the light that the fit found, instead of keeping them as they are.",
    )
    device: str = device_setting()


@dataclass(frozen=True, eq=False)
class ProjectedPhoto:
    """A photo, the camera it was taken with, and its light (9, 3), or None where it is not known."""

    photo: Photo
    camera: PhotoCamera
    light: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class ProjectTextureInput:
    """photos : at least one. mesh : a head of a known topology where the cameras see it, in millimetres; its layout is
    the topology's where it has none."""

    photos: tuple[ProjectedPhoto, ...]
    mesh: Mesh


@dataclass(frozen=True, eq=False)
class ProjectTextureResult:
    """texture : its coverages are 255 where the colours are the photos'. metrics : JSON-able numbers."""

    texture: PhotoTexture
    metrics: dict[str, Any] = field(default_factory=dict)
