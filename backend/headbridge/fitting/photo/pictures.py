"""Pictures of a fit for the eye: the head's shape over the photo, the head as the photo would show it, and from all
sides."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from ...mesh import Mesh
from ...progress import Progress
from .job import FittedLandmarks
from .posed_photo import PosedPhoto
from .rendering import PhotoRender
from .texels import PaintedTexture

# The bare shape over the photo: its sRGB, how much of it shows, and its light from the upper left of the camera.
_CLAY, _OPACITY = (0.86, 0.88, 0.92), 0.62
_LIGHT, _AMBIENT = np.array([-0.45, 0.55, 0.70]), 0.30
# Landmarks: those of the photo, and of the head; radius in shares of the extent of the landmarks.
_GIVEN, _FITTED, _RADIUS = (0.10, 0.85, 0.95), (1.0, 0.45, 0.15), 0.004
# The turntable: degrees, pixels along a side and samples along a pixel's, mm to the camera, and how much of the picture
# is left free.
_YAWS = (-90, -45, 0, 45, 90, 180)
_SIDE, _SAMPLES, _DISTANCE, _MARGIN = 400, 2, 900.0, 0.96
# Its backdrop at top and bottom, and what lies behind the skin (of a mouth without a lining); sRGB.
_CEILING, _FLOOR, _INSIDE = (0.36, 0.38, 0.41), (0.20, 0.21, 0.23), (0.16, 0.08, 0.07)
# Soft light from the upper left before the head, by `render.sh_basis`.
_PLASTER = (0.70, 0.71, 0.73)
_STUDIO = np.zeros((9, 3))
_STUDIO[:4] = np.array([2.45, -0.20, 0.20, 0.30])[:, None]
# Fractions of pixels for OpenCV's drawing.
_BITS = 4


def shape_overlay(photo: PosedPhoto, template: Mesh, landmarks: FittedLandmarks | None = None) -> np.ndarray:
    """(H, W, 3) uint8 sRGB: the photo with the head's bare shape over it, and the landmarks: those found as rings, and
    the head's as dots."""
    render = PhotoRender(photo, template)
    facing = np.clip(render.normals @ (_LIGHT / np.linalg.norm(_LIGHT)), 0.0, 1.0)[..., None]
    clay = np.asarray(_CLAY, np.float32) * (_AMBIENT + (1.0 - _AMBIENT) * facing)
    picture = _eight_bits(render.over(photo.pixels + _OPACITY * (clay - photo.pixels), photo.pixels))
    return picture if landmarks is None else _with_landmarks(picture, landmarks)


def head_render(photo: PosedPhoto, template: Mesh, texture: PaintedTexture) -> np.ndarray:
    """(H, W, 4) uint8 sRGB and alpha: the head as the photo would show it, to be laid over the photo."""
    render = PhotoRender(photo, texture.laid(template))
    colours = render.colours(torch.from_numpy(texture.picture)[None])
    # Transparent pixels at the outline take the head's colours along.
    beside = cv2.dilate(np.where(render.covered[..., None], colours, 0.0).astype(np.float32), np.ones((3, 3)))
    alpha = render.covered[..., None].astype(np.float32)
    picture = np.where(render.covered[..., None], colours, beside)
    return _eight_bits(np.concatenate([picture, render.over(alpha, np.zeros_like(alpha))], axis=2))


def head_turntable(vertices: np.ndarray, template: Mesh, texture: PaintedTexture, progress: Progress) -> np.ndarray:
    """(2 * 400, 6 * 400, 3) uint8 sRGB of the head with (V, 3) `vertices`, upright, mm, from six sides: a row with its
    texture, one with its shape alone."""
    mesh = texture.laid(template)
    centred = vertices - 0.5 * (vertices.min(axis=0) + vertices.max(axis=0))
    focal = 0.5 * _SIDE * _DISTANCE / (_MARGIN * np.linalg.norm(centred, axis=1).max())
    pixels = _SIDE * _SAMPLES
    matrix = np.diag([_SAMPLES, _SAMPLES, 1.0]) @ [[focal, 0.0, _SIDE / 2], [0.0, focal, _SIDE / 2], [0.0, 0.0, 1.0]]
    textures = (torch.from_numpy(texture.picture)[None], torch.tensor(_PLASTER)[None, None, None])
    rows = [[], []]
    for number, yaw in enumerate(_YAWS):
        progress.report(number / len(_YAWS), "Taking pictures")
        turn, height = np.radians(yaw), np.linspace(1.0, 0.0, pixels)[:, None, None]
        # The camera goes to the head's left, so the head turns to its right.
        axes = [[np.cos(turn), 0.0, -np.sin(turn)], [0.0, 1.0, 0.0], [np.sin(turn), 0.0, np.cos(turn)]]
        placed = centred @ np.transpose(axes) - (0.0, 0.0, _DISTANCE)
        backdrop = (height * np.array(_CEILING) + (1.0 - height) * np.array(_FLOOR)) * np.ones((pixels, pixels, 1))
        render = PhotoRender(PosedPhoto(backdrop.astype(np.float32), placed, matrix, _STUDIO), mesh)
        inside = np.where((render.triangle >= 0)[..., None], _INSIDE, backdrop)
        for row, colours in zip(rows, textures, strict=True):
            picture = render.over(render.colours(colours), inside)
            row.append(cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA))
    return _eight_bits(np.concatenate([np.concatenate(row, axis=1) for row in rows]))


def _eight_bits(picture: np.ndarray) -> np.ndarray:
    return np.rint(255.0 * np.clip(picture, 0.0, 1.0)).astype(np.uint8)


def _with_landmarks(picture: np.ndarray, landmarks: FittedLandmarks) -> np.ndarray:
    shown = landmarks.weights > 0.0
    if not shown.any():
        return picture
    given, fitted = landmarks.given[shown], landmarks.fitted[shown]
    radius = max(0.6, _RADIUS * float(np.ptp(given, axis=0).max()))
    picture = np.ascontiguousarray(picture)
    for points, colour, size, thickness in (
        (given, _GIVEN, 1.5 * radius, max(1, round(0.4 * radius))),
        (fitted, _FITTED, 0.7 * radius, cv2.FILLED),
    ):
        # OpenCV counts from the first pixel's centre.
        for place in np.rint((points - 0.5) * 2**_BITS).astype(int).tolist():
            tint = [round(255.0 * value) for value in colour]
            cv2.circle(picture, place, round(size * 2**_BITS), tint, thickness, cv2.LINE_AA, _BITS)
    return picture
