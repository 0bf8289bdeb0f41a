"""What the pixels of a fitted photo show: what light and shape may be compared with, and a texture painted with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...detection.landmark_hull import landmark_hull
from ...detection.parsing.classes import HAIR, MOUTH, PERSON
from ...detection.parsing.cut_out import cut_out
from ...detection.parsing.parse import FaceParse, shipped_parser
from ...detection.surface_points import surface_points
from ...progress import Progress
from ..posable import PosableHead, Posed
from .between_lips import between_lips
from .seen_face import SeenFace
from .state import PhotoState

# A parse that leaves less than this of what lies between the landmarks is of something the parser does not know.
_LEAST_PERSON = 0.15
# Pixels that show the mouth's inside with a chance of one to this do for certain.
_IN_MOUTH = 2.0


@dataclass(frozen=True, eq=False)
class ParsedPhoto:
    """A photo's pixels, (H, W) each.

    found : the parse itself. labels : uint8 numbers of `detection.parsing.classes.CLASSES`. mouth : float32 0..1, how far a
    pixel shows the mouth's inside. chance : float32, how far a pixel may be compared with
    the head's own skin and features. own : float32 0..1, which it may be painted with, and hair : what shows the head's
    hair, None where that is not to be painted. chance, own : None where all may. notes : what the user is to know."""

    found: FaceParse
    labels: np.ndarray
    mouth: np.ndarray
    chance: np.ndarray | None
    own: np.ndarray | None
    hair: np.ndarray | None
    notes: tuple[str, ...] = ()


def parse_photos(
    head: PosableHead,
    faces: tuple[SeenFace, ...],
    state: PhotoState,
    with_hair: bool,
    device: str,
    progress: Progress,
) -> tuple[ParsedPhoto, ...]:
    """Every photo's parse; what the user's mask tells counts for more. state : the head by its landmarks, which says where
    the parser looks in photos that are not parsed yet. with_hair : whether hair is to be painted."""
    parsed = []
    for number, (face, view) in enumerate(zip(faces, state.views, strict=True)):
        progress.report(number / len(faces), "Telling skin from hair and things")
        found = face.parse
        if found is None:
            points = surface_points(head.key).landmarks.evaluate(Posed(head, view.head).vertices())
            found = shipped_parser(device)(face.pixels, face.screen.project(points, view.focal))
        parsed.append(_of_face(face, found, with_hair))
    return tuple(parsed)


def _of_face(face: SeenFace, found: FaceParse, with_hair: bool) -> ParsedPhoto:
    if face.masked:
        return _whole(face, found, with_hair)
    chance = found.chance(PERSON)
    between = chance[landmark_hull(face.landmarks.points, chance.shape)]
    if between.size and between.mean() < _LEAST_PERSON:
        note = (
            f"{face.name}: next to nothing between the landmarks looks like skin, so that the whole face was compared with "
            "the photo; give a mask where something covers it."
        )
        return _whole(face, found, with_hair, (note,))
    mouth = _mouth(face, found)
    # Teeth are no lips, and what lies behind lips has parts of its own.
    outside = 1.0 - mouth
    chance, own = (_together(outside * one, face.weights) for one in (chance, cut_out(face.pixels, found)))
    hair = _together(found.chance((HAIR,)), face.weights) if with_hair else None
    return ParsedPhoto(found, found.labels(), mouth, chance, own, hair)


def _mouth(face: SeenFace, found: FaceParse) -> np.ndarray:
    """(H, W) float32 0..1, what shows the mouth's inside, by the parser or by the landmarks of the lips."""
    told = np.clip(_IN_MOUTH * found.chance((MOUTH,)), 0.0, 1.0)
    return np.maximum(told, between_lips(face.landmarks, told.shape))


def _whole(face: SeenFace, found: FaceParse, with_hair: bool, notes: tuple[str, ...] = ()) -> ParsedPhoto:
    """A photo of which all counts that the user did not leave out."""
    mouth = _mouth(face, found)
    return ParsedPhoto(
        found, found.labels(), mouth, face.weights, face.weights, face.weights if with_hair else None, notes
    )


def _together(share: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    return share if weights is None else share * weights
