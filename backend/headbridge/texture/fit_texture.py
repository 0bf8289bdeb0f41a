"""A given texture projected into a texture space or a generator: what these have of it."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..images import Image
from ..images.colour import psnr
from ..linalg.bounded_step import bounded_solution
from ..mesh.udim import Tile
from ..progress import Progress
from ..topologies import load_builtin, load_topology
from .atlas.layout import HeadLayout
from .choice import Textures, load_textures
from .fit_job import FitTextureInput, FitTextureResult, FitTextureSettings
from .given_texture import checked_size, colours_of
from .job import TextureModel
from .open_space import NAME as OPEN
from .plausible import plausible_limits
from .space import TextureSpace, resized
from .texture_model import space_model

# Standard deviations that the sliders go to.
_FARTHEST = 10.0
# Texels that a mask knows but for rounding.
_KNOWN = 0.999
# Coefficients of textures that are like the space's own, rms.
_USUAL = 2.0


def fit_texture(
    inputs: FitTextureInput, settings: FitTextureSettings = FitTextureSettings(), progress=Progress()
) -> FitTextureResult:
    """The coefficients, or the generator's styles, whose texture is nearest to the given one in encoded sRGB.

    A space's coefficients are found by least squares over the texels that are known, within what sliders have (those of
    the open space within what a face may have); a generator's latents by descent (`stylegan.latent_fit`), as a photo's
    are, with the layout in place of the photo.
    Raises `InputError` for images that do not fit the layout or its masks, of which nothing is known, and as
    `load_textures` does."""
    started = time.perf_counter()
    progress.report(0.0, "Reading the textures")
    head = load_builtin(settings.layout)
    masks = inputs.known or {tile: np.ones(image.pixels.shape[:2]) for tile, image in inputs.images.items()}
    checked_size(inputs.images, masks, head)
    textures = load_textures(
        settings.space, settings.layout, settings.size, settings.components, progress.part(0.0, 0.3)
    )
    layout = HeadLayout(head, settings.size)
    given = layout.packing.joined(
        {tile: resized(colours_of(inputs.images[tile]), settings.size) for tile in textures.tiles}
    )
    shares = {tile: resized(_bright(masks[tile]), settings.size)[..., 0] for tile in textures.tiles}
    known = (layout.packing.joined(shares) > _KNOWN) & layout.covered
    if not known.any():
        raise InputError("The mask hides the whole texture; it should be white where the texture is known.")
    if isinstance(textures, TextureSpace):
        model = _projected(settings.space, textures, layout, given, known)
    else:
        known &= layout.pictured(textures.uvs)
        model = _found(textures, layout, given, known, settings, progress.part(0.3, 0.95))
    pictures = _pictures(textures, model, settings.size)
    made = layout.packing.joined({tile: image.pixels[..., :3] for tile, image in pictures.items()})
    middle = _pictures(textures, replace(model, coefficients=np.zeros(0), styles=None), settings.size)
    metrics = {
        **_errors(made, given, known, layout, load_topology(settings.layout).regions["face"]),
        "psnr_of_middle": _psnr(
            layout.packing.joined({t: image.pixels[..., :3] for t, image in middle.items()}), given, known
        ),
        "coefficients_rms": float(np.sqrt(np.mean(model.coefficients**2))),
        "known": float(known.sum() / layout.covered.sum()),
    }
    notes = textures.notes
    if metrics["coefficients_rms"] > _USUAL:
        notes = (
            *notes,
            f"The coefficients are {metrics['coefficients_rms']:.1f} standard deviations from 0 in the mean: textures like "
            "this one are rare there.",
        )
    differences = layout.packing.split(np.where(known[..., None], 0.5 + 0.5 * (given - made), 0.5).astype(np.float32))
    progress.report(1.0, "Done")
    return FitTextureResult(
        pictures,
        {tile: Image(picture, name="difference") for tile, picture in differences.items()},
        model,
        {**metrics, "seconds": time.perf_counter() - started},
        notes,
    )


def _errors(
    made: np.ndarray, given: np.ndarray, known: np.ndarray, layout: HeadLayout, face: np.ndarray
) -> dict[str, float | None]:
    """Errors over the known texels in encoded sRGB: psnr in dB, of all and of the face (None where none is known); median
    and 95th percentile of the distances of colours, 255ths."""
    inside = np.append(face[layout.packed.triangles].all(axis=1), False)[layout.raster.triangle] & known
    distances = 255.0 * np.sqrt(np.mean((made - given)[known] ** 2, axis=1))
    return {
        "psnr": _psnr(made, given, known),
        "psnr_face": _psnr(made, given, inside) if inside.any() else None,
        "error_median": float(np.median(distances)),
        "error_p95": float(np.quantile(distances, 0.95)),
    }


def _psnr(made: np.ndarray, given: np.ndarray, where: np.ndarray) -> float:
    return psnr(float(np.mean((made - given)[where] ** 2)))


def _bright(mask: np.ndarray) -> np.ndarray:
    return (np.asarray(mask, np.float32) > 0.5).astype(np.float32)[..., None]


def _projected(
    name: str, space: TextureSpace, layout: HeadLayout, given: np.ndarray, known: np.ndarray
) -> TextureModel:
    """The coefficients by least squares over the known texels."""
    normal, right = np.eye(space.count), np.zeros(space.count)
    tiles = zip(layout.packing.split(given).values(), layout.packing.split(known).values(), strict=True)
    for number, (wanted, where) in enumerate(tiles):
        for row in np.flatnonzero(where.any(axis=1)):
            basis = space.components[number, row][where[row]].reshape(-1, space.count).astype(np.float64)
            beyond = (wanted[row] - space.mean[number, row])[where[row]].reshape(-1)
            # In units of a level of 8 bits the ridge holds only what no texel sees.
            normal += (255.0 * basis).T @ (255.0 * basis)
            right += (255.0 * basis).T @ (255.0 * beyond)
    limits = (
        plausible_limits(space.labels) if space.name == OPEN else np.full((2, space.count), np.inf) * [[-1.0], [1.0]]
    )
    return space_model(name, space, bounded_solution(normal, right, np.clip(limits, -_FARTHEST, _FARTHEST)))


def _found(
    textures: Textures,
    layout: HeadLayout,
    given: np.ndarray,
    known: np.ndarray,
    settings: FitTextureSettings,
    progress: Progress,
) -> TextureModel:
    """The styles of the generator's layers by descent."""
    # torch takes seconds to load, and spaces do without.
    from .stylegan.latent_fit import LatentFitSettings, fit_latents, seen_in_layout
    from .stylegan.latents import latent_space
    from .stylegan.textures import load_texture_generator
    from .texture_model import generator_model

    used = load_texture_generator(settings.space, settings.device)
    seen = seen_in_layout(layout, textures.uvs, given, known, settings.device)
    space = latent_space(used.generator, settings.latents)
    fit = fit_latents(used.generator, space, [seen], LatentFitSettings(prior=settings.prior), progress)
    model = generator_model(settings.space, settings.layout, used, fit.styles)
    count = textures.count
    return replace(model, labels=model.labels[:count], coefficients=model.coefficients[:count])


def _pictures(textures: Textures, model: TextureModel, size: int) -> dict[Tile, Image]:
    if isinstance(textures, TextureSpace):
        return textures.image(model.coefficients, size)
    return textures.image(model.coefficients, size, model.styles)
