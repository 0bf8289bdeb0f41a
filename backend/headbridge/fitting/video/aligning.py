"""The pictures themselves say how a face moved: every frame, spread on the face's surface, is laid on the mean of all.

The detector finds each point anew in every frame, and is off by another amount under every pose. What moved between a
frame and the mean of all frames is the optical flow of the two (Kroeger, Timofte, Dai and Van Gool, "Fast optical flow
using dense inverse search", 2016). Spread on the surface, both look alike under every pose, so that little flow remains
to be found, and a point of the skin is the same texel in all.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ...progress import Progress
from ...video import Footage, Frame
from ..photo.state import ViewState
from ..posable import ROOT, HeadState
from ..sequence.choice import evenly_spread
from .face_map import SIDE, FaceMap, SpreadFrame
from .lids import EyeColours, EyeLook, EyeMap, openness
from .parts import Parts
from .person import POINT_NOISE, TrackedPerson, looked_at, off_places
from .watching import PART, Watched, stage_part

# So many frames make the mean; and so many say where the points lie on the person, which tells as much as so many frames
# that were looked at by themselves.
_OF_THE_MEAN, _OF_THE_PERSON, _WORTH = 60, 40, 12.0
# A coordinate of an aligned point is off by so much in a frame, mm.
_NOISE = 0.55
# Skin seen under a smaller cosine is left out; a texel of the mean has been seen by about one frame at least.
_FACING = 0.25
# Texels over which light is evened out, over which the flow is, and around a point that have to be seen.
_EVEN, _SMOOTH, _AROUND = 10.0, 2.0, 3.0
_SEEN = 0.9
# What differs from the mean of its surroundings is shown with this contrast.
_CONTRAST = 120.0
# A point whose texel shows skin farther from it than this lies behind other skin, mm.
_ELSEWHERE = 2.5
# Lids and the inner lips show and hide what is behind them, irises move by themselves: the detector's points remain.
_BY_THEMSELVES = (
    *(33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    *(263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
    *(78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95),
    *(468, 473),
)


def align(
    footage: Footage,
    person: TrackedPerson,
    watched: Watched,
    states: list[HeadState | None],
    stage: str,
    parts: Parts,
    progress: Progress,
) -> tuple[Watched, np.ndarray]:
    """The frames with points that follow the pictures and lids as these show them, and (478,) bool, which points do.

    stage : what the parts are called by."""
    face, focal = FaceMap(person), float(np.exp(person.log_focal))
    eyes = (EyeMap(person, 0), EyeMap(person, 1))
    texels, followed = _points_on(face, person)
    count = len(states)
    kept = [parts.load(stage_part(stage, n)) for n in range(-(-count // PART))]
    if all(part is not None for part in kept):
        return watched.aligned(stage, _open_lids(kept, states)), followed
    mean, colours = _mean_face(footage, face, eyes, person, watched, states, progress.part(0.0, 0.3))
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    kept = kept[: kept.index(None)]
    rest = np.arange(len(kept) * PART, count)
    moved: list[np.ndarray] = []
    areas: list[np.ndarray] = []
    known = rest[[states[row] is not None for row in rest]]
    frames = frames_of(footage, watched, known, progress.part(0.3, 1.0), "Following the skin")
    for row in rest:
        points, shown = np.zeros((478, 2)), np.full(2, np.nan)
        if states[row] is not None:
            points, pixels = watched.points(row).copy(), next(frames).pixels
            spread = face.frame(states[row], person.screen, focal, pixels)
            points[followed] = _moved(mean, spread, texels[followed], flow)
            looks = [eye.look(states[row], person.screen, focal, pixels) for eye in eyes]
            shown = np.array([colour.area(look) for colour, look in zip(colours, looks, strict=True)])
        moved.append(points)
        areas.append(shown)
        if len(moved) == PART or row == count - 1:
            kept.append({"points": np.array(moved, np.float32), "eyes": np.array(areas)})
            parts.keep(stage_part(stage, row // PART), kept[-1])
            moved, areas = [], []
    return watched.aligned(stage, _open_lids(kept, states)), followed


def _open_lids(kept: list[dict[str, np.ndarray]], states: list[HeadState | None]) -> np.ndarray:
    """(T, 2) how far lids are open, by what was kept of all frames."""
    turns = np.array([np.eye(3) if state is None else state.rotations[ROOT] for state in states])
    return openness(np.concatenate([part["eyes"] for part in kept]), turns)


def off_of_aligned(
    person: TrackedPerson, watched: Watched, states: list[HeadState | None], followed: np.ndarray
) -> np.ndarray:
    """(478, 3) see `TrackedPerson.off`, of points of which (478,) bool `followed` were aligned."""
    rows = evenly_spread(_found(states), _OF_THE_PERSON)
    views = [ViewState(person.whole(states[row]), person.log_focal) for row in rows]
    noise = np.where(followed, _NOISE, POINT_NOISE) * np.sqrt(len(rows) / _WORTH)
    return off_places(person.head, views, person.screen, [watched.points(row) for row in rows], noise)


def _found(states: list[HeadState | None]) -> np.ndarray:
    """(N,) rows of frames whose state is known."""
    return np.flatnonzero([state is not None for state in states])


def _points_on(face: FaceMap, person: TrackedPerson) -> tuple[np.ndarray, np.ndarray]:
    """(478, 2) texels of the detector's points, and (478,) bool, those that are seen there."""
    places = person.places.landmarks.evaluate(person.head.of_one_person(person.coefficients).template)
    texels, followed = face.texels(places), np.zeros(len(places), bool)
    followed[looked_at(person.places)] = True
    followed[list(_BY_THEMSELVES)] = False
    followed &= _at(face.covered.astype(np.float32), texels) > _SEEN
    followed &= np.linalg.norm(_at(face.rest, texels) - places, axis=1) < _ELSEWHERE
    return texels, followed


