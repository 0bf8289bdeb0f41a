"""Pictures of a fit for the eye: the head's shape over the photo, and the head as the photo would show it."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from ...mesh import Mesh
from .job import FittedLandmarks
from .posed_photo import PosedPhoto
from .rendering import PhotoRender
from .texels import PaintedTexture

# The bare shape over the photo: its sRGB, how much of it shows, and its light from the upper left of the camera.
_CLAY, _OPACITY = (0.86, 0.88, 0.92), 0.62
_LIGHT, _AMBIENT = np.array([-0.45, 0.55, 0.70]), 0.30
# Landmarks: those of the photo, and of the head; radius in shares of the extent of the landmarks.
_GIVEN, _FITTED, _RADIUS = (0.10, 0.85, 0.95), (1.0, 0.45, 0.15), 0.004
# Fractions of pixels for OpenCV's drawing.
_BITS = 4


def shape_overlay(photo: PosedPhoto, template: Mesh, landmarks: FittedLandmarks | None = None) -> np.ndarray:
    """(H, W, 3) uint8 sRGB: the photo with the head's bare shape over it, and the landmarks: those found as rings, and
    the head's as dots."""
    render = PhotoRender(photo, template)
    facing = np.clip(render.normals @ (_LIGHT / np.linalg.norm(_LIGHT)), 0.0, 1.0)[..., None]
    clay = np.asarray(_CLAY, np.float32) * (_AMBIENT + (1.0 - _AMBIENT) * facing)
    picture = eight_bits(render.over(photo.pixels + _OPACITY * (clay - photo.pixels), photo.pixels))
    return picture if landmarks is None else _with_landmarks(picture, landmarks)


def head_render(photo: PosedPhoto, template: Mesh, texture: PaintedTexture) -> np.ndarray:
    """(H, W, 4) uint8 sRGB and alpha: the head as the photo would show it, to be laid over the photo."""
    render = PhotoRender(photo, texture.packed(template))
    colours = render.colours(torch.from_numpy(texture.picture)[None])
    # Transparent pixels at the outline take the head's colours along.
    beside = cv2.dilate(np.where(render.covered[..., None], colours, 0.0).astype(np.float32), np.ones((3, 3)))
    alpha = render.covered[..., None].astype(np.float32)
    picture = np.where(render.covered[..., None], colours, beside)
    return eight_bits(np.concatenate([picture, render.over(alpha, np.zeros_like(alpha))], axis=2))


def eight_bits(picture: np.ndarray) -> np.ndarray:
    """uint8 of values 0..1."""
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
