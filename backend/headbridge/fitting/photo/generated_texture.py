"""The texture of a generator that photos show."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from ...images import Image
from ...jobs.udim import Tile
from ...mesh import Mesh
from ...progress import Progress
from ...texture.stylegan.latent_fit import LatentFit, LatentFitSettings, SeenTexture, fit_latents
from ...texture.stylegan.latents import latent_space
from ...texture.stylegan.textures import TextureGenerator
from ..texturing.layout import HeadLayout
from .posed_photo import PosedPhoto
from .rendering import PhotoRender

# Pixels along the longer side of the head that the latents are fitted to.
_WORKING_SIZE = 384


@dataclass(frozen=True, eq=False)
class GeneratedTexture:
    """images : the texture in the head's own layout, per tile. fit : of the latents."""

    images: dict[Tile, Image]
    fit: LatentFit


def generate_texture(
    photos: tuple[PosedPhoto, ...],
    template: Mesh,
    textures: TextureGenerator,
    latents: str,
    size: int,
    device: str,
    progress: Progress,
    settings: LatentFitSettings | None = None,
) -> GeneratedTexture:
    """The generator's texture that, on the posed heads and under their light, looks like the photos.

    photos : with light and weights. template : the head with its own layout. latents : the space, "z", "w" or "w+".
    size : texels along a tile's side."""
    progress.report(0.0, "Finding the generator's layout on the head")
    worn = replace(template, uvs=textures.corner_uvs(template, progress.part(0.0, 0.2)))
    seen = [_seen(photo.around_head(_WORKING_SIZE), worn, device) for photo in photos]
    space = latent_space(textures.generator, latents)
    fit = fit_latents(textures.generator, space, seen, settings, progress.part(0.2, 0.95))
    layout = HeadLayout(template, size)
    picture = layout.carried(fit.texture.cpu().numpy(), worn.uvs)
    return GeneratedTexture(layout.images(picture), fit)


def _seen(photo: PosedPhoto, worn: Mesh, device: str) -> SeenTexture:
    render = PhotoRender(photo, worn)
    weights = render.covered.astype(np.float32)
    # Charts beside the first tile, such as eyeballs', are no part of the generated picture.
    uvs = render.uvs[0].numpy()
    weights *= ((uvs >= 0.0) & (uvs <= 1.0)).all(axis=2)
    if photo.weights is not None:
        weights *= photo.weights

    def tensor(array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, np.float32))[None].to(device)

    return SeenTexture(render.raster, render.uvs, tensor(render.shading), tensor(photo.pixels), tensor(weights))
