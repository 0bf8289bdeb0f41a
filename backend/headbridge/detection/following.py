"""A face from picture to picture: where it was tells where to look; nothing is searched for until it is lost."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ..progress import Progress
from .crops import Crop, Cropper
from .detector import FaceDetector
from .face_boxes import FACE_SIDE
from .faces import (
    JITTER,
    FaceDetection,
    face_size,
    find_faces,
    in_one_place,
    mean_of_looks,
    nearly_the_same,
    same_face,
    upright_crop,
)
from .surface_points import surface_points

# Sides of the cuts, in sizes of the face, with which the mesh network alone says what the detector as a whole says.
_AROUND = 2.15
# Looks at the face that is followed, every second mirrored, as the detector's noise was measured; at others one.
_LOOKS = JITTER[2:]
_LEAST_PRESENCE = 0.5
# What looks agree on less than this is no face to follow; shares of its size.
_MOST_DISAGREEMENT = 0.03
# While a face is lost the picture is looked at as a whole, and every so many frames as thoroughly as a photo.
_THOROUGH = 30
# For other faces it is looked every so many frames.
_OTHERS = 10
# Two faces whose middles are nearer than this share of their size are one face that two are taken for.
_ONE = 0.3
# A face is taken up again within so many frames where it would be by now, nearer than this share of its size.
_BRIEF, _NEAR = 6, 0.5
# What a face looks like: pixels along the side of an upright cut of the skin, how fast it is learned, and how different
# from what was learned nobody looks.
_LOOK_SIDE, _LEARNED, _STRANGER = 16, 0.05, 0.5
_SKIN_AROUND = 1.0


@dataclass(frozen=True, eq=False)
class Followed:
    """A picture's face. detection : None where it is lost. taken_up : whether it was found anew, so that nothing follows
    from where it was before. faces : how many the picture is known to have."""

    detection: FaceDetection | None
    taken_up: bool
    faces: int


@dataclass(eq=False)
class _Track:
    """points : (478, 3) of the last detection, moving by (2,) a frame. lost : frames since. look : what the face looks
    like (see `_look_of`)."""

    points: np.ndarray
    look: np.ndarray
    speed: np.ndarray = field(default_factory=lambda: np.zeros(2))
    lost: int = 0

    @property
    def expected(self) -> np.ndarray:
        moved = self.points.copy()
        # A speed that is not seen any more is not believed for long.
        moved[:, :2] += self.speed * min(self.lost + 1, 3)
        return moved

    def seen(self, points: np.ndarray, look: np.ndarray) -> None:
        moved = (points - self.points)[:, :2].mean(axis=0)
        self.speed = moved if self.lost == 0 else np.zeros(2)
        self.look = self.look + _LEARNED * (look - self.look)
        self.points, self.lost = points, 0


class FaceFollower:
    """Follows one face through pictures in their order, and knows of the others so that it is not taken for one of them.

    detector : one that finds several faces. person : which face of the first picture that shows so many, from the left,
    counted from 1; 0 is the largest of the first picture that shows any.
    """

    def __init__(self, detector: FaceDetector, person: int = 0):
        self._detector, self._person = detector, person
        self._tracks: list[_Track] = []
        self._number, self._most_faces, self._progress = -1, 0, Progress()

    @property
    def most_faces(self) -> int:
        """How many faces a picture showed at most."""
        return self._most_faces

    def follow(self, picture: np.ndarray, cut: bool = False, progress: Progress = Progress()) -> Followed:
        """The face in the next (H, W, 3) uint8 sRGB picture. cut : whether it does not follow from the one before, so that
        faces are known by their looks alone."""
        self._number, self._progress = self._number + 1, progress
        cropper = Cropper(picture)
        if not self._tracks:
            return self._first(cropper, picture)
        if cut:
            for track in self._tracks:
                track.lost = max(track.lost, _BRIEF + 1)
        own, *others = self._tracks
        was_lost = own.lost
        detection = self._again(cropper, own) if was_lost == 0 else None
        for other in others:
            points = self._one_look(cropper, other.expected) if other.lost == 0 else None
            if points is None:
                other.lost += 1
            else:
                other.seen(points, _look_of(cropper, points))
        detection = self._told_apart(cropper, own, others, detection)
        here = detection is not None
        if detection is None or self._number % _OTHERS == 0:
            detection = self._searched(cropper, picture, own, detection)
        if detection is None:
            own.lost += 1
            return Followed(None, False, self._most_faces)
        # Found where it would be by now, it was not away.
        here |= was_lost <= _BRIEF and in_one_place(detection.points, own.expected, _NEAR)
        if not here:
            # A leap is no speed.
            own.lost = max(own.lost, 1)
        own.seen(detection.points, _look_of(cropper, detection.points))
        return Followed(detection, not here, self._most_faces)

    def state(self) -> dict[str, np.ndarray]:
        """What `restore` needs to go on from here."""
        tracks = self._tracks
        return {
            "points": np.array([track.points for track in tracks]).reshape(-1, 478, 3),
            "looks": np.array([track.look for track in tracks]).reshape(-1, 3 * _LOOK_SIDE**2 + 3),
            "speeds": np.array([track.speed for track in tracks]).reshape(-1, 2),
            "lost": np.array([track.lost for track in tracks], np.int64),
            "counts": np.array([self._number, self._most_faces]),
        }

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go on from where a follower with the same person was."""
        rows = zip(state["points"], state["looks"], state["speeds"], state["lost"], strict=True)
        self._tracks = [_Track(points, look, speed, int(lost)) for points, look, speed, lost in rows]
        self._number, self._most_faces = (int(count) for count in state["counts"])

    def _first(self, cropper: Cropper, picture: np.ndarray) -> Followed:
        rough = self._whole(cropper, picture, thorough=self._number % _THOROUGH == 0)
        found = [points for points in rough if self._several_looks(cropper, points) is not None]
        self._most_faces = max(self._most_faces, len(found))
        if len(found) < max(self._person, 1):
            return Followed(None, False, self._most_faces)
        if self._person:
            found = sorted(found, key=lambda points: float(points[:, 0].mean()))
            found.insert(0, found.pop(self._person - 1))
        self._tracks = [_Track(points, _look_of(cropper, points)) for points in found]
        detection = self._again(cropper, self._tracks[0])
        if detection is None:
            self._tracks = []
        return Followed(detection, detection is not None, self._most_faces)

    def _whole(self, cropper: Cropper, picture: np.ndarray, thorough: bool) -> list[np.ndarray]:
        """(478, 3) points of a picture's faces, the largest first."""
        looks = [self._one_look(cropper, rough) for rough in self._detector.detect_all(picture)]
        faces = [points for points in looks if points is not None]
        if not faces and thorough:
            faces = [
                face.points for face in find_faces(picture, self._progress, self._detector, least=max(self._person, 1))
            ]
        return sorted(faces, key=face_size, reverse=True)

    def _again(self, cropper: Cropper, track: _Track) -> FaceDetection | None:
        """The face near to where it was."""
        detection = self._several_looks(cropper, track.expected)
        if detection is not None and nearly_the_same(_crop(track.expected), _crop(detection.points)):
            return detection
        # The cuts show it too far from where the network wants it.
        points = self._one_look(cropper, track.expected)
        return None if points is None else self._several_looks(cropper, points)

    def _one_look(self, cropper: Cropper, expected: np.ndarray) -> np.ndarray | None:
        [points] = self._points(cropper, [_crop(expected)])
        return points if points is not None and same_face(points, expected) else None

    def _several_looks(self, cropper: Cropper, points: np.ndarray) -> FaceDetection | None:
        crops = [_crop(points, *jitter, mirrored=number % 2 == 1) for number, jitter in enumerate(_LOOKS)]
        looks = [seen for seen in self._points(cropper, crops) if seen is not None and same_face(seen, points)]
        detection = mean_of_looks(looks)
        return detection if detection is not None and detection.disagreement < _MOST_DISAGREEMENT else None

    def _points(self, cropper: Cropper, crops: list[Crop]) -> list[np.ndarray | None]:
        cuts = np.stack([cropper.cut(crop) for crop in crops])
        mirror, found = surface_points("hack").mirror, []
        for crop, points, presence in zip(crops, *self._detector.points_in(cuts), strict=True):
            points = points[mirror] if crop.mirrored else points
            found.append(crop.to_picture(points) if presence > _LEAST_PRESENCE else None)
        return found

    def _told_apart(
        self, cropper: Cropper, own: _Track, others: list[_Track], detection: FaceDetection | None
    ) -> FaceDetection | None:
        """Of two that are taken to be where one face is, the one it looks like less is lost: the other hides it."""
        for other in others:
            if detection is None or other.lost or not in_one_place(detection.points, other.points, _ONE):
                continue
            look = _look_of(cropper, detection.points)
            if _unlike(look, own.look) > _unlike(look, other.look):
                detection = None
            else:
                other.lost = 1
        return detection

    def _searched(
        self, cropper: Cropper, picture: np.ndarray, own: _Track, detection: FaceDetection | None
    ) -> FaceDetection | None:
        """Looks at the whole picture: for the face if it is lost, and for others."""
        thorough = detection is None and own.lost % _THOROUGH == _THOROUGH - 1
        seen = [other.points for other in self._tracks[1:] if other.lost == 0]
        seen += [] if detection is None else [detection.points]
        new = [
            points
            for points in self._whole(cropper, picture, thorough)
            if not any(in_one_place(points, known) for known in seen)
        ]
        lost = [track for track in self._tracks[1:] if track.lost]
        for points in new:
            look = _look_of(cropper, points)
            candidates = [*lost, own] if detection is None else lost
            # Where somebody was a moment ago says as much as what they look like.
            nearest = min(
                candidates,
                key=lambda track: _unlike(look, track.look) - 0.5 * _brief(track, points),
                default=None,
            )
            if nearest is own and (
                len(self._tracks) == 1 or _unlike(look, own.look) < _STRANGER or _brief(own, points)
            ):
                detection = self._several_looks(cropper, points)
            elif nearest is None or nearest is own or _unlike(look, nearest.look) > _STRANGER:
                if self._several_looks(cropper, points) is not None:
                    self._tracks.append(_Track(points, look))
            else:
                lost.remove(nearest)
                nearest.seen(points, look)
        present = sum(track.lost == 0 for track in self._tracks[1:]) + (detection is not None)
        self._most_faces = max(self._most_faces, present)
        return detection


