"""Fits of all people that know what kind of people there are."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.fitting.heads import load_head
from headbridge.fitting.job import FitLandmarksSettings, LandmarkPoints
from headbridge.fitting.landmarks3d import fit_landmarks3d
from headbridge.fitting.likely_people import likely_head, likely_people
from headbridge.fitting.posable import HeadState, Posed
from headbridge.fitting.result import state_of
from headbridge.models.people.handles import load_handles
from headbridge.models.people.kinds import LikelyPeople, load_kinds
from headbridge.models.people.person import Person
from headbridge.topologies import load_topology


@pytest.fixture(scope="module")
def people():
    return load_head("flame", identities="people")


def test_a_head_counted_from_likely_people_is_the_same_head(people):
    random = np.random.default_rng(1)
    root = np.tril(random.normal(size=(120, 120))) * 0.05 + np.eye(120)
    likely = likely_head(people, LikelyPeople(random.normal(size=120), root, {}))
    given = {"identity": random.normal(size=300), "expression": random.uniform(size=55), "jaw": np.array([0.2, 0, 0])}
    state = state_of(people, given)
    other = likely.into(state)
    np.testing.assert_allclose(Posed(likely.head, other).vertices(), Posed(people, state).vertices(), atol=1e-8)
    np.testing.assert_allclose(Posed(likely.head, other).joints, Posed(people, state).joints, atol=1e-8)
    np.testing.assert_allclose(likely.back(other).coefficients, state.coefficients, atol=1e-9)
    # The likely mean is the middle of the new coordinates.
    middle = likely.back(HeadState(np.zeros(355), state.rotations, state.translation, 0.0))
    np.testing.assert_array_equal(middle.coefficients[1:121], likely.people.mean)


def test_what_else_moves_is_left_open():
    """Against the covariance of all unknowns together, of which the shapes' block is that of the shapes alone."""
    random = np.random.default_rng(2)
    rows = random.normal(size=(400, 305))
    curvature, slope, at = rows.T @ rows / 100.0, random.normal(size=305), random.normal(size=300)
    found = likely_people(curvature, slope, at)
    shapes, others = np.arange(1, 121), np.r_[0, 121:300]
    whole = curvature.copy()
    whole[others, others] += 1.0
    covariance = np.linalg.inv(whole)
    mean = covariance @ (slope + curvature[:, :300] @ at)
    precision = np.linalg.inv(covariance[np.ix_(shapes, shapes)])
    wanted = load_kinds().given(precision, precision @ mean[shapes])
    assert found.shares == pytest.approx(wanted.shares, abs=1e-6)
    np.testing.assert_allclose(found.mean, wanted.mean, atol=1e-6)


@pytest.mark.parametrize(("years", "kinds"), [(1.5, {"baby"}), (30.0, {"adult", "scanned adult"}), (85.0, {"old"})])
def test_landmarks_tell_what_kind_of_person_it_is(people, years, kinds, monkeypatch):
    handles, random = load_handles(), np.random.default_rng(5)
    who = Person(years, 0.5, (0.2, 0.3, 0.5))
    identity = handles.identity(handles.random_shape(who, random, 0.7, 2.0))
    head = Posed(people, state_of(people, {"identity": identity})).vertices()
    table = load_topology("flame")
    points = table.landmarks_51.evaluate(head) + random.normal(0.0, 0.3, (51, 3))
    seen = []

    def noted(*given):
        seen.append(likely_people(*given))
        return seen[-1]

    monkeypatch.setattr("headbridge.fitting.landmarks3d.likely_people", noted)
    settings = FitLandmarksSettings(model="open-flame", identities="people", expression=False)
    found = fit_landmarks3d(LandmarkPoints(points), settings)
    assert sum(seen[0].shares[kind] for kind in kinds) > 0.5
    error = np.linalg.norm(found.vertices - head, axis=1)[table.regions["narrow_face"]].mean()
    assert error < 2.0 and found.version == "all people 2" and found.coefficients["identity"].shape == (300,)
