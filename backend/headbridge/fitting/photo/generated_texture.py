"""The texture of a generator that photos show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from ...mesh import Mesh
from ...progress import Progress
from ...render import RASTERISERS, Raster
from ...texture.atlas.layout import HeadLayout, in_first_tile
from ...texture.stylegan.latent_fit import LatentFit, LatentFitSettings, SeenTexture, fit_latents
from ...texture.stylegan.latents import latent_space
from ...texture.stylegan.textures import TextureGenerator
from .posed_photo import PosedPhoto
from .rendering import PhotoRender

# Pixels along the longer side of the head that the latents are fitted to.
_WORKING_SIZE = 384


@dataclass(frozen=True, eq=False)
class GeneratedTexture:
    """picture : (H, W, 3) float32 sRGB, the texture in the head's own layout. fit : of the latents."""

    picture: np.ndarray
    fit: LatentFit


def generate_texture(
    photos: tuple[PosedPhoto, ...],
    layout: HeadLayout,
    behind: np.ndarray,
    textures: TextureGenerator,
    latents: str,
    progress: Progress,
    settings: LatentFitSettings | None = None,
    renderer: str = "headbridge",
) -> GeneratedTexture:
    """The generator's texture that, on the posed heads and under their light, looks like the photos.

    photos : with light and weights. layout : the head's own. behind : (H, W, 3), what the texture is where the generator
    has none, as on FFHQ-UV's eyeballs. latents : the space, "z", "w" or "w+". renderer : of `RASTERISERS`."""
    progress.report(0.0, "Finding the generator's layout on the head")
    worn = replace(layout.packed, uvs=textures.corner_uvs(layout.packed, progress.part(0.0, 0.2)))
    seen = [_seen(photo.around_head(_WORKING_SIZE), worn, layout.device, RASTERISERS[renderer]) for photo in photos]
    space = latent_space(textures.generator, latents)
    fit = fit_latents(textures.generator, space, seen, settings, progress.part(0.2, 0.95))
    picture = layout.transferred(fit.texture.cpu().numpy(), worn.uvs)
    return GeneratedTexture(np.where(layout.pictured(worn.uvs)[..., None], picture, behind), fit)


def _seen(photo: PosedPhoto, worn: Mesh, device: str, rasterise: Callable[..., Raster]) -> SeenTexture:
    render = PhotoRender(photo, worn, rasterise)
    weights = render.covered.astype(np.float32)
    weights *= in_first_tile(render.uvs[0].numpy())
    if photo.weights is not None:
        weights *= photo.weights

    def tensor(array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, np.float32))[None].to(device)

    return SeenTexture(render.raster, render.uvs, tensor(render.shading), tensor(photo.pixels), tensor(weights))
