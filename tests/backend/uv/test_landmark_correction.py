"""The landmarks' shift: a Gaussian process, against its closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.uv.landmark_correction import landmark_shift

NOISE, REACH = 0.02, 12.0


def test_without_landmarks_nothing_shifts():
    shift = landmark_shift(np.ones((4, 3)), np.zeros((0, 3)), np.zeros((0, 2)))
    np.testing.assert_array_equal(shift, np.zeros((4, 2)))


def test_one_landmark_is_followed_by_its_surroundings():
    residual = np.array([[0.01, -0.02]])
    away = np.array([0.0, 5.0, 12.0, 40.0, 150.0])
    places = away[:, None] * [0.6, 0.0, 0.8]
    shift = landmark_shift(places, np.zeros((1, 3)), residual)
    # Matern 3/2 over the variance with its noise.
    scaled = np.sqrt(3.0) * away / REACH
    expected = (1.0 + scaled) * np.exp(-scaled) / (1.0 + NOISE)
    np.testing.assert_allclose(shift, expected[:, None] * residual, rtol=1e-12)
    assert np.abs(shift[-1]).max() < 1e-9


def test_landmarks_far_from_each_other_do_not_know_of_each_other():
    places = np.array([[0.0, 0.0, 0.0], [400.0, 0.0, 0.0], [0.0, 400.0, 0.0]])
    residuals = np.random.default_rng(0).normal(size=(3, 2))
    np.testing.assert_allclose(landmark_shift(places, places, residuals), residuals / (1.0 + NOISE), rtol=1e-9)


def test_residuals_are_met_to_a_few_hundredths():
    rng = np.random.default_rng(1)
    places = rng.uniform(-50.0, 50.0, (51, 3))
    residuals = rng.normal(size=(51, 2))
    left = residuals - landmark_shift(places, places, residuals)
    # Of white residuals, the least smooth there are, the noise leaves a fraction.
    assert np.sqrt((left**2).mean()) < 0.1 * np.sqrt((residuals**2).mean())


def test_a_duplicate_landmark_is_averaged():
    shift = landmark_shift(np.zeros((1, 3)), np.zeros((2, 3)), np.array([[1.0, 0.0], [3.0, 0.0]]))
    assert shift[0, 0] == pytest.approx(4.0 / (2.0 + NOISE))
