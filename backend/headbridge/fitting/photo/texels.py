"""A head's texture from photos: colours seen are transferred to the texels, freed of light, completed, and corrected until
the rendered head repeats the photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.ndimage import binary_erosion, distance_transform_edt

from ...baking.padding import BILINEAR, pad_image
from ...errors import InputError
from ...images import Image
from ...mesh import Mesh
from ...mesh.udim import Tile
from ...progress import Progress
from ...texture.atlas.completion import KEPT, complete, continued_over_skin
from ...texture.atlas.eye_colours import EyeColours
from ...texture.atlas.layout import HeadLayout
from ...texture.atlas.packed_tiles import PackedTiles
from ...texture.atlas.painted_eyes import paint_eyes
from ...texture.inpainting import guess_hidden, shipped_network
from ...topologies import Topology
from .halves import with_like_halves
from .painted_share import INSIDE, NOT_TAKEN, TAKEN, at_texels, feathered, lit_share, own_share, pictured, region_share
from .photo_blend import PhotoBlend
from .posed_photo import PosedPhoto
from .projection import SeenTexels, seen_texels
from .relightable import bounded, without_highlights
from .rendering import PhotoRender
from .skin_mask import albedo_spread, at_openings, lining

# Colours are known to so much, sRGB, since light is modelled no better, and the albedo differs by so much from what lies
# behind: what light is too weak to tell is taken from there.
_COLOUR_SIGMA, _ALBEDO_SIGMA = 0.04, 0.22
_SHADE_HOLD = (_COLOUR_SIGMA / _ALBEDO_SIGMA) ** 2
# And no skin is so much brighter than what lies behind: a factor and a step, sRGB.
_BRIGHTER, _BRIGHTEST_STEP = 1.6, 0.12
# So much of the layout has to show hair, or a bald scalp, to tell its tone.
_LEAST_SCALP = 0.002
# Colours that may be transferred to other places: well seen, and skin; so many texels of 1024 within.
_SURE, _SKIN, _WITHIN = 0.9, 0.5, 3
# Corrections of the texture by what the rendered head still lacks.
_CORRECTIONS = 6
# Texels that hardly tell in any pixel must not run away.
_MOST = 0.1


@dataclass(frozen=True, eq=False)
class PaintedTexture:
    """images : the texture by tile (u, v), 8-bit sRGB. coverages : (H, W) uint8 by tile, 255 where the colours are the
    photos' own. picture : (H, K * W, 3) float32, the K tiles side by side, padded. share : what of the layout is the
    photos' own, 0..1. psnr : dB of the rendered face against each photo."""

    images: dict[Tile, Image]
    coverages: dict[Tile, np.ndarray]
    picture: np.ndarray
    share: float
    psnr: tuple[float, ...]

    def with_eyes(self, layout: HeadLayout, topology: Topology, colours: EyeColours) -> PaintedTexture:
        """The texture with clean eyes: what photos show of eyeballs has lids' shadows and lashes in it, and highlights.

        layout : the texture's own."""
        if "left_eyeball" not in topology.regions:
            return self
        picture = np.array(self.picture[..., :3])
        paint_eyes(picture, np.zeros(layout.shape), layout.raster, layout.packed, topology, colours)
        images = {tile: replace(self.images[tile], pixels=part) for tile, part in layout.packing.split(picture).items()}
        return replace(self, images=images, picture=picture)

    def packed(self, template: Mesh) -> Mesh:
        """The mesh with its tiles moved together as in `picture`."""
        return PackedTiles(tuple(self.images)).packed(template)


