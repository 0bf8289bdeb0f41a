"""Every face of a photo, whatever its size and tilt, with the detector's noise averaged down."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..progress import Progress
from .crops import Crop, Cropper
from .detector import LOOKS_AT_ONCE, FaceDetector
from .surface_points import surface_points

if TYPE_CHECKING:
    # OpenCV takes a moment to load.
    from ..images import Photo

MOST_FACES = 16
# Forehead and chin in the middle of the face; the line between them is upright however the head is turned.
_TOP, _BOTTOM = 10, 152
_SKIN = slice(0, 468)

# Pixels along the side of the cuts the detector looks at; its networks see 128 and 192.
_SEARCH_SIZE, _FACE_SIZE = 512, 320
# Sides of those cuts, in sizes of the face.
_AROUND = 1.9
JITTER = (
    (0.0, 1.0, 0.0, 0.0),
    (0.0, 1.0, 0.0, 0.0),
    (9.0, 1.1, 0.04, -0.03),
    (-9.0, 1.1, 0.04, -0.03),
    (-6.0, 0.92, -0.05, 0.02),
    (6.0, 0.92, -0.05, 0.02),
    (13.0, 0.97, 0.02, 0.05),
    (-13.0, 0.97, 0.02, 0.05),
    (-3.0, 1.2, -0.02, -0.06),
    (3.0, 1.2, -0.02, -0.06),
)
"""Looks whose mean is taken: turn in degrees, scale, and shift in sizes of the face; every second is mirrored."""

# A thing that is no face is another one under every look, and so is a face taken upside down; shares of the size.
_MOST_DISAGREEMENT, _FEWEST_LOOKS = 0.06, 6
# Upside down the detector finds faces too, but never agrees with itself as well as this.
_SURE_DISAGREEMENT = 0.012
# Tiles smaller than this hold no face that could be fitted.
_LEAST_TILE = 96
_TILE_LEVELS = (2, 4, 8)
_TURNS = (90.0, -90.0, 180.0, 45.0, -45.0, 135.0, -135.0)


@dataclass(frozen=True, eq=False)
class FaceDetection:
    """A face of a photo.

    points : (478, 3) column and row in pixels (the first pixel's centre is at 0.5), and a depth in pixels, smaller
        nearer, which is the detector's guess. spread : (478, 2) standard deviation in pixels over the looks that were
        averaged. looks : how many. among : how many faces were found in the photo.
    """

    points: np.ndarray
    spread: np.ndarray
    looks: int
    among: int = 1

    @property
    def box(self) -> np.ndarray:
        """(4,) left, top, right and bottom of the points in pixels."""
        return np.concatenate([self.points[_SKIN, :2].min(axis=0), self.points[_SKIN, :2].max(axis=0)])

    @property
    def size(self) -> float:
        """See `face_size`."""
        return face_size(self.points)

    @property
    def disagreement(self) -> float:
        """The median point's `spread` as a share of the face's size: some 0.006, 0.02 where the picture is poor."""
        return float(np.median(self.spread[_SKIN])) / self.size

    @property
    def sure(self) -> bool:
        """Whether the looks agree as they never do on a face taken upside down."""
        return self.looks == len(JITTER) and self.disagreement < _SURE_DISAGREEMENT


class NoFace(InputError):
    """A photo in which no face was found."""


def face_size(points: np.ndarray) -> float:
    """A face's size in pixels that is much the same under every pose: the root mean square distance of the detector's
    (478, D) skin points from their mean, with the depth it guesses, times two."""
    skin = points[_SKIN]
    return 2.0 * math.sqrt(float(((skin - skin.mean(axis=0)) ** 2).sum(axis=1).mean()))


def face_angle(points: np.ndarray) -> float:
    """Degrees by which a picture is to be turned counter-clockwise for (478, D) points to be upright."""
    up = points[_TOP, :2] - points[_BOTTOM, :2]
    return math.degrees(math.atan2(up[0], -up[1]))


def find_faces(
    pixels: np.ndarray,
    progress: Progress = Progress(),
    detector: FaceDetector | None = None,
    least: int = 1,
    device: str = "cpu",
) -> list[FaceDetection]:
    """The faces of an (H, W, 3) sRGB picture, float 0..1 or uint8, the largest first; none gives an empty list.

    The whole picture is looked at first; where that shows fewer than `least` faces, turned copies of it and finer and
    finer tiles. Every face is then looked at upright several times, slightly moved and mirrored, and the points are
    means of these. detector : one that may find several faces; None makes one on `device`."""
    picture = _as_bytes(pixels)
    progress.report(0.0, "Loading the face detector")
    if detector is not None:
        return _find(picture, progress, detector, least)
    with FaceDetector(MOST_FACES, device) as made:
        return _find(picture, progress, made, least)


def find_face(photo: Photo, number: int = 1, progress: Progress = Progress(), device: str = "cpu") -> FaceDetection:
    """One face of a photo; number 1 is the largest. device : where the networks run. Raises `NoFace` when there is
    none, and `InputError` when this one is not there."""
    if number < 1:
        raise InputError(f"{photo.name}: faces are counted from 1, the largest; there is no face {number}.")
    found = find_faces(photo.pixels, progress, least=number, device=device)
    if not found:
        raise NoFace(
            f"{photo.name}: no face was found; use a photo that shows one from the front or side, or give its "
            "landmarks."
        )
    if number > len(found):
        many = "1 face was" if len(found) == 1 else f"{len(found)} faces were"
        raise InputError(f"{photo.name}: {many} found; there is no face {number} (1 is the largest).")
    return replace(found[number - 1], among=len(found))


def _find(picture: np.ndarray, progress: Progress, detector: FaceDetector, least: int) -> list[FaceDetection]:
    cropper = Cropper(picture)
    found: list[FaceDetection] = []
    for stage, crops in enumerate(_stages(picture.shape[1], picture.shape[0])):
        for first in range(0, len(crops), LOOKS_AT_ONCE):
            progress.report(0.1 + 0.9 * (1.0 - 0.7**stage) * (first > 0), "Looking for faces")
            some = crops[first : first + LOOKS_AT_ONCE]
            seen = detector.detect_each([cropper.cut(crop) for crop in some])
            for rough in (crop.to_picture(points) for crop, faces in zip(some, seen, strict=True) for points in faces):
                if any(face.sure and in_one_place(rough, face.points) for face in found):
                    continue
                face = _right_way_up(cropper, rough, detector)
                if face is not None:
                    found = _with(found, face)
        # What may be a face taken upside down is looked at in the turned pictures once more.
        if sum(face.sure or stage > 0 for face in found) >= least:
            break
    progress.report(1.0, "Found the faces")
    sure = [face for face in found if face.sure]
    kept = [face for face in found if face.sure or not any(in_one_place(face.points, one.points, 1.0) for one in sure)]
    return sorted(kept, key=lambda face: -face.size)


def _with(found: list[FaceDetection], face: FaceDetection) -> list[FaceDetection]:
    """The faces and one more; of those in one place the one on which the looks agree best stays."""
    same = [other for other in found if in_one_place(face.points, other.points)]
    others = [other for other in found if not any(other is one for one in same)]
    return [*others, min([*same, face], key=_doubt)]


def _doubt(face: FaceDetection) -> tuple[int, float]:
    return -face.looks, face.disagreement


def _right_way_up(cropper: Cropper, rough: np.ndarray, detector: FaceDetector) -> FaceDetection | None:
    """The refined face, or the one that is there the other way up, where the looks agree better on that."""
    face = refine_face(cropper, rough, detector)
    if face is not None and face.sure:
        return face
    candidates = [] if face is None else [face]
    crop = upright_crop(rough, 180.0)
    for points in detector.detect_all(cropper.cut(crop)):
        points = crop.to_picture(points)
        other = refine_face(cropper, points, detector) if same_face(points, rough) else None
        if other is not None:
            candidates.append(other)
    return min(candidates, key=_doubt, default=None)


def refine_face(cropper: Cropper, rough: np.ndarray, detector: FaceDetector) -> FaceDetection | None:
    """The mean over several looks at a face whose points are roughly known; None when they do not agree."""
    looks = _looks_around(cropper, rough, detector)
    for _ in range(2):
        points, placed = looks[0], upright_crop(rough)
        if points is None:
            return None
        # What was found tilted or small was placed badly: once more upright.
        if nearly_the_same(placed, upright_crop(points)):
            break
        rough, looks = points, _looks_around(cropper, points, detector)
    return mean_of_looks([seen for seen in looks if seen is not None])


def _looks_around(cropper: Cropper, points: np.ndarray, detector: FaceDetector) -> list[np.ndarray | None]:
    """What every look of `JITTER` sees of a face whose points are roughly known. All at once: a picture among several costs
    a network a third of what one alone does."""
    crops = [upright_crop(points, *jitter, mirrored=number % 2 == 1) for number, jitter in enumerate(JITTER)]
    return _look(cropper, crops, detector, points)


def mean_of_looks(looks: list[np.ndarray]) -> FaceDetection | None:
    """The mean of (478, 3) points of several looks at a face, without those that are off; None when too few agree."""
    if len(looks) < _FEWEST_LOOKS:
        return None
    middle = np.median(looks, axis=0)
    apart = np.array(looks) - middle
    disagreement = np.sqrt((apart[:, _SKIN, :2] ** 2).sum(axis=2).mean(axis=1)) / face_size(middle)
    kept = np.array(looks)[disagreement < _MOST_DISAGREEMENT]
    if len(kept) < _FEWEST_LOOKS:
        return None
    return FaceDetection(kept.mean(axis=0), kept[..., :2].std(axis=0), len(kept))


def _look(cropper: Cropper, crops: list[Crop], detector: FaceDetector, expected: np.ndarray) -> list[np.ndarray | None]:
    """The points, in the picture, of the face that each crop shows where one is expected."""
    seen = []
    for crop, faces in zip(crops, detector.detect_each([cropper.cut(crop) for crop in crops]), strict=True):
        if crop.mirrored:
            faces = [points[surface_points("hack").mirror] for points in faces]
        same = [points for points in map(crop.to_picture, faces) if same_face(points, expected)]
        seen.append(min(same, key=lambda points: float(np.abs(points - expected).sum()), default=None))
    return seen


def upright_crop(
    points: np.ndarray,
    turn: float = 0.0,
    scale: float = 1.0,
    across: float = 0.0,
    down: float = 0.0,
    mirrored: bool = False,
    around: float = _AROUND,
    pixels: int = _FACE_SIZE,
) -> Crop:
    """The cut that shows a face of (478, 3) points upright, `around` times as wide as its size, with so many pixels along
    its side; the others move it as `JITTER` does."""
    size = face_size(points)
    middle = 0.5 * (points[_SKIN, :2].min(axis=0) + points[_SKIN, :2].max(axis=0))
    centre = middle + size * np.array([across, down])
    side = max(around * size * scale, 1.0)
    return Crop((float(centre[0]), float(centre[1])), side, face_angle(points) + turn, pixels, mirrored)


def nearly_the_same(crop: Crop, other: Crop) -> bool:
    """Whether two crops differ by less than the looks that are averaged do."""
    apart = math.dist(crop.centre, other.centre) / other.side
    turn = (crop.angle - other.angle + 180.0) % 360.0 - 180.0
    return apart < 0.02 and abs(turn) < 3.0 and abs(crop.side / other.side - 1.0) < 0.05


def same_face(points: np.ndarray, other: np.ndarray) -> bool:
    """Whether two (478, 3) detections may be of one face: in one place, and of about one size."""
    return in_one_place(points, other) and 0.5 < face_size(points) / max(face_size(other), 1e-9) < 2.0


def in_one_place(points: np.ndarray, other: np.ndarray, share: float = 0.5) -> bool:
    """Whether two faces are in one place, though perhaps of other sizes: nearer than a share of the larger."""
    apart = points[_SKIN, :2].mean(axis=0) - other[_SKIN, :2].mean(axis=0)
    return float(np.linalg.norm(apart)) < share * max(face_size(points), face_size(other))


def _stages(width: int, height: int) -> Iterator[list[Crop]]:
    """What to look at, stage by stage; each costs more than those before and is for rarer pictures."""
    centre, side = (width / 2.0, height / 2.0), float(max(width, height))
    whole = Crop(centre, side, 0.0, _SEARCH_SIZE)
    yield [whole]
    # A face as large as the picture is found when there is something around it.
    yield [
        Crop(centre, 1.7 * side, 0.0, _SEARCH_SIZE),
        *(Crop(centre, 1.2 * side, turn, _SEARCH_SIZE) for turn in _TURNS),
    ]
    for level in _TILE_LEVELS:
        tile = side / level
        if tile < _LEAST_TILE:
            return
        tiles = [Crop(middle, tile, 0.0, _FACE_SIZE) for middle in _tile_centres(width, height, tile)]
        yield tiles
        if level == _TILE_LEVELS[0]:
            yield [Crop(t.centre, 1.2 * tile, turn, _FACE_SIZE) for t in tiles for turn in _TURNS]


def _tile_centres(width: int, height: int, tile: float) -> Iterator[tuple[float, float]]:
    """Middles of tiles that overlap by half and cover the picture."""

    def middles(length: int) -> np.ndarray:
        if length <= tile:
            return np.array([length / 2.0])
        return np.linspace(tile / 2.0, length - tile / 2.0, math.ceil(2.0 * (length / tile - 1.0)) + 1)

    return itertools.product(middles(width), middles(height))


def _as_bytes(pixels: np.ndarray) -> np.ndarray:
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError(f"a picture is (H, W, 3), not {pixels.shape}")
    if pixels.dtype == np.uint8:
        return pixels
    return np.rint(255.0 * np.clip(pixels, 0.0, 1.0)).astype(np.uint8)
