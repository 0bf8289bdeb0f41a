"""A head's texture from photos: colours seen are carried to the texels, freed of light, completed, and corrected until
the rendered head repeats the photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import binary_erosion, distance_transform_edt, gaussian_filter
from scipy.spatial import cKDTree

from ...baking.padding import pad_image
from ...errors import InputError
from ...images import Image
from ...jobs.udim import Tile
from ...mesh import Mesh
from ...mesh.adjacency import connected_labels
from ...mesh.normals import vertex_areas
from ...progress import Progress
from ...topologies import Topology
from ..texturing.completion import complete
from ..texturing.layout import HeadLayout
from ..texturing.strip import Strip
from .posed_photo import PosedPhoto
from .projection import Sighting, sighting
from .rendering import PhotoRender

# Against noise where light is weak: the share of the brightest shading squared that holds the albedo to what is behind.
_SHADE_HOLD = 0.01
# Face and scalp take the photo's colours whatever they show (glasses, hair), so far inside the outline, mm, that it is
# no background; elsewhere, and around them within so many mm, only skin counts.
_TAKEN = ("face", "scalp", "mouth_bag", "left_eye_socket", "right_eye_socket", "left_eyeball", "right_eyeball")
_NOT_TAKEN = ("neck", "left_ear", "right_ear")
_INSIDE, _INSIDE_FADE, _REGION_EDGE = 5.0, 8.0, 15.0
# So much of the layout has to show hair, or a bald scalp, to tell its tone.
_LEAST_SCALP = 0.002
# Colours that may be carried to other places: well seen, and skin; so many texels of 1024 within.
_SURE, _SKIN, _WITHIN = 0.9, 0.5, 3
# Photos blend softly below this size in texels of 1024, and above it the one that sees a place best wins.
_BLEND, _SHARP = 16.0, 6
# Corrections of the texture by what the rendered head still lacks.
_CORRECTIONS = 6
# Texels that hardly tell in any pixel must not run away.
_MOST = 0.1
# Islands and spikes of what is seen that are narrower than this are left out, in texels of 1024.
_SLIVER = 5.0
# So are patches smaller than this share of the largest.
_ISLAND = 0.04
# Towards skin that is not seen colours fade within so many texels of 1024.
_FEATHER = 8.0
# Bilinear sampling reads so far beyond a chart.
_BLEED = 4


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

    def laid(self, template: Mesh) -> Mesh:
        """The mesh with its tiles moved together as in `picture`."""
        return Strip(tuple(self.images)).laid(template)


def paint_texture(
    photos: Sequence[PosedPhoto],
    template: Mesh,
    topology: Topology,
    behind: Mapping[Tile, Image] | None,
    size: int,
    device: str,
    progress: Progress,
    completed: bool = True,
) -> PaintedTexture:
    """The texture with which the head looks like the photos.

    template : the topology's mesh with its layout (its vertices are the mean head's). behind : the albedo of a texture
    model by tile, `size` square, which shows through where photos show nothing; without it colours continue. size :
    texels along a tile's side. completed : False leaves black what the photos do not show.
    Raises `InputError` where no photo shows anything of the head, and for pictures behind of another size."""
    progress.report(0.0, "Looking up the texels")
    layout = HeadLayout(template, size, device)
    photos = [photo.around_head(2 * size) for photo in photos]
    renders, sightings = [], []
    for number, photo in enumerate(photos):
        progress.report(0.3 * number / len(photos), "Looking up the texels")
        renders.append(PhotoRender(photo, layout.laid))
        sightings.append(sighting(photo, layout, topology, renders[-1]))
    back = None if behind is None else _joined(behind, layout)
    progress.report(0.3, "Carrying colours to the texels")
    taken = _region_share(layout, topology, _TAKEN, _NOT_TAKEN)
    if completed:
        shares = np.stack([_feathered(_own_share(seen, taken), layout, topology) for seen in sightings])
    else:
        shares = np.stack([(s.own.sum(axis=1) > 0.0).astype(np.float32) for s in sightings])
    progress.report(0.31, "Carrying colours to the texels")
    share = shares.max(axis=0)
    if not (share > 0.5).any():
        raise InputError(
            f"{photos[0].name}: the head cannot be seen in the picture; look at the camera, and that the picture "
            "belongs to it."
        )
    blend = _Blend(shares, photos, sightings, layout)
    progress.report(0.32, "Carrying colours to the texels")
    start = 0.5 if back is None else back[layout.covered]
    usable = [_usable(photo, render) for photo, render in zip(photos, renders, strict=True)]
    colours = blend([_albedo(s, photo, mask, start) for s, photo, mask in zip(sightings, photos, usable, strict=True)])
    whole = _pictured(layout, colours, 3)
    kept = _pictured(layout, share, 0)
    progress.report(0.34, "Carrying colours to the texels")
    if completed:
        skin = np.stack([s.skin for s in sightings])
        sure = ((shares > _SURE) & (skin > _SKIN)).any(axis=0)
        if back is not None:
            scalp = _region_share(layout, topology, ("scalp",), ("left_ear", "right_ear"))
            hair = (scalp > 0.9) & (share > 0.5)
            back[layout.covered] = _toned(back[layout.covered], colours, sure & ~hair, hair, scalp)
        trusted = _pictured(layout, sure, 0).astype(bool) | ~layout.covered
        trusted = binary_erosion(trusted, iterations=max(1, round(_WITHIN * size / 1024))) & layout.covered
        whole = complete(whole, kept, trusted, layout, topology, photos[0].vertices, back, progress.part(0.35, 0.7))
    else:
        whole *= (kept > 0.0)[..., None]
    whole, psnr = _corrected(
        whole, share, photos, sightings, renders, usable, blend, layout, topology, progress.part(0.7, 0.95)
    )
    images = layout.images(whole)
    return PaintedTexture(
        images=images,
        coverages=layout.coverages(kept),
        picture=layout.strip.joined({tile: image.pixels for tile, image in images.items()}),
        share=float(share.sum() / len(share)),
        psnr=psnr,
    )


def _joined(behind: Mapping[Tile, Image], layout: HeadLayout) -> np.ndarray:
    for tile in layout.strip.tiles:
        if tile not in behind or (behind[tile].height, behind[tile].width) != (layout.shape[0],) * 2:
            raise InputError(
                f"The texture behind should have a picture of {layout.shape[0]} x {layout.shape[0]} for each of the "
                f"layout's {len(layout.strip.tiles)} tiles."
            )
    return layout.strip.joined({tile: image.encoded_as("sRGB")[..., :3] for tile, image in behind.items()})


def _region_share(layout: HeadLayout, topology: Topology, names: tuple[str, ...], but: tuple[str, ...]) -> np.ndarray:
    """(N,) of the covered texels: 1 in the regions, falling to 0 around them, 0 in the regions `but`."""
    vertices = layout.laid.vertices
    inside, outside = (
        np.logical_or.reduce([topology.regions[name] for name in chosen if name in topology.regions])
        for chosen in (names, but)
    )
    away, _ = cKDTree(vertices[inside]).query(vertices)
    at_vertices = np.where(outside, 0.0, np.clip(1.0 - away / _REGION_EDGE, 0.0, 1.0))
    corners = layout.laid.triangles[layout.raster.triangle[layout.covered]]
    return np.einsum("nk,nk->n", layout.raster.barycentrics[layout.covered], at_vertices[corners])


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


def _pictured(layout: HeadLayout, values: np.ndarray, channels: int) -> np.ndarray:
    """(H, W) or (H, W, C) of values at the covered texels, 0 elsewhere."""
    picture = np.zeros((*layout.shape, channels) if channels else layout.shape, np.float32)
    picture[layout.covered] = values
    return picture


def _own_share(seen: Sighting, taken: np.ndarray) -> np.ndarray:
    """(N,) how far a photo's colours are painted; taken : (N,) share of the regions that take whatever it shows."""
    inside = np.clip((seen.outline - _INSIDE) / _INSIDE_FADE, 0.0, 1.0)
    return seen.trust * np.maximum(taken * inside, seen.skin)