def paint_texture(
    photos: Sequence[PosedPhoto],
    template: Mesh,
    topology: Topology,
    behind: Mapping[Tile, Image] | None,
    size: int,
    device: str,
    progress: Progress,
    completed: bool = True,
    inpainted: bool = False,
    explained: np.ndarray | None = None,
) -> PaintedTexture:
    """The texture with which the head looks like the photos.

    template : the topology's mesh with its layout (its vertices are the mean head's). behind : the albedo of a texture
    model by tile, `size` square, which shows through where photos show nothing; without it colours continue. size :
    texels along a tile's side. completed : False leaves black what the photos do not show. inpainted : the
    inpainting network's picture of the whole texture takes the place of what lies behind. explained : (H, K * W, 3) sRGB
    what a texture model knows of the skin, which the texture is kept near (`relightable`).
    Raises `InputError` where no photo shows anything of the head, and for pictures behind of another size."""
    progress.report(0.0, "Looking up the texels")
    layout = HeadLayout(template, size, device)
    photos = [photo.around_head(2 * size) for photo in photos]
    renders, seen_texels_of = [], []
    for number, photo in enumerate(photos):
        progress.report(0.3 * number / len(photos), "Looking up the texels")
        renders.append(PhotoRender(photo, layout.packed))
        progress.report(0.3 * (number + 0.4) / len(photos), "Looking up the texels")
        seen_texels_of.append(seen_texels(photo, layout, topology, renders[-1]))
    back = None if behind is None else _joined(behind, layout)
    spread = lips = None
    if explained is not None:
        lips = at_texels(layout, topology.regions["lips"]) if "lips" in topology.regions else None
        spread = np.append(albedo_spread(template, topology), np.float32(1.0))[layout.raster.triangle[layout.covered]]
    if back is not None and explained is not None:
        # It is what the texture is completed with, so that the photos' highlights and hair must not be in it; what is
        # seen in the face's openings is no skin.
        known, own = explained[layout.covered], back[layout.covered]
        skin = ~_of(at_openings(topology), layout)[:, None]
        back[layout.covered] = np.where(skin, bounded(without_highlights(own, known), known, spread, layout, lips), own)
    progress.report(0.3, "Transferring colours to the texels")
    taken = region_share(layout, topology, TAKEN, NOT_TAKEN)
    scalp = region_share(layout, topology, ("scalp",), ("left_ear", "right_ear"))
    if completed:
        shares = np.stack([feathered(own_share(seen, taken, scalp), layout, topology) for seen in seen_texels_of])
        if explained is not None:
            # What is seen through nostrils and beside eyeballs is mostly the light's, and another surface's beside it.
            shares *= ~_of(lining(topology), layout)
    else:
        shares = np.stack([(s.own.sum(axis=1) > 0.0).astype(np.float32) for s in seen_texels_of])
    progress.report(0.31, "Transferring colours to the texels")
    share = shares.max(axis=0)
    if not (share > 0.5).any():
        raise InputError(
            f"{photos[0].name}: the head cannot be seen in the picture; look at the camera, and that the picture "
            "belongs to it."
        )
    blend = PhotoBlend(shares, photos, seen_texels_of, layout)
    progress.report(0.32, "Transferring colours to the texels")
    start = 0.5 if back is None else back[layout.covered]
    usable = [_usable(photo, render) for photo, render in zip(photos, renders, strict=True)]
    colours = blend(
        [_albedo(s, photo, mask, start) for s, photo, mask in zip(seen_texels_of, photos, usable, strict=True)]
    )
    if explained is not None:
        colours = without_highlights(colours, explained[layout.covered])
    whole = pictured(layout, colours, 3)
    kept = pictured(layout, share, 0)
    progress.report(0.34, "Transferring colours to the texels")
    if completed:
        skin = np.stack([s.skin for s in seen_texels_of])
        sure = ((shares > _SURE) & (skin > _SKIN)).any(axis=0)
        trusted = pictured(layout, sure, 0).astype(bool) | ~layout.covered
        trusted = binary_erosion(trusted, iterations=max(1, round(_WITHIN * size / 1024))) & layout.covered
        if inpainted:
            progress.report(0.34, "Guessing what is hidden")
            parts = map(layout.packing.split, (whole, trusted))
            back = layout.packing.joined(guess_hidden(*parts, topology.key, shipped_network()))
        if back is not None:
            hair = (
                (scalp > 0.9) & (share > 0.5) & any(photo.known is None or photo.hair is not None for photo in photos)
            )
            back[layout.covered] = _toned(back[layout.covered], colours, sure & ~hair, hair, scalp)
        whole = complete(whole, kept, trusted, layout, topology, photos[0].vertices, back, progress.part(0.35, 0.7))
    else:
        whole *= (kept > 0.0)[..., None]
    painted = layout.covered if completed else kept > 0.0
    corrected, psnr = _corrected(
        whole,
        painted,
        share,
        photos,
        seen_texels_of,
        renders,
        usable,
        blend,
        layout,
        topology,
        progress.part(0.7, 0.95),
    )
    whole = _met(whole, corrected, share > KEPT, layout, topology) if completed else corrected
    if explained is not None:
        if completed:
            # Little light tells little of a colour.
            told = np.max([s * lit_share(seen) ** 2 for s, seen in zip(shares, seen_texels_of, strict=True)], axis=0)
            whole[layout.covered] = with_like_halves(
                whole[layout.covered], explained[layout.covered], told, layout, topology
            )
        whole[layout.covered] = bounded(whole[layout.covered], explained[layout.covered], spread, layout, lips)
    images = layout.images(whole)
    return PaintedTexture(
        images=images,
        coverages=layout.coverages(kept),
        picture=layout.packing.joined({tile: image.pixels for tile, image in images.items()}),
        share=float(share.sum() / len(share)),
        psnr=psnr,
    )


