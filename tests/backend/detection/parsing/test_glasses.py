"""Glasses are believed where frames reach over the nose or under the eyes, and brows that look like frames are not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from headbridge.detection.parsing.classes import BROW, CLASSES, GLASSES, SKIN
from headbridge.detection.parsing.glasses import without_lone_glasses

SIDE = 128
EYES = {33: (40.0, 60.0), 133: (56.0, 60.0), 362: (72.0, 60.0), 263: (88.0, 60.0)}


def face(*strokes: tuple[tuple[float, float], tuple[float, float]], turned: float = 0.0):
    """Chances of a face whose strokes (two points each) look like glasses, seven in ten, and brow; and its points. turned :
    degrees about the crop's middle."""
    angle = np.radians(turned)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = np.zeros((478, 2))
    for number, place in EYES.items():
        points[number] = turn @ (np.array(place) - SIDE / 2) + SIDE / 2
    drawn = np.zeros((SIDE, SIDE), np.uint8)
    for ends in strokes:
        first, last = (turn @ (np.array(end) - SIDE / 2) + SIDE / 2 for end in ends)
        cv2.line(drawn, tuple(int(round(x)) for x in first), tuple(int(round(x)) for x in last), 1, 3)
    chances = np.zeros((len(CLASSES), SIDE, SIDE), np.float32)
    chances[GLASSES], chances[BROW], chances[SKIN] = 0.7 * drawn, 0.3 * drawn, 1.0 - drawn
    return chances, points


BROWS = (((36, 48), (58, 46)), ((70, 46), (92, 48)))
BRIDGE = ((56, 52), (72, 52))
RIM = ((40, 70), (56, 70))


@pytest.mark.parametrize("turned", [0.0, 35.0, 180.0])
def test_brows_that_look_like_frames_are_brows(turned):
    chances, points = face(*BROWS, turned=turned)
    seen = without_lone_glasses(chances, points)
    assert seen[GLASSES].max() == 0.0
    np.testing.assert_allclose(seen[BROW], (chances[GLASSES] > 0.0).astype(float), atol=1e-6)
    np.testing.assert_allclose(seen.sum(axis=0), 1.0, atol=1e-6)


@pytest.mark.parametrize("turned", [0.0, 35.0, 180.0])
@pytest.mark.parametrize("part", [BRIDGE, RIM], ids=["bridge", "rim"])
def test_frames_with_a_bridge_or_a_lower_rim_stay(part, turned):
    chances, points = face(*BROWS, part, turned=turned)
    np.testing.assert_array_equal(without_lone_glasses(chances, points), chances)
