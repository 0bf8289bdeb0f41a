"""The texture that one photo shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...errors import InputError
from ...fitting.heads import load_head
from ...fitting.photo.fit import fit_photo
from ...fitting.photo.job import FitPhotoInput, FitPhotoSettings, PhotoView
from ...images import Photo
from ...jobs.cache import content_key
from ...progress import Progress
from ..job import BuildTextureSpaceSettings

# Coverage (of 255) above which a texel's colour is the photo's alone.
_OWN = 250
# A texture of which less is shown, as a share of the layout's tiles, tells too little.
_LEAST_SHOWN = 0.03
# Landmarks farther off than this share of the distance between the eyes were not of this face.
_LANDMARKS_OFF = 0.15


@dataclass(frozen=True, eq=False)
class UnwrappedTexture:
    """The T tiles of a head's layout as a photo shows them.

    pictures : (T, S, S, 3) uint8 encoded sRGB, without the photo's light. known : (T, S, S) bool, where the photo shows
    the head's own skin. landmark_error : share of the distance between the outer eye corners; psnr : of the rendered
    face against the photo, dB."""

    pictures: np.ndarray
    known: np.ndarray
    landmark_error: float
    psnr: float


class Unwrap(Protocol):
    """Takes the texture off a photo.

    layout : "flame" or "hack". key : content key of everything but the photo that the texture depends on. Calling it
    raises `InputError` for a photo that is of no use."""

    layout: str
    key: str

    def __call__(self, photo: Photo, progress: Progress) -> UnwrappedTexture: ...


class FittedUnwrap:
    """Unwraps by a fit to the photo, with its visibility and mask of the skin. Raises `InputError` for a model file that
    is none."""

    def __init__(self, settings: BuildTextureSpaceSettings):
        head = load_head(settings.model, settings.model_file)
        self._settings = FitPhotoSettings(
            model=settings.model,
            model_file=settings.model_file,
            detector=settings.detector,
            face=settings.face,
            size=settings.size,
            working_size=settings.working_size,
            device=settings.device,
        )
        self.layout = head.key
        self.key = content_key("unwrapped", head.label, head.version, self._settings)

    def __call__(self, photo: Photo, progress: Progress) -> UnwrappedTexture:
        result = fit_photo(FitPhotoInput((PhotoView(photo),)), self._settings, progress)
        images, coverages = result.texture.images, result.texture.coverages
        pictures = np.stack([np.rint(255.0 * images[tile].pixels).astype(np.uint8) for tile in images])
        known = np.stack([coverages[tile] >= _OWN for tile in images])
        error = result.metrics["landmark_error"]
        if error > _LANDMARKS_OFF:
            raise InputError(
                f"{photo.name}: the head does not fit the face (landmarks {error:.0%} of the distance between the eyes "
                "off)."
            )
        if known.mean() < _LEAST_SHOWN:
            raise InputError(f"{photo.name}: shows only {known.mean():.1%} of the texture.")
        return UnwrappedTexture(pictures, known, error, result.views[0].metrics["psnr"])
