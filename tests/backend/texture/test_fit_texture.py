"""Given textures found in spaces and generators: what is known of them comes back, and errors are the true ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headbridge.errors import InputError
from headbridge.images import Image
from headbridge.texture.choice import load_textures
from headbridge.texture.fit_job import FitTextureInput, FitTextureSettings
from headbridge.texture.fit_texture import fit_texture
from headbridge.texture.load import load_texture_space
from headbridge.texture.plausible import plausible_coefficients
from headbridge.texture.stylegan import Generator, GeneratorShape, save_generator
from headbridge.texture.stylegan.generated_space import load_generated_space

SETTINGS = FitTextureSettings(size=128)


@pytest.fixture(scope="module")
def skin():
    """Coefficients of the open space and their texture."""
    space = load_texture_space("open", "flame", 128)
    coefficients = plausible_coefficients(space.labels, np.random.default_rng(4).standard_normal(space.count))
    return coefficients, space.image(coefficients)


def test_a_spaces_own_texture_gives_its_coefficients(skin):
    coefficients, images = skin
    result = fit_texture(FitTextureInput(images), SETTINGS)
    np.testing.assert_allclose(result.model.coefficients, coefficients, atol=0.02)
    assert result.metrics["psnr"] > 60.0 and result.metrics["known"] == 1.0
    assert result.metrics["psnr_of_middle"] < 25.0
    np.testing.assert_allclose(result.differences[0, 0].pixels, 0.5, atol=0.01)


def test_what_is_hidden_does_not_count(skin):
    coefficients, images = skin
    known = np.zeros((128, 128))
    known[:, 64:] = 1.0
    painted = images[0, 0].pixels.copy()
    painted[:, :64] = (0.0, 1.0, 0.0)
    result = fit_texture(FitTextureInput({(0, 0): Image(painted)}, {(0, 0): known}), SETTINGS)
    np.testing.assert_allclose(result.model.coefficients, coefficients, atol=0.1)
    assert result.metrics["psnr"] > 50.0 and 0.3 < result.metrics["known"] < 0.7
    np.testing.assert_array_equal(result.differences[0, 0].pixels[:, :64], 0.5)


def test_what_the_space_does_not_have_is_the_error(skin):
    _, images = skin
    noise = np.random.default_rng(1).normal(0.0, 0.05, images[0, 0].pixels.shape).astype(np.float32)
    noisy = np.clip(images[0, 0].pixels + noise, 0.0, 1.0)
    result = fit_texture(FitTextureInput({(0, 0): Image(noisy)}), SETTINGS)
    # Few of some ten thousand numbers are the space's: the noise is left, -20 log10 0.05 dB.
    assert result.metrics["psnr"] == pytest.approx(26.0, abs=0.4)


def test_a_layout_of_several_tiles():
    space = load_texture_space("open", "hack", 64)
    coefficients = plausible_coefficients(space.labels, np.random.default_rng(5).standard_normal(space.count))
    images = space.image(coefficients, 128)
    assert len(images) > 1
    result = fit_texture(FitTextureInput(images), FitTextureSettings(layout="hack", size=64))
    assert result.images.keys() == images.keys() and result.metrics["psnr"] > 40.0
    with pytest.raises(InputError, match="there is no image for 1002"):
        fit_texture(FitTextureInput({(0, 0): images[0, 0]}), FitTextureSettings(layout="hack"))


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    torch.manual_seed(1)
    path = tmp_path_factory.mktemp("generator") / "small.safetensors"
    save_generator(path, Generator(GeneratorShape(6, 8, 2, (8, 8, 8, 8, 8))), "flame")
    return str(path)


@pytest.mark.slow
def test_a_generators_own_texture_is_found_and_its_sliders_make_the_same(generator):
    made = load_generated_space(generator, "flame", 8).image(np.array([1.0, -0.5, 0.3]), 64)
    settings = FitTextureSettings(space=generator, size=64, latents="w", prior=0.0)
    result = fit_texture(FitTextureInput(made), settings)
    assert result.metrics["psnr"] > 45.0 > 30.0 > result.metrics["psnr_of_middle"]
    again = load_textures(generator, "flame", 64, 8).image(result.model.coefficients, 64, result.model.styles)
    np.testing.assert_array_equal(again[0, 0].pixels, result.images[0, 0].pixels)


def test_a_mask_that_hides_everything_is_told(skin):
    _, images = skin
    with pytest.raises(InputError, match="hides the whole texture"):
        fit_texture(FitTextureInput(images, {(0, 0): np.zeros((128, 128))}), SETTINGS)
