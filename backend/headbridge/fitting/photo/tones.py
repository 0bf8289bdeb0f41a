"""Colours of teeth, irises and the whites of the eyes, as photos show them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...detection.parsing.classes import EYE
from ...detection.parsing.parse import FaceParse
from ...images.colour import LUMINANCE
from ...texture.atlas.eye_colours import EyeColours
from .inner_parts import TEETH_COLOUR
from .job import DETECTED
from .posed_photo import PosedPhoto
from .rendering import PhotoRender
from .seen_face import SeenFace

# Middle and ring of each iris among the detector's points.
_IRISES = ((468, (469, 470, 471, 472)), (473, (474, 475, 476, 477)))
# Of an iris' radius: where its own colour is seen, with the pupil inside and the limbus outside; where the white is; and
# how far above the middle the upper lid's shadow reaches.
_IRIS_RING, _WHITE_RING, _SHADOW = (0.4, 0.85), (1.2, 2.4), -0.35
# Chances of an eye's pixels, and shares of them by brightness: highlights are no iris, shadows no white.
_EYE_CHANCE, _MATTE, _BRIGHT = 0.4, (0.05, 0.5), (0.5, 0.95)
# Fewer pixels than this tell no colour.
_FEWEST = 6
# Radii of irises, mm: people differ by less, so that more is the head's distance.
_RADII = (5.4, 6.3)
# What is not darkened by anything may have these luminances, sRGB.
_IRIS_RANGE, _WHITE_RANGE, _TEETH_RANGE = (0.05, 0.62), (0.58, 0.82), (0.55, 0.94)
# How far whites may have a hue of their own.
_WHITE_HUE = 0.8
# From so much on a pixel shows the mouth's inside, and so many of them say as much as what is usual.
_MOUTH_SHARE, _USUAL_TEETH = 0.5, 20.0
# What is shaded more than this shows noise.
_LEAST_SHADING = 0.3


def eye_colours(
    faces: Sequence[SeenFace],
    photos: Sequence[PosedPhoto],
    renders: Sequence[PhotoRender],
    parses: Sequence[FaceParse],
) -> EyeColours:
    """Those of both eyes in all photos together; what no photo shows is as usual. renders : the head in the photos."""
    irises, whites, radii = [], [], []
    for face, photo, render, parse in zip(faces, photos, renders, parses, strict=True):
        discs = _iris_discs(face)
        if not len(discs):
            continue
        row, column = np.nonzero(parse.chance((EYE,)) > _EYE_CHANCE)
        colours = photo.pixels[row, column] / np.maximum(render.shading[row, column], _LEAST_SHADING)
        places = np.column_stack([column, row]) + 0.5
        for middle, radius in discs:
            offset = (places - middle) / radius
            away = np.linalg.norm(offset, axis=1)
            irises.append(colours[(away > _IRIS_RING[0]) & (away < _IRIS_RING[1]) & (offset[:, 1] > _SHADOW)])
            whites.append(colours[(away > _WHITE_RING[0]) & (away < _WHITE_RING[1])])
            radii.append(radius * photo.millimetres)
    usual = EyeColours()
    iris, white = (_middle(found, shares) for found, shares in ((irises, _MATTE), (whites, _BRIGHT)))
    if white is not None:
        grey = white @ LUMINANCE
        white = grey + _WHITE_HUE * (white - grey)
    return EyeColours(
        usual.iris if iris is None else tuple(_within(iris, _IRIS_RANGE).tolist()),
        usual.white if white is None else tuple(_within(white, _WHITE_RANGE).tolist()),
        float(np.clip(np.median(radii), *_RADII)) if radii else usual.iris_radius,
    )


def teeth_colour(photos: Sequence[PosedPhoto], renders: Sequence[PhotoRender], teeth: np.ndarray) -> np.ndarray:
    """(3,) sRGB. photos : weights tell the mouth's inside. renders : of heads with their teeth. teeth : (T,)
    bool of the rendered triangles."""
    found = []
    for photo, render in zip(photos, renders, strict=True):
        shown = np.append(teeth, False)[render.triangle] & (photo.weights > _MOUTH_SHARE)
        found.append(photo.pixels[shown] / np.maximum(render.shading[shown], _LEAST_SHADING))
    colour = _middle(found, _BRIGHT)
    if colour is None:
        return TEETH_COLOUR
    count = sum(map(len, found))
    return _within((count * colour + _USUAL_TEETH * TEETH_COLOUR) / (count + _USUAL_TEETH), _TEETH_RANGE)


def _iris_discs(face: SeenFace) -> list[tuple[np.ndarray, float]]:
    """Middle (2,) and radius, pixels, of the irises that were found."""
    if face.landmarks.order != DETECTED:
        return []
    place = {int(number): point for number, point in zip(face.landmarks.numbers, face.landmarks.points)}
    discs = []
    for middle, ring in _IRISES:
        if {middle, *ring} <= set(place):
            away = np.linalg.norm(np.array([place[number] for number in ring]) - place[middle], axis=1)
            # Lids hide the upper and the lower point.
            discs.append((place[middle], float(away.max())))
    return discs


def _middle(found: list[np.ndarray], shares: tuple[float, float]) -> np.ndarray | None:
    """(3,) the mean of those of the (N, 3) colours whose brightness lies between these shares; None for too few."""
    colours = np.concatenate(found) if found else np.zeros((0, 3))
    if len(colours) < _FEWEST:
        return None
    brightness = colours @ LUMINANCE
    low, high = np.quantile(brightness, shares)
    return colours[(brightness >= low) & (brightness <= high)].mean(axis=0)


def _within(colour: np.ndarray, luminance: tuple[float, float]) -> np.ndarray:
    """The colour as bright as the range allows."""
    own = max(float(colour @ LUMINANCE), 1e-6)
    return np.clip(colour * (np.clip(own, *luminance) / own), 0.0, 1.0)
