"""How the settings shape the stages."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.registration.job import RegisterSettings
from headbridge.registration.schedule import stages


def plan(modelled=False, given=False, **settings):
    return stages(RegisterSettings(**settings), modelled, "given" if given else "table")


@pytest.mark.parametrize("modelled", [True, False])
def test_stiffness_and_reach_anneal(modelled):
    found = plan(modelled)
    assert (np.diff([stage.bending_length for stage in found]) < 0).all()
    assert (np.diff([stage.reach for stage in found]) <= 0).all()
    assert (np.diff([stage.landmark for stage in found]) <= 0).all()
    assert all(stage.iterations > 0 for stage in found)


def test_a_statistical_start_replaces_the_coarse_stages_only():
    full, modelled = plan(False), plan(True)
    assert 0 < len(modelled) < len(full)
    assert full[-len(modelled) :] == modelled


def test_stiffness_scales_the_resistance_to_bending():
    for a, b in zip(plan(), plan(stiffness=16.0), strict=True):
        # The energy grows with the fourth power of the bending length.
        assert b.bending_length**4 == pytest.approx(16.0 * a.bending_length**4)
        assert b.reach == a.reach


def test_reach_scales_the_reach():
    for a, b in zip(plan(True), plan(True, reach=2.5), strict=True):
        assert b.reach == pytest.approx(2.5 * a.reach)
        assert b.bending_length == a.bending_length


def test_the_landmark_weight_scales_how_landmarks_hold():
    for a, b in zip(plan(), plan(landmark_weight=3.0), strict=True):
        assert b.landmark == pytest.approx(3.0 * a.landmark)
    assert all(stage.landmark == 0.0 for stage in plan(landmark_weight=0.0))


def test_pairs_of_a_user_hold_longer_than_those_of_the_tables():
    tables, users = plan(), plan(given=True)
    assert tables[-1].landmark == 0.0
    assert users[-1].landmark > 0.0
    assert all(b.landmark >= a.landmark for a, b in zip(tables, users, strict=True))
