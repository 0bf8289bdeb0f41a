"""The texture that one photo shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.ndimage import distance_transform_edt

from ..cache import content_key
from ..errors import InputError
from ..fitting.heads import load_head
from ..fitting.photo.fit import fit_photo
from ..fitting.photo.job import FitPhotoInput, FitPhotoSettings, FittedView, PhotoView
from ..fitting.photo.posed_photo import PosedPhoto
from ..fitting.photo.projection import seen_texels
from ..fitting.photo.rendering import PhotoRender
from ..images import Photo
from ..mesh.udim import occupied_tiles
from ..progress import Progress
from ..spatial.rasterise import rasterise_uv
from ..texture.atlas.layout import HeadLayout
from ..texture.load import space_key
from ..topologies import load_builtin, load_topology
from .job import BuildTextureSpaceSettings

# Texels of 512 at the edge of what is seen that are left out: their pixels show eyes, teeth and hair as well.
_EDGE = 5.0
# Skin that is as likely as this counts.
_SKIN = 0.5
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
            texture=settings.texture,
            device=settings.device,
        )
        self.layout = head.key
        self.key = content_key(
            "unwrapped", _OWN, _EDGE, _SKIN, head.label, head.version, self._settings, space_key(settings.texture)
        )
        self._edges = _Edges(head.key, settings.size)
        self._topology = load_topology(head.key)
        self._texels = HeadLayout(load_builtin(head.key), settings.size, settings.device)

    def __call__(self, photo: Photo, progress: Progress) -> UnwrappedTexture:
        result = fit_photo(FitPhotoInput((PhotoView(photo),)), self._settings, progress)
        images, coverages = result.texture.images, result.texture.coverages
        pictures = np.stack([np.rint(255.0 * images[tile].pixels).astype(np.uint8) for tile in images])
        known = np.stack([coverages[tile] >= _OWN for tile in images])
        known = self._edges.left_out(known & (self._edges.eyes | (self._skin(photo, result.views[0]) > _SKIN)))
        error = result.metrics["landmark_error"]
        if error > _LANDMARKS_OFF:
            raise InputError(
                f"{photo.name}: the head does not fit the face (landmarks {100.0 * error:.0f} % of the distance between the eyes "
                "off)."
            )
        if known.mean() < _LEAST_SHOWN:
            raise InputError(f"{photo.name}: shows only {100.0 * known.mean():.1f} % of the texture.")
        return UnwrappedTexture(pictures, known, error, result.views[0].metrics["psnr"])

    def _skin(self, photo: Photo, view: FittedView) -> np.ndarray:
        """(T, S, S) how far the photo shows the head's own skin there, 0..1: no hair, glasses, or shadows of them."""
        camera, layout = view.camera, self._texels
        # OpenCV's axes turned upright.
        vertices = (view.fit.vertices @ camera.rotation.T + camera.translation) * (1.0, -1.0, -1.0)
        posed = PosedPhoto(photo.pixels, vertices, camera.matrix, None, view.skin, photo.name)
        posed = posed.around_head(2 * self._settings.size)
        seen = seen_texels(posed, layout, self._topology, PhotoRender(posed, layout.packed))
        picture = np.zeros(layout.shape, np.float32)
        picture[layout.covered] = seen.skin
        return np.stack([*layout.packing.split(picture).values()])


class _Edges:
    """The edges of what is seen, in a layout of `size` texels a side. eyes : (T, S, S) bool, the eyeballs' texels."""

    def __init__(self, layout: str, size: int):
        template, topology = load_builtin(layout), load_topology(layout)
        balls = np.zeros(len(template.vertices), bool)
        for side in ("left", "right"):
            balls |= topology.regions.get(f"{side}_eyeball", False)
        balls = np.append(balls[template.triangles].all(axis=1), False)
        corners = template.uvs[template.triangle_corners].astype(np.float64)
        rasters = [rasterise_uv(corners, size, tile) for tile in occupied_tiles(template)]
        # The layout's own edges are no edges of what is seen, and of an eye little more than an edge is seen.
        self._none = np.stack([~raster.covered for raster in rasters])
        self.eyes = np.stack([balls[raster.triangle] for raster in rasters])
        self._width = _EDGE * size / 512.0

    def left_out(self, known: np.ndarray) -> np.ndarray:
        """(T, S, S) bool, what is known of the skin without its edge."""
        inside = np.stack([distance_transform_edt(tile) for tile in known | self._none])
        return known & (self.eyes | (inside > self._width))
