"""How far a person's lids are open, read in the pictures.

The detector draws lids towards its mean ones: of a blink it shows half or less. But what lids let see of an eye has other
colours than skin, and the frames in which the eyes are open show which. Every eye is spread on a sphere about its middle,
so that lids lie at the same place in every frame, and the part of the sphere that shows the eye is measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter, maximum_filter

from ...images.colour import LUMINANCE
from ..photo.view import Screen
from ..posable import ROOT, HeadState
from ..sequence.choice import evenly_spread
from .person import TrackedPerson

# The detector's points on the rims of lids, around: the right eye's, then the left one's.
_RIMS = (
    (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
)
_JOINTS = ("right_eye", "left_eye")
# Of each eye, upper points and the lower ones below them.
_PAIRS = (
    ((161, 163), (160, 144), (159, 145), (158, 153), (157, 154)),
    ((388, 390), (387, 373), (386, 374), (385, 380), (384, 381)),
)
UPPER_LIDS = ((246, 161, 160, 159, 158, 157, 173), (466, 388, 387, 386, 385, 384, 398))
"""Of the right eye and the left one, the detector's points on the upper lid."""
_SHUTTING = ("eyeBlink_R", "eyeBlink_L")
# Lids of models that name no blink are shut at this share of what they are open.
_SHUT = 0.1
# Half of the sphere's part across and up, and a texel, degrees.
_ACROSS, _UP, _STEP = 56.0, 36.0, 2.0
# Of the rims' size: within is the eye for sure; this many texels beyond it starts what is skin for sure, and ends.
_WITHIN, _BEYOND, _FAR = 0.75, 2, 7
# Bins of a colour compared to the skin around: logarithm of the luminance, of red to green and of green to blue.
_BINS = np.array([16, 12, 12])
_LOW, _HIGH = np.array([-2.6, -0.6, -0.6]), np.array([0.8, 0.6, 0.6])
_SMOOTH = 0.8
# Surfaces that are seen under a smaller cosine than the first tell nothing, from the second on all.
_FACING = (0.2, 0.5)
_ROUNDS = 3
# The sphere's middle part shows eye in most frames, skin outside in few; frames more open than this quantile are compared.
_EYE, _SKIN, _OPENER = 0.6, 0.25, 0.4
# Fewer texels of eye, or eyes told less surely, are none; an eye of which less is seen is not read.
_FEWEST, _TOLD, _SEEN = 30, 0.6, 0.4
_MEASURED_AROUND = 9
# What an open eye shows depends on how the head is turned: so many degrees count as one turn; the quantile taken for open,
# in frames of one turn and in all; and how much of that an open eye shows at least under any turn.
_TURN, _OPEN, _LEAST, _MOST = 6.0, 0.7, 0.6, 1.1
_COMPARED = 400
# Who blinks shuts the lids: what they show of an eye then is the crease's shadow. So much of an open eye is no blink yet.
_BLINKS, _NO_BLINK = 0.01, 0.6


@dataclass(frozen=True, eq=False)
class LidGaps:
    """The gaps between a person's lids, right and left. open, shut : (2,) mm. slopes : (2, E) by expression."""

    open: np.ndarray
    shut: np.ndarray
    slopes: np.ndarray

    @classmethod
    def of(cls, person: TrackedPerson) -> LidGaps:
        head, places = person.head.of_one_person(person.coefficients), person.places.landmarks
        gaps, slopes = np.zeros(2), np.zeros((2, head.expression_count))
        for side, pairs in enumerate(_PAIRS):
            ends, moves = [], []
            for numbers in np.array(pairs).T:
                corners, weights = places.vertices[numbers], places.weights[numbers]
                ends.append(np.einsum("nk,nkd->nd", weights, head.template[corners]) + person.off[numbers])
                moves.append(np.einsum("nk,nkde->nde", weights, head.bases[corners]))
            apart = ends[0] - ends[1]
            size = np.linalg.norm(apart, axis=1)
            gaps[side] = size.mean()
            towards = apart / np.maximum(size, 1e-6)[:, None]
            slopes[side] = np.einsum("nd,nde->e", towards, moves[0] - moves[1]) / len(pairs)
        shut = _SHUT * gaps
        for side, name in enumerate(_SHUTTING):
            if name in head.expression_names:
                shut[side] = gaps[side] + slopes[side, head.expression_names.index(name)]
        return cls(gaps, np.minimum(shut, 0.5 * gaps), slopes)


@dataclass(frozen=True, eq=False)
class EyeLook:
    """One eye on its map. bins : (h, w) the bin of each texel's colour. seen : (h, w) 0..1."""

    bins: np.ndarray
    seen: np.ndarray


