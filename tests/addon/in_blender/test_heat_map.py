"""The heat map's colours, linear and as they are drawn."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def heat_map(addon):
    return addon("heat_map")


def test_colours_run_from_blue_to_red_and_unknown_is_grey(heat_map):
    rgba = heat_map.colours(np.array([0.0, 0.33, 1.0, 5.0, np.nan]), 1.0)
    np.testing.assert_allclose(rgba[0, :3], heat_map.STOPS[0][1], atol=1e-6)
    np.testing.assert_allclose(rgba[1, :3], heat_map.STOPS[1][1], atol=1e-6)
    np.testing.assert_allclose(rgba[2, :3], heat_map.STOPS[3][1], atol=1e-6)
    np.testing.assert_array_equal(rgba[3], rgba[2])
    np.testing.assert_allclose(rgba[4, :3], heat_map.UNKNOWN, atol=1e-6)
    np.testing.assert_array_equal(rgba[:, 3], 1.0)


def test_drawn_colours_are_the_linear_ones_encoded(heat_map):
    drawn, linear = (each(np.array([0.0, 0.3, np.nan]), 1.0) for each in (heat_map.display_colours, heat_map.colours))
    # sRGB's own example: linear 0.18, the grey of what is not measured, is 0.4613 when encoded.
    np.testing.assert_allclose(drawn[2], (0.46135, 0.46135, 0.46135, 1.0), atol=1e-4)
    decoded = ((drawn[:2, :3] + 0.055) / 1.055) ** 2.4
    np.testing.assert_allclose(decoded, linear[:2, :3], atol=1e-5)
