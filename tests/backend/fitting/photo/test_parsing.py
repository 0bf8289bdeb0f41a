"""Who tells what is skin: the shipped parser, unless the user does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headbridge.detection.crops import Crop
from headbridge.detection.parsing.classes import CLASSES, COVER, HAIR, SKIN
from headbridge.detection.parsing.parse import FaceParse
from headbridge.fitting.heads import load_head
from headbridge.fitting.photo.parsing import parse_photos
from headbridge.fitting.photo.state import PhotoState
from headbridge.progress import Progress

from .posed_faces import SCREEN, exact_face, posed_view

SHAPE = (SCREEN.height, SCREEN.width)


@pytest.fixture(scope="module")
def scene():
    """A head, its face in a picture of skin-coloured noise, and the state that it was posed in."""
    head = load_head("open-flame")
    view = posed_view(head, 3)
    noise = np.random.default_rng(0).random((*SHAPE, 3), dtype=np.float32)
    pixels = np.float32((0.75, 0.55, 0.45)) + 0.2 * noise
    return head, replace(exact_face(head, view), pixels=pixels), PhotoState(view.head.coefficients, (view,))


def parsed(scene, with_hair=False, **changes):
    head, face, state = scene
    return parse_photos(head, (replace(face, **changes),), state, with_hair, "cpu", Progress())[0]


def test_a_users_mask_counts_for_more(scene):
    mask = np.zeros(SHAPE, np.float32)
    mask[100:200, 250:400] = 1.0
    found = parsed(scene, weights=mask, masked=True)
    assert np.array_equal(found.chance, mask) and np.array_equal(found.own, mask) and found.hair is None
    assert np.array_equal(parsed(scene, True, weights=mask, masked=True).hair, mask)


def test_where_next_to_nothing_is_a_person_the_parse_is_not_believed_and_that_is_told(scene):
    _, face, _ = scene
    chances = np.zeros((len(CLASSES), 128, 128), np.float32)
    chances[COVER], chances[SKIN] = 0.9, 0.1
    hidden, known = FaceParse(chances, Crop((320.0, 240.0), 640.0, size=128), SHAPE), np.ones(SHAPE, np.float32)
    found = parsed(scene, parse=hidden, weights=known)
    assert found.chance is found.own is known and "give a mask" in found.notes[0]
    chances[COVER], chances[SKIN] = 0.1, 0.9
    assert parsed(scene, parse=hidden, weights=known).notes == ()


def test_labels_are_the_likeliest_and_what_is_transparent_is_not_looked_at(scene):
    whole, half = parsed(scene, True), np.ones(SHAPE, np.float32)
    half[:, : SHAPE[1] // 2] = 0.0
    cut = parsed(scene, True, weights=half)
    assert whole.labels.dtype == np.uint8 and whole.labels.max() < len(CLASSES)
    # More than half of all chances is the largest.
    assert (whole.labels[whole.hair > 0.501] == HAIR).all()
    for kind in ("chance", "own", "hair"):
        assert np.array_equal(getattr(cut, kind), getattr(whole, kind) * half)
    assert parsed(scene).hair is None
