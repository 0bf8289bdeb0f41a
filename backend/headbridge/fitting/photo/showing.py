"""What a fit to photos shows of the head: renders and turntable, with teeth behind the lips."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...mesh import Mesh
from ...mesh.udim import Tile
from ...progress import Progress
from ...topologies import load_builtin, load_topology
from ..posable import HeadState, PosableHead, Posed
from .colours import ColourFit
from .inner_parts import TEETH, InnerParts, photo_parts, wants_parts
from .job import FitPhotoSettings
from .openness import openness
from .pictures import head_render
from .posed_photo import PosedPhoto
from .rendering import PhotoRender
from .seen_face import SeenFace
from .studio import StudioHead
from .texels import PaintedTexture
from .tones import eye_colours, teeth_colour


@dataclass(frozen=True, eq=False)
class ShownFit:
    """parts : behind the lips, or None. model_renders, renders : per view (H, W, 4) uint8, the head as the photo would
    show it by the texture model alone, and with the photos' detail. texture : of the head, with clean eyes. turntable,
    relit : (H, W, 3) uint8 sRGB, from all sides and under other lights."""

    parts: InnerParts | None
    model_renders: tuple[np.ndarray, ...]
    renders: tuple[np.ndarray, ...]
    texture: PaintedTexture
    turntable: np.ndarray
    relit: np.ndarray


def show_fit(
    head: PosableHead,
    faces: tuple[SeenFace, ...],
    colours: ColourFit,
    upright: HeadState,
    settings: FitPhotoSettings,
    progress: Progress,
) -> ShownFit:
    """Pictures of a fitted head; upright : the first view's state, upright at the origin."""
    skin, topology = load_builtin(head.key), load_topology(head.key)
    template, states = skin, [view.head for view in colours.state.views]
    parts = None
    progress.report(0.0, "Taking pictures")
    if wants_parts(head, states, settings.inner_parts):
        parts = photo_parts(head, states, upright, settings.model_file, settings.size)
    vertices, photos = Posed(head, upright).vertices(), colours.photos
    if parts is not None:
        progress.report(0.1, "Taking pictures")
        template = template.joined(parts.beside(_tile_of_parts(colours.texture)))
        photos = tuple(_with_parts(photo, parts, k, template) for k, photo in enumerate(photos))
        vertices = np.concatenate([vertices, parts.upright])
    progress.report(0.2, "Taking pictures")
    seen = [PhotoRender(photo, template) for photo in photos]
    eyes = eye_colours(faces, photos, seen, [parse.found for parse in colours.parsed])
    textures = [one.with_eyes(colours.layout, topology, eyes) for one in (colours.modelled, colours.texture)]
    texture = textures[1]
    if parts is not None:
        parts = parts.coloured(_teeth_colour(photos, seen, colours, parts), eyes)
        textures = [_with_picture_of(one, parts) for one in textures]
    progress.report(0.3, "Taking pictures")
    modelled, rendered = (tuple(head_render(photo, template, texture) for photo in photos) for texture in textures)
    studio = StudioHead(vertices, template, textures[1], photos[0].openness)
    table = studio.turntable(progress.part(0.4, 1.0))
    return ShownFit(parts, modelled, rendered, texture, table, studio.relit())


def _tile_of_parts(texture: PaintedTexture) -> Tile:
    """Beside the head's own."""
    return (max(u for u, _ in texture.images) + 1, 0)


def _with_picture_of(texture: PaintedTexture, parts: InnerParts) -> PaintedTexture:
    images = texture.images | {_tile_of_parts(texture): parts.image}
    picture = np.concatenate([texture.picture[..., :3], parts.image.pixels[..., :3]], axis=1)
    return replace(texture, images=images, picture=picture)


def _with_parts(photo: PosedPhoto, parts: InnerParts, number: int, mesh: Mesh) -> PosedPhoto:
    """The photo, of that number, of a head with parts, which the head leaves little light. mesh : both."""
    vertices = np.concatenate([photo.vertices, parts.vertices[number]])
    inside = openness(vertices, mesh.triangles, slice(len(photo.vertices), None))
    return replace(photo, vertices=vertices, openness=np.concatenate([photo.openness, inside]))


def _teeth_colour(
    photos: tuple[PosedPhoto, ...], renders: list[PhotoRender], colours: ColourFit, parts: InnerParts
) -> np.ndarray:
    mouths = [replace(photo, weights=parse.mouth) for photo, parse in zip(photos, colours.parsed, strict=True)]
    skin = np.zeros(len(colours.layout.packed.triangles), bool)
    return teeth_colour(mouths, renders, np.concatenate([skin, parts.triangles_of(TEETH)]))
