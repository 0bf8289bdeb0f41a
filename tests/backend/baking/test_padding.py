"""Edge padding: the nearest covered texel's colour, nothing that was covered touched."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from headbridge.baking.padding import pad_image


@pytest.fixture(scope="module")
def spots():
    """A picture with a colour of its own in every texel, and a mask of scattered texels and one disc."""
    height, width = 90, 130
    pixels = np.random.default_rng(5).random((height, width, 3)).astype(np.float32)
    row, column = np.mgrid[:height, :width]
    covered = np.random.default_rng(6).random((height, width)) < 0.003
    return pixels, covered | ((row - 60) ** 2 + (column - 90) ** 2 < 15**2)


@pytest.mark.parametrize("padding", [0, 1, 7, 500])
def test_takes_the_nearest_covered_colour_within_reach(spots, padding):
    pixels, covered = spots
    padded = pad_image(pixels, covered, padding)
    distance = distance_transform_edt(~covered)
    untouched = covered | (distance > padding + 1e-6)
    np.testing.assert_array_equal(padded[untouched], pixels[untouched])
    # Several covered texels may be equally near: the colour must be that of one at the exact distance.
    colour_place = {pixels[place].tobytes(): place for place in zip(*np.nonzero(covered))}
    for place in zip(*np.nonzero(~untouched)):
        origin = colour_place[padded[place].tobytes()]
        assert np.hypot(origin[0] - place[0], origin[1] - place[1]) == pytest.approx(distance[place])


def test_nothing_covered_pads_nothing(spots):
    pixels, _ = spots
    np.testing.assert_array_equal(pad_image(pixels, np.zeros(pixels.shape[:2], bool), 20), pixels)
