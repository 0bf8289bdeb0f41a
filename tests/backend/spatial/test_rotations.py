"""Best-fit rotations: known rotations come back, and the Warp kernel agrees with the plain reference."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.device import available_devices
from headbridge.spatial.rotations import best_fit_rotations

from . import reference


@pytest.mark.parametrize("device", available_devices())
@pytest.mark.parametrize("flat", [False, True])
def test_known_rotations_come_back_from_full_and_flat_point_sets(device, flat):
    rng = np.random.default_rng(0)
    rotations = Rotation.random(700, random_state=1).as_matrix()
    points = rng.normal(size=(700, 20, 3))
    if flat:
        points[:, :, 2] = 0.0
    points -= points.mean(axis=1, keepdims=True)
    covariances = np.einsum("nij,npj,npk->nik", 3.7 * rotations, points, points)
    np.testing.assert_allclose(best_fit_rotations(covariances, device), rotations, atol=1e-9)


@pytest.mark.parametrize("device", available_devices())
def test_agrees_with_the_reference_and_never_reflects(device):
    rng = np.random.default_rng(2)
    covariances = rng.normal(size=(1000, 3, 3)) * 10.0 ** rng.uniform(-3, 3, (1000, 1, 1))
    found = best_fit_rotations(covariances, device)
    assert (np.linalg.det(covariances) < 0).sum() > 400
    np.testing.assert_allclose(np.linalg.det(found), 1.0, atol=1e-9)
    np.testing.assert_allclose(found, reference.best_fit_rotations(covariances), atol=1e-7)
