"""Portraits with the places of the ears' points."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from face_parser.examples import Examples, cut, cut_off, photographed

from headbridge.detection.ears.finding import ROOM
from headbridge.detection.ears.places import POINT_COUNT
from headbridge.detection.parsing.aligned import colour_input

_CUT_OFF, _NO_RELATIVE = 0.1, 0.1
_OTHER_SIDE = np.roll(np.arange(POINT_COUNT), POINT_COUNT // 2)


@dataclass(frozen=True, eq=False)
class EarBatch:
    """given : (B, COLOURS, S, S). points : (B, N, 2) shares of the side. seen : (B, N) bool."""

    given: torch.Tensor
    points: torch.Tensor
    seen: torch.Tensor


class EarExamples(Examples):
    def ears(self, count: int, side: int) -> EarBatch:
        columns = zip(*(self._ear_example(side) for _ in range(count)))
        return EarBatch(*(torch.from_numpy(np.stack(column)) for column in columns))

    def _ear_example(self, side: int) -> tuple[np.ndarray, ...]:
        rng = self._rng
        portrait, rgb, points, crop = self.seen(side, ROOM)
        rgb = cut(rgb, crop, cv2.INTER_LINEAR)
        ears, seen = portrait.ears @ crop.matrix[:, :2].T + crop.matrix[:, 2], portrait.ears_seen
        if crop.mirrored:
            ears, seen = ears[_OTHER_SIDE], seen[_OTHER_SIDE]
        if rng.random() < _CUT_OFF:
            rgb, hidden = cut_off(rgb, np.zeros(rgb.shape[:2], np.uint8), rng)
            place = np.clip(ears.astype(int), 0, side - 1)
            seen = seen & (hidden[place[:, 1], place[:, 0]] == 0)
        seen = seen & (ears > 0.0).all(axis=1) & (ears < side).all(axis=1)
        given = colour_input(photographed(rgb, rng), points)
        if rng.random() < _NO_RELATIVE:
            given[3:6] = 0.0
        return given, (ears / side).astype(np.float32), seen
