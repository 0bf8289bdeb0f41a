"""Portraits for the face parser: what is drawn is where the truth says."""

from __future__ import annotations

import numpy as np
import pytest
from face_parser.canvas import Canvas, Fragments, View
from face_parser.examples import UNKNOWN, Examples, cut_off
from face_parser.hands import load_hand
from face_parser.portrait import make_portrait

from headbridge.detection.parsing.aligned import INPUTS
from headbridge.detection.parsing.classes import CLASSES, COVER, HAIR, PERSON, SKIN

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def portraits(open_data):
    return [make_portrait(open_data, seed, 96, 1.0) for seed in range(6)]


def test_the_same_seed_gives_the_same_portrait(open_data, portraits):
    again = make_portrait(open_data, 3, 96, 1.0)
    assert np.array_equal(again.rgb, portraits[3].rgb) and np.array_equal(again.label, portraits[3].label)
    assert not np.array_equal(portraits[2].label, portraits[3].label)


def test_faces_lie_under_their_points_unless_something_covers_them(portraits):
    for portrait in portraits:
        assert portrait.rgb.shape == (96, 96, 3) and portrait.label.max() < len(CLASSES)
        column, row = np.clip(portrait.points[:468].astype(int), 0, 95).T
        there = portrait.label[row, column]
        # Nothing behind the head is seen within its face; a turned head's far points lie on its outline.
        assert np.isin(there, (*PERSON, HAIR, 8, COVER, 10)).mean() > 0.93


def test_examples_keep_pictures_and_truth_together(open_data):
    examples = Examples(open_data, 40)
    examples.grow(3)
    given, truth = examples.batch(4, 64)
    assert given.shape == (4, INPUTS, 64, 64) and truth.shape == (4, 64, 64)
    # The face's area by the landmarks, where it was told, is mostly face.
    for one, label in zip(given, truth):
        oval = one[-5] > 0.0
        if oval.any() and not (one[-5] == 0.0).all():
            assert np.isin(label[oval].numpy(), (*PERSON, HAIR, 8, COVER, 10, UNKNOWN)).mean() > 0.9


def test_beyond_a_border_pixels_go_on_and_nothing_is_known():
    rng = np.random.default_rng(1)
    picture = rng.random((40, 40, 3)).astype(np.float32)
    numbers = rng.integers(0, len(CLASSES), (40, 40)).astype(np.uint8)
    cut_sides = set()
    for _ in range(12):
        rgb, label = cut_off(picture, numbers, rng)
        known = label != UNKNOWN
        assert np.array_equal(rgb[known], picture[known]) and np.array_equal(label[known], numbers[known])
        whole = [("row", known.all(axis=1)), ("column", known.all(axis=0))]
        side, lines = next((name, flags) for name, flags in whole if 0 < flags.sum() < 40)
        first, last = np.flatnonzero(lines)[[0, -1]]
        border, beyond = (first, slice(0, first)) if first else (last, slice(last + 1, None))
        pixels = rgb if side == "row" else rgb.transpose(1, 0, 2)
        assert (pixels[beyond] == pixels[border]).all()
        cut_sides.add((side, bool(first)))
    assert len(cut_sides) == 4


def test_nearer_fragments_hide_farther_ones_and_faint_ones_keep_the_class():
    canvas = Canvas(np.zeros((4, 4, 3), np.float32))

    def fragment(depth: float) -> Fragments:
        one = np.array([1])
        return Fragments(one, one, np.array([depth]), one, np.zeros((1, 3), int), np.ones((1, 3)) / 3.0)

    canvas.draw(fragment(500.0), np.ones((1, 3)), SKIN)
    canvas.draw(fragment(600.0), np.full((1, 3), 0.2), HAIR)
    assert canvas.label[1, 1] == SKIN and (canvas.rgb[1, 1] == 1.0).all()
    canvas.draw(fragment(400.0), np.zeros((1, 3)), HAIR, alpha=np.array([0.25], np.float32))
    assert canvas.label[1, 1] == SKIN and np.allclose(canvas.rgb[1, 1], 0.75)
    canvas.draw(fragment(400.0), np.zeros((1, 3)), HAIR, alpha=np.array([0.75], np.float32))
    assert canvas.label[1, 1] == HAIR and canvas.depth[1, 1] == 400.0


def test_a_camera_puts_points_where_a_pinhole_would():
    view = View(np.eye(3), np.array([0.0, 0.0, 10.0]), 500.0, np.array([[300.0, 0.0, 40.0], [0.0, 300.0, 60.0]]))
    column, row, depth = view.project(np.array([[20.0, 30.0, -40.0]]))[0]
    assert np.allclose(
        (column, row, depth), (40.0 + 300.0 * 20.0 / 550.0, 60.0 - 300.0 * 30.0 / 550.0, 550.0), atol=1e-3
    )


def test_bent_fingers_keep_their_bones_lengths(open_data):
    hand = load_hand(open_data)
    placed = hand.bent(np.random.default_rng(2))
    assert np.allclose(hand.weights.sum(axis=1), 1.0) and np.ptp(placed - hand.vertices, axis=0).max() > 20.0
    # What follows one bone alone moves rigidly with it.
    for bone in range(1, hand.weights.shape[1]):
        own = np.flatnonzero(hand.weights[:, bone] > 0.999)
        if len(own) > 3:
            before, after = (points[own] - points[own[0]] for points in (hand.vertices, placed))
            assert np.allclose(np.linalg.norm(before, axis=1), np.linalg.norm(after, axis=1), atol=1e-6)
