import numpy as np
import pytest

from headbridge.texture.open_space import make_open_space
from headbridge.texture.plausible import plausible_coefficients, plausible_range

SIZE = 128


@pytest.fixture(scope="module")
def space():
    return make_open_space("flame", SIZE)


@pytest.fixture(scope="module")
def drawn(space):
    return plausible_coefficients(space.labels, np.random.default_rng(0).normal(size=(3000, space.count)))


def test_natural_brows_and_beards_are_never_lighter_than_the_skin(space, drawn):
    mean = space.mean.mean(axis=-1)
    for label in ("beard", "moustache"):
        number = space.labels.index(label)
        assert drawn[:, number].min() == 0.0
        assert 0.7 < (drawn[:, number] == 0.0).mean() < 0.95
    number = space.labels.index("brows: darker")
    # The skin beside the brows, and the lightest natural brows.
    brow = space.components[..., number].mean(axis=-1)
    lightest = mean + drawn[:, number].min() * brow
    within = brow < 0.9 * brow.min()
    assert lightest[within].mean() < mean[0, SIZE // 4 : SIZE // 3, SIZE * 15 // 32 : SIZE * 17 // 32].mean()


def test_natural_skins_are_as_dark_and_light_as_the_spaces_own(drawn):
    assert -1.5 < drawn[:, 0].min() < -1.2 and 0.8 < drawn[:, 0].max() < 1.1


def test_coefficients_bend_only_at_one_standard_deviation(space):
    line = np.linspace(-3.0, 3.0, 601)
    values = plausible_coefficients(space.labels, np.repeat(line[:, None], space.count, axis=1))
    bends = np.abs(np.diff(values, n=2, axis=0)).max(axis=1) > 1e-5
    assert {round(abs(x), 2) for x in line[1:-1][bends]} == {1.0}
    assert (np.diff(values, axis=0) >= -1e-6).all()


def test_a_label_of_another_space_is_unknown():
    with pytest.raises(KeyError):
        plausible_range("freckles")
