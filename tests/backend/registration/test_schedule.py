from __future__ import annotations

import numpy as np
import pytest

from headbridge.registration.job import RegisterSettings
from headbridge.registration.schedule import stages


@pytest.mark.parametrize("modelled", [True, False])
def test_stiffness_and_reach_anneal(modelled):
    plan = stages(RegisterSettings(), modelled)
    assert (np.diff([stage.bending_length for stage in plan]) < 0).all()
    assert (np.diff([stage.reach for stage in plan]) <= 0).all()
    assert (np.diff([stage.landmark for stage in plan]) <= 0).all()
    assert all(stage.iterations > 0 for stage in plan)


def test_a_statistical_start_replaces_the_coarse_stages_only():
    full, modelled = stages(RegisterSettings(), False), stages(RegisterSettings(), True)
    assert 0 < len(modelled) < len(full)
    assert full[-len(modelled) :] == modelled


def test_stiffness_scales_the_resistance_to_bending():
    plain, stiff = stages(RegisterSettings(), False), stages(RegisterSettings(stiffness=16.0), False)
    for a, b in zip(plain, stiff, strict=True):
        # The energy grows with the fourth power of the bending length.
        assert b.bending_length**4 == pytest.approx(16.0 * a.bending_length**4)
        assert b.reach == a.reach


def test_reach_scales_the_reach():
    plain, far = stages(RegisterSettings(), True), stages(RegisterSettings(reach=2.5), True)
    for a, b in zip(plain, far, strict=True):
        assert b.reach == pytest.approx(2.5 * a.reach)
        assert b.bending_length == a.bending_length
