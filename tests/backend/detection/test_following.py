"""Faces through pictures: where they are, which is which, and what happens where they cannot be seen."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from headbridge.detection.detector import FaceDetector
from headbridge.detection.faces import MOST_FACES, find_faces
from headbridge.detection.following import FaceFollower

GOLDEN = Path(__file__).parent / "golden"
HEIGHT, WIDTH = 200, 520


@pytest.fixture(scope="module")
def detector():
    with FaceDetector(MOST_FACES) as made:
        yield made


def golden(name: str) -> np.ndarray:
    return cv2.imread(str(GOLDEN / f"{name}.png"))[..., ::-1]


def stage(*actors: tuple[np.ndarray, float]) -> np.ndarray:
    """A picture with others laid on it, the later ones in front, their left borders at the given columns."""
    picture = np.full((HEIGHT, WIDTH, 3), 96, np.uint8)
    for actor, left in actors:
        left = round(left)
        first, last = max(left, 0), min(left + actor.shape[1], WIDTH)
        picture[20 : 20 + actor.shape[0], first:last] = actor[:, first - left : last - left]
    return picture


def middle(followed) -> float:
    """Column of the face's middle."""
    return float(followed.detection.points[:468, 0].mean())


def test_it_says_what_a_search_would_say(detector):
    picture = golden("person_1")
    follower = FaceFollower(detector)
    seen = [follower.follow(np.roll(picture, shift, axis=1)) for shift in (0, 3, 6)]
    (found,) = find_faces(np.roll(picture, 6, axis=1), detector=detector)
    apart = np.linalg.norm(seen[-1].detection.points[:, :2] - found.points[:, :2], axis=1)
    assert apart.mean() < 0.015 * found.size
    assert [one.taken_up for one in seen] == [True, False, False]


def test_of_two_who_cross_each_stays_who_it_is(detector):
    first, second = golden("person_1"), golden("person_2")
    columns = np.linspace(20.0, 330.0, 22)
    left, right = FaceFollower(detector, 1), FaceFollower(detector, 2)
    for column in columns:
        # The second walks to the left, in front.
        picture = stage((first, column), (second, 350.0 - column))
        seen = left.follow(picture), right.follow(picture)
        for followed, place in zip(seen, (column, 350.0 - column)):
            if followed.detection is not None:
                assert abs(middle(followed) - (place + 80.0)) < 20.0
    assert seen[0].detection is not None and seen[1].detection is not None
    assert left.most_faces == right.most_faces == 2


def test_a_face_that_is_gone_is_lost_and_found_again(detector):
    person = golden("person_3")
    follower = FaceFollower(detector)
    frames = [stage((person, 40.0))] * 2 + [stage()] * 2 + [stage((person, 300.0))] * 2
    seen = [follower.follow(frame) for frame in frames]
    assert [one.detection is not None for one in seen] == [True, True, False, False, True, True]
    assert seen[4].taken_up and not seen[5].taken_up
    assert abs(middle(seen[5]) - middle(seen[1]) - 260.0) < 5.0


def test_a_face_that_is_elsewhere_in_the_next_frame_has_leapt(detector):
    person = golden("person_3")
    follower = FaceFollower(detector)
    seen = [follower.follow(stage((person, column))) for column in (40.0, 40.0, 300.0, 300.0)]
    assert [one.taken_up for one in seen] == [True, False, True, False]


def test_it_goes_on_from_its_state(detector):
    frames = [stage((golden("person_2"), column)) for column in (100.0, 110.0, 124.0, 140.0)]
    whole, halves = FaceFollower(detector), FaceFollower(detector)
    expected = [whole.follow(frame) for frame in frames]
    for frame in frames[:2]:
        halves.follow(frame)
    later = FaceFollower(detector)
    later.restore(halves.state())
    for frame, known in zip(frames[2:], expected[2:]):
        assert np.array_equal(later.follow(frame).detection.points, known.detection.points)
    FaceFollower(detector).restore(FaceFollower(detector).state())
