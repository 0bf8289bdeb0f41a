"""Light, albedo and texture of a fit to photos, once its landmarks are fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...baking.padding import BILINEAR, pad_image
from ...detection.landmark_hull import landmark_hull
from ...detection.parsing.classes import COVERING
from ...images import Image
from ...images.colour import psnr
from ...mesh.udim import Tile
from ...progress import Progress
from ...texture import load_texture_space
from ...texture.atlas.layout import HeadLayout
from ...texture.atlas.packed_tiles import PackedTiles
from ...texture.generators import is_generator
from ...texture.job import TextureModel
from ...texture.stylegan.textures import load_texture_generator
from ...texture.texture_model import generator_model, space_model
from ...topologies import load_builtin, load_topology
from ..posable import Posed
from .generated_texture import generate_texture
from .job import FitPhotoSettings, StageLog
from .kept_fit import KeptFit
from .parsing import ParsedPhoto, parse_photos
from .photometric_stage import LEVELS, PhotometricFit, PhotometricResult, PhotoPixels
from .pins import any_pins, follow_pins, pin_places
from .posed_photo import PosedPhoto
from .problem import PhotoProblem
from .residual_field import ResidualField
from .seen_face import SeenFace
from .state import PhotoState
from .texels import PaintedTexture, paint_texture

# Texels of the albedo that light is fitted with.
_SPACE_SIZE = 512


@dataclass(frozen=True, eq=False)
class ColourFit:
    """state : with light in every view. fitted : light, albedo and shape before any pin moved them. photos : as they are
    posed. texture : of the head. modelled : the texture model alone, before detail. layout : of both. parsed : what each
    photo's pixels show. logs : of the stages. model : the texture's. notes : what the user is to know of the photos."""

    state: PhotoState
    fitted: PhotometricResult
    photos: tuple[PosedPhoto, ...]
    texture: PaintedTexture
    modelled: PaintedTexture
    layout: HeadLayout
    parsed: tuple[ParsedPhoto, ...]
    logs: tuple[StageLog, ...]
    model: TextureModel
    notes: tuple[str, ...] = ()


def fit_colours(
    problem: PhotoProblem,
    faces: tuple[SeenFace, ...],
    state: PhotoState,
    settings: FitPhotoSettings,
    progress: Progress,
    kept: KeptFit | None = None,
) -> ColourFit:
    """Light, albedo and shape by the photos' colours, moved by the pins, then the texture.

    kept : light, albedo and shape of an earlier fit to the same photos, taken as they are."""
    head = problem.head
    template, topology = load_builtin(head.key), load_topology(head.key)
    progress.report(0.0, "Reading the texture model")
    generator = load_texture_generator(settings.texture, settings.device) if is_generator(settings.texture) else None
    # A generator's texture is looked for under the light that a linear space finds.
    space = load_texture_space("open" if generator else settings.texture, head.key, size=_SPACE_SIZE)
    progress.report(0.03, "Reading the texture model")
    parsed = parse_photos(head, faces, state, settings.hair == "paint", settings.device, progress.part(0.03, 0.05))
    pixels = tuple(
        PhotoPixels(face.pixels, face.screen, parse.chance, face.name)
        for face, parse in zip(faces, parsed, strict=True)
    )
    levels = tuple((side, min(steps, settings.iterations or steps)) for side, steps in LEVELS)
    stage = PhotometricFit(problem, template, topology, space, pixels, shape=bool(problem.free.any()), levels=levels)
    if kept is None:
        fitted = stage.run(state, progress.part(0.05, 0.38))
    else:
        fitted = stage.known(kept.state, kept.albedo, kept.sigmas)
    found = _pinned(problem, faces, stage, fitted, progress.part(0.38, 0.4))
    model = space_model(settings.texture, space, found.albedo)
    photos = tuple(
        PosedPhoto(
            face.pixels,
            Posed(head, view.head).vertices(),
            face.screen.matrix(view.focal),
            view.light,
            skin if parse.own is None else skin * parse.own,
            face.name,
            parse.own,
            parse.hair,
            shaded,
        )
        for face, view, skin, shaded, parse in zip(
            faces, found.state.views, found.skin, found.openness, parsed, strict=True
        )
    )
    layout = HeadLayout(template, settings.size, settings.device)
    picture = found.model.picture(found.albedo, layout)
    if generator is not None:
        made = generate_texture(
            photos, layout, picture, generator, settings.latents, progress.part(0.4, 0.55), renderer=settings.renderer
        )
        picture = made.picture
        model = generator_model(settings.texture, head.key, generator, made.fit.styles)
    progress.report(0.55, "Looking for what the texture model lacks")
    residual = ResidualField(layout, topology)
    offsets = residual.fit(photos, pad_image(picture, layout.covered, BILINEAR, settings.device))
    behind = layout.images(np.clip(picture + residual.picture(offsets), 0.0, 1.0))
    texture = modelled = _unpainted(behind)
    if settings.detail:
        texture = paint_texture(
            photos,
            template,
            topology,
            behind,
            settings.size,
            settings.device,
            progress.part(0.6, 1.0),
            inpainted=settings.completion == "network",
            explained=picture,
        )
    notes = tuple(note for parse in parsed for note in parse.notes)
    return ColourFit(found.state, fitted, photos, texture, modelled, layout, parsed, found.log, model, notes)


def _pinned(
    problem: PhotoProblem,
    faces: tuple[SeenFace, ...],
    stage: PhotometricFit,
    fitted: PhotometricResult,
    progress: Progress,
) -> PhotometricResult:
    """The result, its head moved by the pins."""
    if not any_pins(faces):
        return fitted
    head, state = problem.head, fitted.state
    progress.report(0.0, "Following the pins")
    around = tuple(pin_places(head, face, view) for face, view in zip(faces, state.views, strict=True))
    curvature = stage.curvature(fitted, around)
    moved = follow_pins(
        head,
        faces,
        state,
        problem.prior,
        problem.free,
        curvature,
        lambda share: progress.report(share, "Following the pins"),
    )
    return stage.known(moved, fitted.albedo, np.array(fitted.sigma), fitted.log, fitted.openness)


def face_psnr(pixels: np.ndarray, render: np.ndarray, landmarks: np.ndarray, labels: np.ndarray) -> float:
    """Decibels between a photo (H, W, 3), 0..1, and a render (H, W, 4) uint8 where that covers the convex hull of (N, 2)
    landmarks, and nothing covers the face by (H, W) `labels` of its classes."""
    hull = landmark_hull(landmarks, pixels.shape[:2])
    inside = hull & (render[..., 3] == 255) & ~np.isin(labels, COVERING)
    if not inside.any():
        return 0.0
    error = render[inside][:, :3] / 255.0 - pixels[inside]
    return psnr(float((error**2).mean()))


def _unpainted(images: dict[Tile, Image]) -> PaintedTexture:
    """A texture of which nothing comes from photos."""
    picture = PackedTiles(tuple(images)).joined({tile: image.pixels for tile, image in images.items()})
    coverages = {tile: np.zeros(image.pixels.shape[:2], np.uint8) for tile, image in images.items()}
    return PaintedTexture(images, coverages, picture, 0.0, ())