def _mean_face(
    footage: Footage,
    face: FaceMap,
    eyes: tuple[EyeMap, EyeMap],
    person: TrackedPerson,
    watched: Watched,
    states: list[HeadState | None],
    progress: Progress,
) -> tuple[np.ndarray, list[EyeColours]]:
    """(SIDE, SIDE) float32, the mean of frames spread on the face, 0 where none of them sees it; and the eyes' colours."""
    looks: tuple[list[EyeLook], list[EyeLook]] = ([], [])
    rows = evenly_spread(_found(states), _OF_THE_MEAN)
    total, weights = np.zeros((2, SIDE, SIDE))
    for row, frame in zip(rows, frames_of(footage, watched, rows, progress, "The mean face"), strict=True):
        spread = face.frame(states[row], person.screen, float(np.exp(person.log_focal)), frame.pixels)
        weight = np.where(spread.facing > _FACING, spread.facing**2, 0.0)
        total += weight * spread.grey
        weights += weight
        for eye, seen in zip(eyes, looks, strict=True):
            seen.append(eye.look(states[row], person.screen, float(np.exp(person.log_focal)), frame.pixels))
    mean = np.where(weights > min(1.0, 0.5 * len(rows)), total / np.maximum(weights, 1e-3), 0.0)
    return mean.astype(np.float32), [EyeColours(eye, seen) for eye, seen in zip(eyes, looks, strict=True)]


def frames_of(footage: Footage, watched: Watched, rows: np.ndarray, progress: Progress, doing: str) -> Iterator[Frame]:
    """The frames of some rows, rising. doing : what is reported."""
    numbers = set(watched.numbers[rows].tolist())
    done = 0

    def asked(number: int) -> bool:
        progress.report(done / max(len(numbers), 1), f"Frame {number}: {doing.lower()}")
        return number in numbers

    for frame in footage.frames(asked):
        done += 1
        yield frame
        if done == len(numbers):
            return


def _moved(mean: np.ndarray, spread: SpreadFrame, texels: np.ndarray, flow: cv2.DISOpticalFlow) -> np.ndarray:
    """(N, 2) pixels of the frame that show what the mean shows at (N, 2) texels; NaN where they are not seen."""
    seen = (spread.facing > _FACING) & (mean > 0.0)
    share = np.maximum(cv2.GaussianBlur(seen.astype(np.float32), (0, 0), _EVEN), 0.05)

    def evenly_lit(grey: np.ndarray) -> np.ndarray:
        around = cv2.GaussianBlur(np.where(seen, grey, 0.0).astype(np.float32), (0, 0), _EVEN) / share
        relief = 128.0 + _CONTRAST * (grey - around) / np.maximum(around, 8.0)
        return np.clip(np.where(seen, relief, 128.0), 0.0, 255.0).astype(np.uint8)

    apart = flow.calc(evenly_lit(mean), evenly_lit(spread.grey), None)
    apart = cv2.GaussianBlur(apart, (0, 0), _SMOOTH)
    found = _at(spread.places, texels + _at(apart, texels))
    found[_at(cv2.GaussianBlur(seen.astype(np.float32), (0, 0), _AROUND), texels) <= _SEEN] = np.nan
    return found


def _at(picture: np.ndarray, texels: np.ndarray) -> np.ndarray:
    """(N, ...) bilinear samples at (N, 2) texels, the first one's centre at 0.5."""
    where = (texels - 0.5).astype(np.float32)[None]
    return cv2.remap(picture, where[..., 0], where[..., 1], cv2.INTER_LINEAR)[0]
