import numpy as np
import pytest

from headbridge.fitting.photo.exposure import exposure


@pytest.fixture
def picture():
    """A dim room, a face and a white shirt."""
    picture = np.full((100, 100, 3), (0.3, 0.25, 0.2), np.float32)
    picture[20:70, 30:70] = (0.7, 0.5, 0.4)
    picture[80:] = 0.93
    return picture


def test_usual_photos_have_one_whatever_the_skin(picture):
    assert exposure(picture) == pytest.approx(1.0, abs=1e-6)
    picture[20:70, 30:70] = (0.25, 0.15, 0.1)
    assert exposure(picture) == pytest.approx(1.0, abs=1e-6)


def test_darker_photos_have_less_in_proportion(picture):
    assert exposure(0.6 * picture) == pytest.approx(0.6, abs=1e-6)


def test_what_is_left_out_has_no_say_and_nothing_is_usual(picture):
    weights = np.ones((100, 100), np.float32)
    picture[:5] = 5.0
    weights[:5] = 0.0
    assert exposure(picture, weights) == pytest.approx(1.0, abs=1e-6)
    assert exposure(picture, np.zeros((100, 100), np.float32)) == 1.0


def test_night_and_glare_are_believed_to_a_limit(picture):
    assert exposure(0.01 * picture) == pytest.approx(0.35)
    assert exposure(np.ones_like(picture)) < 1.11
