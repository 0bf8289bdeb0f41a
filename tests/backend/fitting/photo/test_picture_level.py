import numpy as np

from headbridge.fitting.photo.picture_level import picture_level
from headbridge.fitting.photo.view import Screen

SCREEN = Screen.whole(80, 60)


def ramp() -> np.ndarray:
    rows, columns = np.mgrid[:60, :80]
    return np.stack([0.01 * columns, 0.01 * rows, 0.005 * (rows + columns)], axis=2).astype(np.float32)


def test_a_ramp_stays_where_it_was_at_every_scale():
    box = np.array([10.0, 8.0, 60.0, 48.0])
    for scale in (1.0, 0.5, 0.37):
        level = picture_level(ramp(), None, SCREEN, box, scale)
        assert level.weights.min() == 1.0
        place = np.array([[30.0, 25.0]])
        inside = level.screen.centre + scale * (place - SCREEN.centre)
        np.testing.assert_allclose(level.at(inside), [[0.295, 0.245, 0.27]], atol=2e-4)


def test_slopes_are_those_between_the_pixels():
    pixels = np.random.default_rng(0).random((20, 24, 3)).astype(np.float32)
    level = picture_level(pixels, None, Screen.whole(24, 20), np.array([0.0, 0.0, 24.0, 20.0]), 1.0)
    place, step = np.array([[7.5, 9.5]]), 1e-3
    np.testing.assert_allclose(level.at(place)[0], pixels[9, 7], atol=1e-6)
    for axis in range(2):
        offset = step * np.eye(2)[axis]
        change = (level.at(place + offset) - level.at(place - offset))[0] / (2.0 * step)
        np.testing.assert_allclose(level.slopes[9, 7, :, axis], change, atol=1e-3)


def test_nothing_is_known_outside_the_photo_or_where_it_is_masked():
    mask = np.ones((60, 80), np.float32)
    mask[20:40, 20:40] = 0.0
    level = picture_level(ramp(), mask, SCREEN, np.array([-10.0, 0.0, 60.0, 60.0]), 1.0)
    assert level.weights[:, :10].max() == 0.0
    assert level.weights[30, 40] == 0.0
    assert level.weights[10, 60] == 1.0
