"""The sRGB transfer curve against its standard."""

from __future__ import annotations

import numpy as np

from headbridge.images import linear_to_srgb, srgb_to_linear


def test_values_of_the_standard():
    srgb = np.array([0.0, 0.02, 0.04045, 0.5, 188 / 255, 1.0])
    linear = np.array([0.0, 0.02 / 12.92, 0.04045 / 12.92, 0.2140411, 0.5028865, 1.0])
    np.testing.assert_allclose(srgb_to_linear(srgb), linear, rtol=2e-6)
    np.testing.assert_allclose(linear_to_srgb(linear), srgb, rtol=2e-6)


def test_both_pieces_meet():
    around = np.array([0.04045 - 1e-6, 0.04045 + 1e-6])
    below, above = srgb_to_linear(around)
    assert 0.0 < above - below < 1e-6


def test_there_and_back_keeps_every_16_bit_value():
    values = (np.arange(65536, dtype=np.float64) / 65535.0).astype(np.float32).reshape(256, 256)
    back = linear_to_srgb(srgb_to_linear(values))
    assert back.dtype == np.float32 and back.shape == values.shape
    np.testing.assert_array_equal(np.rint(back * 65535), np.arange(65536).reshape(256, 256))


def test_values_beyond_one_follow_the_curve():
    np.testing.assert_allclose(srgb_to_linear([2.0]), ((2.0 + 0.055) / 1.055) ** 2.4, rtol=1e-6)
    np.testing.assert_allclose(srgb_to_linear([-0.1]), -0.1 / 12.92, rtol=1e-6)