class EyeMap:
    """The part of a sphere around an eye that its lids lie on. side : 0 for the right eye, 1 for the left one."""

    def __init__(self, person: TrackedPerson, side: int):
        head = person.head.of_one_person(person.coefficients)
        middle = head.joints[head.joint_names.index(_JOINTS[side])]
        self._pivot = head.joints[ROOT]
        rim = list(_RIMS[side])
        arms = person.places.landmarks.subset(rim).evaluate(head.template) + person.off[rim] - middle
        radii = np.linalg.norm(arms, axis=1)
        across, up = np.degrees(np.arctan2(arms[:, 0], arms[:, 2])), np.degrees(np.arcsin(arms[:, 1] / radii))
        rim = np.column_stack([across + _ACROSS, _UP - up]) / _STEP
        columns, rows = (
            np.radians(np.arange(-_ACROSS, _ACROSS + 1.0, _STEP)),
            np.radians(np.arange(_UP, -_UP - 1.0, -_STEP)),
        )
        x, y = np.meshgrid(columns, rows)
        self._directions = np.stack([np.sin(x) * np.cos(y), np.sin(y), np.cos(x) * np.cos(y)], axis=-1)
        self._arms = middle + radii.mean() * self._directions - self._pivot
        opening, self.within = (
            _filled(rim, x.shape),
            _filled(rim.mean(axis=0) + _WITHIN * (rim - rim.mean(axis=0)), x.shape),
        )
        self.around = _grown(opening, _FAR) & ~_grown(opening, _BEYOND)

    def look(self, state: HeadState, screen: Screen, focal: float, pixels: np.ndarray) -> EyeLook:
        """The eye in (H, W, 3) uint8 pixels of a frame in which the head is in a state."""
        turn = state.rotations[ROOT]
        points = self._arms @ turn.T + self._pivot + state.translation
        places = (screen.project(points.reshape(-1, 3), focal) - 0.5).astype(np.float32).reshape(*points.shape[:2], 2)
        colours = cv2.remap(
            pixels, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
        ).astype(np.float64)
        facing = -((self._directions @ turn.T) * points).sum(axis=-1) / np.linalg.norm(points, axis=-1)
        seen = np.clip((facing - _FACING[0]) / (_FACING[1] - _FACING[0]), 0.0, 1.0)
        height, width = pixels.shape[:2]
        seen *= ((places > -0.5) & (places < np.array([width, height]) - 0.5)).all(axis=-1)
        skin = self.around & (seen > 0.3)
        usual = np.median(colours[skin if skin.any() else self.around], axis=0)
        logs = np.log(np.maximum(colours, 2.0) / np.maximum(usual, 2.0))
        kind = np.stack([logs @ LUMINANCE, logs[..., 0] - logs[..., 1], logs[..., 1] - logs[..., 2]], axis=-1)
        bins = np.clip((kind - _LOW) / (_HIGH - _LOW) * _BINS, 0, _BINS - 1).astype(np.int64)
        return EyeLook(np.ravel_multi_index(tuple(np.moveaxis(bins, -1, 0)), _BINS), seen)


class EyeColours:
    """What colours an eye has and where it shows, by looks at it in frames of the whole video."""

    def __init__(self, eye: EyeMap, looks: list[EyeLook]):
        bins, seen = np.array([look.bins for look in looks]), np.array([look.seen for look in looks])
        skin, own = _shares(bins, seen * eye.around), _shares(bins, seen * eye.within)
        for _ in range(_ROUNDS):
            self._chances = own / np.maximum(own + skin, 1e-12)
            chances = self._chances[bins]
            typical = np.median(chances, axis=0)
            open_ = (chances * seen * (typical > 0.5)).sum(axis=(1, 2))
            open_ /= np.maximum((seen * (typical > 0.5)).sum(axis=(1, 2)), 1e-9)
            some = open_ >= np.quantile(open_, _OPENER)
            own = _shares(bins[some], seen[some] * (typical > _EYE))
            skin = _shares(bins[some], seen[some] * (typical < _SKIN))
        self._chances = own / np.maximum(own + skin, 1e-12)
        shown = np.median(self._chances[bins[some]], axis=0)
        self._shown = shown > 0.5
        self._measured = maximum_filter(self._shown, _MEASURED_AROUND)
        count = np.count_nonzero(self._shown)
        self.told = bool(count >= _FEWEST and shown[self._shown].mean() > _TOLD)

    def area(self, look: EyeLook) -> float:
        """How much of the eye shows, compared to what does where it is open; NaN where that cannot be seen."""
        there = float(look.seen[self._shown].sum())
        if not self.told or there < _SEEN * np.count_nonzero(self._shown):
            return float("nan")
        chances = self._chances[look.bins]
        return float((look.seen * chances)[self._measured & (chances > 0.5)].sum()) / there


def openness(areas: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """(T, 2) 0..1 and a little more, how far lids are open compared to how they mostly are; NaN where nothing tells.

    areas : (T, 2) of `EyeColours.area`, NaN likewise. turns : (T, 3, 3) of the head."""
    found = np.full(areas.shape, np.nan)
    for side in range(areas.shape[1]):
        rows = np.flatnonzero(np.isfinite(areas[:, side]))
        if not len(rows):
            continue
        values = areas[rows, side]
        usual = float(np.quantile(values, _OPEN))
        if usual <= 0.0:
            continue
        some = evenly_spread(np.arange(len(rows)), _COMPARED)
        order = some[np.argsort(values[some])]
        for row, value in zip(rows, values, strict=True):
            cosine = 0.5 * (np.einsum("ab,nab->n", turns[row], turns[rows[order]]) - 1.0)
            near = np.exp(-0.5 * (np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))) / _TURN) ** 2)
            passed = np.cumsum(near)
            here = values[order[min(np.searchsorted(passed, _OPEN * passed[-1]), len(order) - 1)]]
            found[row, side] = min(value / np.clip(here, _LEAST * usual, _MOST * usual), _MOST)
        least = float(np.quantile(found[rows, side], _BLINKS))
        if least < _NO_BLINK:
            found[:, side] = np.maximum(found[:, side] - least, 0.0) / (1.0 - least)
    return found


def _filled(rim: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """(h, w) bool, within (N, 2) columns and rows."""
    return cv2.fillPoly(np.zeros(shape, np.uint8), [np.round(16.0 * rim).astype(np.int32)], 1, shift=4) > 0


def _grown(mask: np.ndarray, texels: int) -> np.ndarray:
    return maximum_filter(mask, 2 * texels + 1)


def _shares(bins: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(B,) smoothed shares of colours."""
    counts = np.bincount(bins.ravel(), weights.ravel(), int(_BINS.prod()))
    counts = gaussian_filter(counts.reshape(_BINS), _SMOOTH).ravel()
    return counts / max(counts.sum(), 1e-12)
