"""Photos of one person and of several: how far estimates of one identity differ, and who is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headbridge.fitting.photo.job import DETECTED
from headbridge.fitting.photo.landmark_stage import free_unknowns
from headbridge.fitting.photo.prior import photo_prior
from headbridge.fitting.photo.same_person import (
    IdentityEvidence,
    difference,
    identity_evidence,
    identity_precision,
    strangers,
)

from .posed_faces import exact_face, posed_view


def test_photos_of_one_person_differ_by_their_noise_and_of_two_by_more():
    """Estimates drawn as the evidence says they scatter: 1 for one person, and what two persons' variance adds."""
    rng = np.random.default_rng(0)
    precision, information = np.eye(10), 4.0 * np.eye(10)
    same, two = [], []
    for _ in range(400):
        persons = rng.normal(size=(2, 10))
        for shown, found in ((persons[[0, 0]], same), (persons, two)):
            seen = shown + rng.normal(size=(2, 10)) / 2.0
            found.append(difference(*(IdentityEvidence(information, information @ each) for each in seen), precision))
    assert np.mean(same) == pytest.approx(1.0, abs=0.05)
    # Of the estimates, 0.8 of the person each, against noise of 2 * 0.16.
    assert np.mean(two) == pytest.approx(1.0 + 2.0 * 0.64 / 0.32, rel=0.05)


def of_person(where: np.ndarray, sharp: float) -> IdentityEvidence:
    information = sharp * np.eye(len(where))
    return IdentityEvidence(information, information @ where)


def test_the_one_that_differs_is_named_and_of_two_both():
    rng = np.random.default_rng(2)
    anna, ben = rng.normal(0.0, 1.5, (2, 12))
    photos = [of_person(anna + rng.normal(0.0, 0.1, 12), 60.0) for _ in range(3)]
    stranger = of_person(ben, 60.0)
    precision = np.eye(12)
    assert strangers(photos, precision) == []
    assert strangers([*photos[:1], stranger, *photos[1:]], precision) == [1]
    assert strangers([photos[0], stranger], precision) == [0, 1]
    assert strangers(photos[:1], precision) == []


@pytest.mark.slow
def test_photos_of_one_head_from_two_sides_are_of_one_person(open_flame):
    prior, free = photo_prior(open_flame), free_unknowns(open_flame, 1)
    identity = open_flame.parts["identity"]
    first, second, other = posed_view(open_flame, 1), posed_view(open_flame, 2, yaw=-15.0), posed_view(open_flame, 3)
    coefficients = second.head.coefficients.copy()
    coefficients[identity] = first.head.coefficients[identity]
    second = replace(second, head=replace(second.head, coefficients=coefficients))
    found = [
        identity_evidence(open_flame, exact_face(open_flame, view, order=DETECTED), prior, free)
        for view in (first, second, other)
    ]
    precision = identity_precision(open_flame, prior)
    assert strangers(found[:2], precision) == []
    assert strangers(found, precision) == [2]
    assert strangers(found[1:], precision) == [0, 1]