def _without_islands(share: np.ndarray, layout: HeadLayout, topology: Topology) -> np.ndarray:
    """(N,) 0..1, falling to 0 where skin is seen in patches that are small against the largest one."""
    mesh = layout.laid
    corners = mesh.triangles[layout.raster.triangle[layout.covered]]
    weights = layout.raster.barycentrics[layout.covered]
    count = len(mesh.vertices)
    seen = np.bincount(corners.ravel(), (weights * share[:, None]).ravel(), count)
    seen = seen > 0.5 * np.bincount(corners.ravel(), weights.ravel(), count)
    pairs = np.concatenate([mesh.triangles[:, [0, 1]], mesh.triangles[:, [1, 2]]])
    patch = connected_labels(count, pairs[(seen & ~topology.no_match)[pairs].all(axis=1)])
    areas = np.bincount(patch, np.where(seen, vertex_areas(mesh.vertices, mesh.triangles), 0.0))
    kept = (areas >= _ISLAND * areas.max())[patch] | topology.no_match | ~seen
    return np.einsum("nk,nk->n", weights, kept[corners].astype(np.float32))


def _feathered(share: np.ndarray, layout: HeadLayout, topology: Topology) -> np.ndarray:
    """(N,) share of the covered texels, fading towards skin that is not seen, and without what is narrower than a few
    texels."""
    share = share * _without_islands(share, layout, topology)
    hidden = np.append(topology.no_match[layout.laid.triangles].any(axis=1), True)[layout.raster.triangle]
    unseen = layout.covered & ~hidden & (_pictured(layout, share, 0) < 0.02)
    if unseen.any():
        away = distance_transform_edt(~unseen)[layout.covered]
        share = share * np.clip(away / (_FEATHER * layout.shape[0] / 1024.0), 0.0, 1.0)
    sigma = _SLIVER * layout.shape[0] / 1024.0
    around = gaussian_filter(_pictured(layout, share, 0), sigma)[layout.covered]
    around /= np.maximum(gaussian_filter(layout.covered.astype(np.float32), sigma)[layout.covered], 1e-3)
    return share * np.clip(2.0 * around - 0.5, 0.0, 1.0)


