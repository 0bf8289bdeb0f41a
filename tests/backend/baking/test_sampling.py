"""Sampling: what is linear comes out exactly, means are taken in linear light, background does not bleed."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.images import Image, linear_to_srgb, srgb_to_linear
from headbridge.spatial.rasterise import rasterise_uv

from .sampled_image import sample_image


def ramp(height: int, width: int) -> Image:
    """Linear light u, v and their mean at the texel centres."""
    v, u = 1.0 - (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    v, u = np.meshgrid(v, u, indexing="ij")
    return Image(np.stack([u, v, 0.5 * (u + v)], axis=2), "linear", 32)


@pytest.mark.parametrize("filter", ["cubic", "bilinear"])
def test_a_linear_ramp_is_reproduced(filter):
    uvs = np.random.default_rng(0).uniform(0.1, 0.9, (7, 50, 2))
    values = sample_image(ramp(40, 60), uvs, filter=filter)
    np.testing.assert_allclose(values, np.dstack([uvs, uvs.mean(axis=2)]), atol=2e-6)


def test_cubic_reproduces_a_parabola_and_bilinear_does_not():
    size = 64
    u = (np.arange(size) + 0.5) / size
    parabola = Image(np.tile(u**2, (8, 1)), "linear", 32)
    uvs = np.column_stack([np.random.default_rng(1).uniform(0.1, 0.9, 100), np.full(100, 0.5)])
    truth = uvs[:, :1] ** 2
    np.testing.assert_allclose(sample_image(parabola, uvs), truth, atol=1e-6)
    assert np.abs(sample_image(parabola, uvs, filter="bilinear") - truth).max() > 3e-5


@pytest.mark.parametrize("filter", ["cubic", "bilinear"])
def test_texel_centres_give_the_texels(filter):
    pixels = np.rint(np.random.default_rng(2).random((9, 13, 4)) * 255).astype(np.float32) / 255.0
    pixels[..., 3] = np.maximum(pixels[..., 3], 0.1)
    v, u = np.meshgrid(1.0 - (np.arange(9) + 0.5) / 9, (np.arange(13) + 0.5) / 13, indexing="ij")
    values = sample_image(Image(pixels), np.dstack([u, v]), filter=filter)
    np.testing.assert_allclose(values, pixels, atol=2e-5)


@pytest.mark.parametrize("halvings", range(1, 6))
def test_a_minified_checker_has_its_mean_in_linear_light(halvings):
    size = 64
    row, column = np.mgrid[:size, :size]
    dark, light = 0.1, 0.9
    checker = Image(np.where((row + column) % 2, dark, light).astype(np.float32))
    step = 2**halvings
    centres = (np.arange(size // step) + 0.5) * step / size
    uvs = np.dstack(np.meshgrid(centres, centres))
    footprints = np.broadcast_to(np.eye(2) * [[step], [-step]], (*uvs.shape[:2], 2, 2))
    mean = float(linear_to_srgb([srgb_to_linear([dark, light]).mean()])[0])
    np.testing.assert_allclose(sample_image(checker, uvs, footprints), mean, atol=1e-5)


def test_a_stretched_footprint_keeps_the_detail_across_it():
    # Stripes along u, one texel each: a footprint of four texels along u must not mix them, one along v must.
    stripes = Image(np.tile(np.array([[0.0], [1.0]], np.float32), (16, 32)), "linear", 32)
    v = 1.0 - (np.arange(8, 24) + 0.5) / 32
    uvs = np.column_stack([np.full(16, 0.5), v])
    along = np.broadcast_to([[4.0, 0.0], [0.0, 1.0]], (16, 2, 2))
    across = np.broadcast_to([[1.0, 0.0], [0.0, 4.0]], (16, 2, 2))
    np.testing.assert_allclose(sample_image(stripes, uvs, along)[:, 0], np.arange(16) % 2, atol=1e-6)
    np.testing.assert_allclose(sample_image(stripes, uvs, across)[:, 0], 0.5, atol=1e-6)


@pytest.mark.parametrize("side", [1.0, 3.0, 20.0])
def test_background_does_not_bleed_into_a_chart(side):
    size = 128
    chart = np.array([[[0.2, 0.2], [0.7, 0.25], [0.4, 0.8]]])
    covered = rasterise_uv(chart, size).covered
    image = Image(np.where(covered[..., None], (0.5, 0.25, 0.75), (1.0, 1.0, 0.0)).astype(np.float32))
    weights = np.random.default_rng(3).dirichlet((0.4, 0.4, 0.4), 500)
    uvs = weights @ chart[0]
    footprints = np.broadcast_to(np.eye(2) * side, (500, 2, 2))
    np.testing.assert_allclose(
        sample_image(image, uvs, footprints, layout=chart), np.tile([[0.5, 0.25, 0.75]], (500, 1)), atol=1e-5
    )


def test_transparent_texels_lend_no_colour():
    pixels = np.zeros((4, 4, 4), np.float32)
    pixels[:, :2] = (1.0, 0.0, 0.0, 1.0)
    between = sample_image(Image(pixels, "linear", 32), np.array([[0.5, 0.5]]), filter="bilinear")
    np.testing.assert_allclose(between, [[1.0, 0.0, 0.0, 0.5]], atol=1e-6)


def test_cubic_stays_within_the_image_range():
    edge = Image(np.repeat([0.0, 7.0], 8)[None].repeat(8, axis=0), "linear", 32)
    uvs = np.column_stack([np.linspace(0.0, 1.0, 200), np.full(200, 0.5)])
    values = sample_image(edge, uvs)
    assert values.min() >= 0.0 and values.max() <= 7.0
