import numpy as np
import pytest
from texture_training.skin_samples import SkinSamples

from headbridge.texture.open_space import make_open_space, read_skins

SIZE = 128


@pytest.fixture(scope="module")
def space():
    return make_open_space("flame", SIZE)


def test_mixtures_are_as_varied_as_the_skins(space):
    samples = SkinSamples(space, seed=1)
    drawn = np.array([samples.coefficients() for _ in range(1500)])
    assert drawn.shape == (1500, space.count)
    skins = sum(label.startswith("skin") for label in space.labels)
    assert drawn[:, 1:skins].std(axis=0) == pytest.approx(np.ones(skins - 1), abs=0.25)
    # Lightness has its limits: no mixture is lighter than the lightest skin.
    assert drawn[:, 0].std() < 0.9


def test_textures_of_skins_outside_the_space_hold_what_it_does_not(space):
    without = make_open_space("flame", SIZE, frozenset({3}))
    assert without.count == space.count - 2
    texture = SkinSamples(without, frozenset({3}), seed=0).draw()
    names, _, pictures = read_skins("flame", SIZE)
    # The cheeks, where nothing is drawn: the skin itself and its mirror image, mixed.
    rows, columns = slice(68, 80), slice(44, 52)
    own = pictures[0, rows, columns, :, 3]
    others = [pictures[0, rows, columns, :, skin] for skin in range(len(names)) if skin != 3]
    apart = np.abs(texture[0, rows, columns] - own).mean()
    assert apart < 0.5 * np.median([np.abs(other - own).mean() for other in others])


def test_drawn_features_are_natural(space):
    samples = SkinSamples(space, seed=1)
    drawn = np.array([samples.coefficients() for _ in range(200)])
    beard = drawn[:, space.labels.index("beard")]
    assert beard.min() == 0.0 < beard.max()


def test_the_same_seed_gives_the_same_textures(space):
    first, second = (SkinSamples(space, seed=5).draw() for _ in range(2))
    assert np.array_equal(first, second)
    assert first.shape == (1, SIZE, SIZE, 3) and 0.0 <= first.min() and first.max() <= 1.0