def _brief(track: _Track, points: np.ndarray) -> bool:
    """Whether points are where a face that was lost a moment ago would be by now."""
    return 0 < track.lost <= _BRIEF and in_one_place(points, track.expected, _NEAR)


def _crop(points: np.ndarray, *jitter: float, mirrored: bool = False) -> Crop:
    return upright_crop(points, *jitter, mirrored=mirrored, around=_AROUND, pixels=FACE_SIDE)


def _look_of(cropper: Cropper, points: np.ndarray) -> np.ndarray:
    """What a face's skin looks like, upright: its colours less their mean by their spread, and the mean."""
    cut = cropper.cut(upright_crop(points, around=_SKIN_AROUND, pixels=4 * _LOOK_SIDE))
    small = cv2.resize(cut, (_LOOK_SIDE, _LOOK_SIDE), interpolation=cv2.INTER_AREA).reshape(-1, 3) / 255.0
    mean = small.mean(axis=0)
    relief = small - mean
    return np.concatenate([relief.ravel() / max(float(np.linalg.norm(relief)), 1e-3), mean])


def _unlike(look: np.ndarray, other: np.ndarray) -> float:
    """How different two faces look, 0 for the same, above `_STRANGER` for others."""
    relief = 1.0 - float(look[:-3] @ other[:-3]) / max(float(np.linalg.norm(other[:-3])), 1e-9)
    return relief + 2.0 * float(np.abs(look[-3:] - other[-3:]).mean())