def _unshaded(colours: np.ndarray, shading: np.ndarray, start) -> np.ndarray:
    """(N, 3) albedo: colours divided by shading, held to `start` where that is weak (Tikhonov)."""
    hold = _SHADE_HOLD * max(float((shading**2).max()), 1e-6)
    return (np.maximum(shading, 0.0) * colours + hold * start) / (np.maximum(shading, 0.0) ** 2 + hold)


def _usable(photo: PosedPhoto, render: PhotoRender) -> np.ndarray:
    """(H, W) bool, pixels of the head that are no background: skin, or well inside the outline."""
    if photo.weights is None:
        return render.covered
    inside = distance_transform_edt(render.covered) * photo.millimetres > _INSIDE
    return render.covered & (inside | (photo.weights > _SKIN))


def _albedo(seen: Sighting, photo: PosedPhoto, usable: np.ndarray, start) -> np.ndarray:
    pixels = photo.pixels
    if usable.any():
        # Interpolation beside a bright background would overshoot.
        row, column = distance_transform_edt(~usable, return_distances=False, return_indices=True)
        pixels = pixels[row, column]
    colours = seen.sample(pixels)
    return np.clip(colours if photo.light is None else _unshaded(colours, seen.shading, start), 0.0, 1.0)


class _Blend:
    """Blends what P photos say of the covered texels."""

    def __init__(self, shares: np.ndarray, photos, sightings, layout: HeadLayout):
        self._layout, self._size = layout, layout.shape[0]
        finest = min(photo.millimetres for photo in photos)
        quality = np.stack(
            [
                share * np.maximum(seen.facing, 0.0) ** 2 * (finest / photo.millimetres) ** 2
                for share, seen, photo in zip(shares, sightings, photos, strict=True)
            ]
        )
        # Places that no photo shows well still need a number.
        quality = np.maximum(quality, 1e-6 * (0.1 + np.stack([s.facing > 0.0 for s in sightings])))
        self._soft = quality / quality.sum(axis=0)
        sharp = self._soft**_SHARP
        self._sharp = sharp / sharp.sum(axis=0)

    def __call__(self, colours: Sequence[np.ndarray]) -> np.ndarray:
        """(N, 3) of (N, 3) for each photo: wide changes come from all, details from the best."""
        if len(colours) == 1:
            return colours[0]
        soft, sharp = (sum(w[:, None] * c for w, c in zip(weights, colours)) for weights in (self._soft, self._sharp))
        sigma = _BLEND * self._size / 1024.0
        wide = gaussian_filter(_pictured(self._layout, soft - sharp, 3), (sigma, sigma, 0.0))
        total = gaussian_filter(self._layout.covered.astype(np.float32), sigma)
        return sharp + (wide / np.maximum(total, 1e-3)[..., None])[self._layout.covered]


def _corrected(
    whole: np.ndarray,
    share,
    photos,
    sightings,
    renders,
    usable,
    blend,
    layout: HeadLayout,
    topology: Topology,
    progress,
) -> tuple[np.ndarray, tuple[float, ...]]:
    """The texture with what the rendered photos lack carried back to it (iterative back-projection, Irani and Peleg
    1991), and the dB reached in each photo's face."""
    face = topology.regions["narrow_face"][layout.laid.triangles].all(axis=1)
    best, errors = whole, None
    first, change = whole[layout.covered], 0.0
    for turn in range(_CORRECTIONS + 1):
        progress.report(turn / (_CORRECTIONS + 1), "Comparing with the photo")
        padded = torch.from_numpy(pad_image(whole, layout.covered, _BLEED, layout.device))[None]
        residuals, found = [], []
        for photo, render, mask, seen in zip(photos, renders, usable, sightings, strict=True):
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