def _of(vertices: np.ndarray, layout: HeadLayout) -> np.ndarray:
    """(N,) bool, the covered texels whose triangles have a vertex of a (V,) mask."""
    return np.append(vertices[layout.packed.triangles].any(axis=1), False)[layout.raster.triangle[layout.covered]]


def _joined(behind: Mapping[Tile, Image], layout: HeadLayout) -> np.ndarray:
    for tile in layout.packing.tiles:
        if tile not in behind or (behind[tile].height, behind[tile].width) != (layout.shape[0],) * 2:
            raise InputError(
                f"The texture behind should have a picture of {layout.shape[0]} x {layout.shape[0]} for each of the "
                f"layout's {len(layout.packing.tiles)} tiles."
            )
    return layout.packing.joined({tile: image.encoded_as("sRGB")[..., :3] for tile, image in behind.items()})


def _toned(back: np.ndarray, colours: np.ndarray, skin: np.ndarray, hair: np.ndarray, scalp: np.ndarray) -> np.ndarray:
    """(N, 3) the texels behind in the tone of what the photos show.

    back, colours : (N, 3). skin, hair : (N,) bool, texels that show skin, and what the scalp looks like. scalp : (N,)
    the share of the scalp."""
    tone = _tone(colours, back, skin)
    if not skin.any() or hair.mean() < _LEAST_SCALP:
        return np.clip(back * tone, 0.0, 1.0)
    # What the model has as bright as skin is no hair.
    brightness = back.mean(axis=1)
    bright, dark = np.median(brightness[skin]), np.median(brightness[scalp > 0.9])
    hairy = scalp * np.clip((bright - brightness) / max(bright - dark, 1e-3), 0.0, 1.0)
    return np.clip(back * (tone + hairy[:, None] * (_tone(colours, back, hair) - tone)), 0.0, 1.0)


def _tone(colours: np.ndarray, back: np.ndarray, where: np.ndarray) -> np.ndarray:
    """(3,) factors from `back` to `colours` in a mask."""
    if not where.any():
        return np.ones(3)
    return np.median(colours[where], axis=0) / np.maximum(np.median(back[where], axis=0), 1e-3)


def _unshaded(colours: np.ndarray, shading: np.ndarray, start) -> np.ndarray:
    """(N, 3) the likeliest albedo: colours divided by shading, held to `start` where that is weak."""
    shading = np.maximum(shading, 0.0)
    return (shading * colours + _SHADE_HOLD * start) / (shading**2 + _SHADE_HOLD)


