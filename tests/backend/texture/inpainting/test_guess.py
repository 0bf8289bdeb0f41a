import numpy as np
import pytest

from headbridge.texture.inpainting.guess import likeliest_texture
from headbridge.texture.space import TextureSpace


def small_space(count: int = 4, size: int = 24) -> TextureSpace:
    rng = np.random.default_rng(0)
    components = 0.1 * rng.normal(size=(1, size, size, 3, count)).astype(np.float32)
    mean = (0.5 + 0.1 * rng.normal(size=(1, size, size, 3))).astype(np.float32)
    return TextureSpace("flame", "small", ((0, 0),), mean, components, tuple(f"skin {n}" for n in range(count)))


def test_a_texture_of_the_space_is_found_from_half_of_it():
    space = small_space()
    truth = space.colours(np.array([1.0, -0.5, 0.3, 2.0]))
    known = np.zeros((1, 24, 24))
    known[:, :, :12] = 1.0
    spoiled = np.where(known[..., None] > 0.0, truth, 9.0)
    found = likeliest_texture(space, spoiled, known)
    start = np.abs(space.mean - truth)[:, :, 12:].mean()
    assert np.abs(found - truth)[:, :, 12:].mean() < 0.05 * start


def test_another_tone_is_followed_and_nothing_known_gives_the_mean():
    space = small_space()
    truth = space.mean * (1.1, 1.0, 0.9)
    found = likeliest_texture(space, truth, np.ones((1, 24, 24)))
    assert np.abs(found - truth).mean() < 0.1 * np.abs(space.mean - truth).mean()
    assert likeliest_texture(space, truth, np.zeros((1, 24, 24))) == pytest.approx(space.mean, abs=1e-6)


def test_pictures_of_something_else_move_the_guess_little():
    space, rng = small_space(), np.random.default_rng(1)
    known = np.zeros((1, 24, 24))
    known[:, :, :12] = 1.0
    foreign = space.mean + 0.15 * rng.normal(size=space.mean.shape)
    moved = np.abs(likeliest_texture(space, foreign, known) - space.mean).mean()
    own = space.colours(rng.normal(size=4))
    assert moved < 0.1 * np.abs(likeliest_texture(space, own, known) - space.mean).mean()
