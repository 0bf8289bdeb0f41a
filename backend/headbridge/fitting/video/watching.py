"""The first stage: the frames one by one, and in each the face's points. Only the points are kept, in parts of a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ...detection.calibration import calibrated
from ...detection.detector import FaceDetector
from ...detection.faces import MOST_FACES
from ...detection.following import FaceFollower, Followed
from ...errors import InputError
from ...progress import Progress
from ...video import Footage
from .parts import Parts

PART = 128
"""Frames that are kept in one part."""
# A cut changes the picture by more than this (mean over a small copy, 0..1), and by so many times what it changed lately.
_SMALL, _CUT, _TIMES = (48, 27), 0.06, 5.0
_LATELY = 0.1
_STAGE = "faces"
_ARRAYS = ("numbers", "seconds", "valid", "starts", "disagreement", "points")


@dataclass(frozen=True, eq=False)
class SeenPoints:
    """What is seen of the face in a frame. points : (478, 2) pixels, NaN where they are not seen. openness : (2,) how far the
    lids of the right and the left eye are open, compared to how they mostly are; NaN where the pictures do not tell."""

    points: np.ndarray
    openness: np.ndarray


@dataclass(frozen=True, eq=False)
class Watched:
    """The frames of a video and where their face is.

    numbers, seconds : (T,) of the frames. valid : (T,) whether the face was seen. starts : (T,) bool, frames before which
    the picture was cut, or the face found anew elsewhere. disagreement : (T,) of the looks at it, a share of its size, inf
    where there is none. most_faces : a picture showed at most.
    """

    numbers: np.ndarray
    seconds: np.ndarray
    valid: np.ndarray
    starts: np.ndarray
    disagreement: np.ndarray
    most_faces: int
    _parts: Parts
    _stage: str = _STAGE
    _openness: np.ndarray | None = None

    def points(self, row: int) -> np.ndarray:
        """(478, 2) pixels, the face's points in a valid frame, NaN where `aligning` does not see them."""
        return self.points_around(row)[row % PART]

    def seen(self, row: int) -> SeenPoints:
        """What is seen of the face in a valid frame."""
        return SeenPoints(self.points(row), np.full(2, np.nan) if self._openness is None else self._openness[row])

    def points_around(self, row: int) -> np.ndarray:
        """(n, 478, 2) of the frames that are kept together with one."""
        number = row // PART
        if self._held[0] != number:
            self._held[:] = [number, self._parts.load(stage_part(self._stage, number))["points"].astype(np.float64)]
        return self._held[1]

    def aligned(self, stage: str, openness: np.ndarray) -> Watched:
        """The same frames with the points that another stage has kept, and (T, 2) `SeenPoints.openness`."""
        return replace(self, _stage=stage, _openness=openness)

    def __post_init__(self):
        object.__setattr__(self, "_held", [-1, None])


def watch(
    footage: Footage,
    wanted: Callable[[int], bool],
    person: int,
    device: str,
    parts: Parts,
    progress: Progress,
    end: int | None = None,
) -> Watched:
    """Look at the wanted frames. end : from this number on none is. person : see `FaceFollower`. device : where the
    detector's networks run.

    Raises `InputError` where no frame is wanted, or none shows the face."""
    kept: list[dict[str, np.ndarray]] = []
    while (part := parts.load(stage_part(_STAGE, len(kept)))) is not None:
        kept.append({name: array for name, array in part.items() if name != "points"})
        if part["last"]:
            break
    if not kept or not kept[-1]["last"]:
        kept += _watched(footage, wanted, person, device, parts, kept, progress, end)
    arrays = {name: np.concatenate([part[name] for part in kept]) for name in _ARRAYS[:-1]}
    most_faces = int(kept[-1]["follower_counts"][1]) if kept else 0
    if not len(arrays["numbers"]):
        raise InputError(f"{footage.name}: there are no such frames; it has {_count(footage)}, numbered from 0.")
    if not arrays["valid"].any():
        which = f"face {person} ({most_faces} at most)" if most_faces else "face"
        raise InputError(f"{footage.name}: no {which} was found in any of {len(arrays['numbers'])} frames.")
    footage.notes.extend(note for note in kept[-1]["notes"].tolist() if note not in footage.notes)
    return Watched(**arrays, most_faces=most_faces, _parts=parts)


def _watched(
    footage, wanted, person, device, parts: Parts, kept: list, progress: Progress, end: int | None
) -> list[dict]:
    before, count = kept[-1] if kept else None, sum(len(part["numbers"]) for part in kept)
    first = -1 if before is None else int(before["numbers"][-1])
    made: list[dict] = []
    progress.report(0.0, "Loading the face detector")
    with FaceDetector(MOST_FACES, device) as detector:
        follower, cuts = FaceFollower(detector, person), _Cuts()
        if before is not None:
            follower.restore({name[9:]: array for name, array in before.items() if name.startswith("follower_")})
            cuts.small, cuts.usual = before["cuts_small"], float(before["cuts_usual"])
        rows: list[tuple] = []

        def keep(last: bool) -> None:
            columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in _ARRAYS]
            part = {name: np.array(column) for name, column in zip(_ARRAYS, columns, strict=True)}
            part["points"] = part["points"].astype(np.float32).reshape(len(rows), 478, 2)
            part |= {"last": np.array(last), "notes": np.array(footage.notes, np.str_)}
            part |= {f"follower_{name}": array for name, array in follower.state().items()}
            part |= {"cuts_small": cuts.small, "cuts_usual": np.array(cuts.usual)}
            parts.keep(stage_part(_STAGE, len(kept) + len(made)), part)
            made.append({name: array for name, array in part.items() if name != "points"})
            rows.clear()

        def asked(number: int) -> bool:
            if number > first and wanted(number):
                return True
            progress.report(share(), f"Frame {number}: passing over")
            return False

        def share() -> float:
            return count / max(min(footage.count, end or footage.count), count + 1)

        for frame in footage.frames(asked, end):
            progress.report(share(), f"Frame {frame.number}: looking for the face")
            if len(rows) == PART:
                keep(last=False)
            cut = cuts.before(frame.pixels)
            rows.append(_row(frame, cut, follower.follow(frame.pixels, cut, progress.part(share(), share()))))
            count += 1
        keep(last=True)
    return made


def _row(frame, cut: bool, followed: Followed) -> tuple:
    face = followed.detection
    points = np.zeros((478, 2)) if face is None else calibrated(face.points)
    doubt = np.inf if face is None else face.disagreement
    return frame.number, frame.seconds, face is not None, cut or followed.taken_up, doubt, points


class _Cuts:
    """Where a video was cut. small : of the last frame. usual : how much the picture changes otherwise."""

    def __init__(self):
        self.small, self.usual = np.zeros(0, np.float32), 0.0

    def before(self, pixels: np.ndarray) -> bool:
        small = cv2.resize(pixels, _SMALL, interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
        changed = float(np.abs(small - self.small).mean()) if self.small.size else 0.0
        cut = changed > max(_CUT, _TIMES * self.usual)
        if not cut:
            self.usual += _LATELY * (changed - self.usual)
        self.small = small
        return cut


def _count(footage: Footage) -> str:
    return f"{footage.count} frames" if footage.count else "other frames"


def stage_part(stage: str, number: int) -> str:
    """What a part of a stage's frames is called."""
    return f"{stage}_{number:05d}"