def _usable(photo: PosedPhoto, render: PhotoRender) -> np.ndarray:
    """(H, W) bool, pixels of the head that are no background: skin, or well inside the outline."""
    if photo.weights is None:
        return render.covered
    inside = distance_transform_edt(render.covered) * photo.millimetres > INSIDE
    shown = inside | (photo.weights > _SKIN)
    if photo.known is not None:
        shown &= photo.known > _SKIN
    if photo.hair is not None:
        shown |= inside & (photo.hair > _SKIN)
    return render.covered & shown


def _albedo(seen: SeenTexels, photo: PosedPhoto, usable: np.ndarray, start) -> np.ndarray:
    pixels = photo.pixels
    if usable.any():
        # Interpolation beside a bright background would overshoot.
        row, column = distance_transform_edt(~usable, return_distances=False, return_indices=True)
        pixels = pixels[row, column]
    colours = seen.sample(pixels)
    if photo.light is None:
        return np.clip(colours, 0.0, 1.0)
    most = np.minimum(_BRIGHTER * np.asarray(start) + _BRIGHTEST_STEP, 1.0)
    return np.clip(_unshaded(colours, seen.shading, start), 0.0, most)


def _met(first: np.ndarray, best: np.ndarray, kept: np.ndarray, layout: HeadLayout, topology: Topology) -> np.ndarray:
    """(H, W, 3) the corrected texture, whose corrections fade on the skin around the (N,) texels that are kept instead of
    at their edge. first : (H, W, 3) before them."""
    beside = first + continued_over_skin(best - first, pictured(layout, kept, 0).astype(bool), layout, topology)
    result = np.clip(beside, 0.0, 1.0)
    result[layout.covered] = np.where(kept[:, None], best[layout.covered], result[layout.covered])
    return result


def _corrected(
    whole: np.ndarray,
    painted: np.ndarray,
    share,
    photos,
    seen_texels_of,
    renders,
    usable,
    blend,
    layout: HeadLayout,
    topology: Topology,
    progress,
) -> tuple[np.ndarray, tuple[float, ...]]:
    """The texture with what the rendered photos lack carried back to it (iterative back-projection, Irani and Peleg
    1991), and the dB reached in each photo's face. painted : (H, W) bool; elsewhere the texture is empty, which the
    rendered head must not show beside what is painted."""
    face = topology.regions["narrow_face"][layout.packed.triangles].all(axis=1)
    bleed = max(whole.shape) if (layout.covered & ~painted).any() else BILINEAR
    best, errors = whole, None
    first, change = whole[layout.covered], 0.0
    for turn in range(_CORRECTIONS + 1):
        progress.report(turn / (_CORRECTIONS + 1), "Comparing with the photo")
        padded = torch.from_numpy(pad_image(whole, painted, bleed, layout.device))[None]
        residuals, found = [], []
        for photo, render, mask, seen in zip(photos, renders, usable, seen_texels_of, strict=True):
            progress.report(turn / (_CORRECTIONS + 1), "Comparing with the photo")
            lacking = np.where(mask[..., None], photo.pixels - render.colours(padded), 0.0).astype(np.float32)
            of_face = np.append(face, False)[render.triangle] & mask
            weights = 1.0 if photo.weights is None else photo.weights[of_face][:, None]
            found.append(float(np.mean(weights * lacking[of_face] ** 2)) if of_face.any() else 0.0)
            residual = seen.sample(lacking)
            residuals.append(residual if photo.light is None else _unshaded(residual, seen.shading, 0.0))
        if errors is not None and sum(found) >= sum(errors):
            break
        best, errors = whole, found
        if turn == _CORRECTIONS:
            break
        whole = whole.copy()
        change = np.clip(change + share[:, None] * blend(residuals), -_MOST, _MOST)
        whole[layout.covered] = np.clip(first + change, 0.0, 1.0)
    return best, tuple(-10.0 * float(np.log10(max(error, 1e-12))) for error in errors)
