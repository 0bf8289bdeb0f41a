"""Baking between layouts: affine maps are exact, tiles are kept, what has no counterpart is filled."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge import memory
from headbridge.baking import BakeSettings
from headbridge.baking.bake import bake
from headbridge.errors import Cancelled, InputError
from headbridge.images import Image, linear_to_srgb, srgb_to_linear
from headbridge.progress import Progress
from headbridge.topologies import load_builtin

SQUARE = np.array([[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]], [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]]])
RED, GREEN = (0.8, 0.1, 0.1), (0.1, 0.7, 0.2)


def plain(colour, size: int = 16) -> Image:
    return Image(np.full((size, size, 3), colour, np.float32))


def centres(size: int) -> np.ndarray:
    """(H, W, 2) UVs of the texel centres."""
    along = (np.arange(size) + 0.5) / size
    return np.dstack(np.meshgrid(along, along[::-1]))


@pytest.mark.parametrize("filter", ["cubic", "bilinear"])
def test_a_linear_ramp_is_exact_through_an_affine_map(filter):
    ramp = np.dstack([centres(200), np.full((200, 200), 0.25)])
    rotation = np.array([[0.5, -0.3], [0.2, 0.6]])
    offset = (0.35, 0.15)
    settings = BakeSettings(size=64, filter=filter)
    baked = bake(SQUARE, SQUARE @ rotation.T + offset, {(0, 0): Image(ramp, "linear", 32)}, settings)[0, 0]
    expected = centres(64) @ rotation.T + offset
    np.testing.assert_allclose(baked.image.pixels[..., :2], expected, atol=5e-6)
    np.testing.assert_allclose(baked.image.pixels[..., 2], 0.25, atol=1e-6)
    assert (baked.mask == 255).all() and baked.covered == baked.sampled == 64 * 64 and baked.covered_twice == 0
    assert (baked.image.encoded, baked.image.bits) == ("linear", 32)


@pytest.mark.parametrize("bits", [8, 16])
def test_the_same_layout_gives_the_same_picture(bits):
    largest = 2**bits - 1
    values = np.random.default_rng(bits).integers(0, largest + 1, (64, 64, 3))
    image = Image(values / largest, "sRGB", bits)
    baked = bake(SQUARE, SQUARE, {(0, 0): image}, BakeSettings(size=64))[0, 0].image
    np.testing.assert_array_equal(np.rint(baked.pixels * largest), values)
    assert (baked.encoded, baked.bits) == ("sRGB", bits)


def test_minification_averages_linear_light():
    values = np.random.default_rng(4).random((64, 64, 1)).astype(np.float32)
    baked = bake(SQUARE, SQUARE, {(0, 0): Image(values)}, BakeSettings(size=16))[0, 0].image
    means = srgb_to_linear(values).reshape(16, 4, 16, 4).mean(axis=(1, 3))
    np.testing.assert_allclose(baked.pixels[..., 0], linear_to_srgb(means), atol=1e-5)


def test_target_tiles_are_kept_and_source_tiles_found():
    target = np.concatenate([SQUARE * 0.5 + (0.25, 0.25), SQUARE * 0.5 + (3.25, 1.25)])
    source = np.concatenate([SQUARE + (1.0, 0.0), SQUARE])
    images = {(0, 0): plain(RED), (1, 0): plain(GREEN, 8)}
    baked = bake(target, source, images, BakeSettings(size=32, padding=4))
    assert list(baked) == [(0, 0), (3, 1)]
    for tile, colour in (((0, 0), GREEN), ((3, 1), RED)):
        inside = baked[tile].mask == 255
        assert inside[8:24, 8:24].all() and inside.sum() == 16 * 16
        np.testing.assert_allclose(baked[tile].image.pixels[inside], np.tile([colour], (256, 1)), atol=1e-6)


def test_padding_surrounds_the_charts_and_leaves_the_rest_black():
    target = SQUARE * 0.25 + 0.5
    settings = [BakeSettings(size=64, padding=padding) for padding in (0, 5)]
    image = Image(np.random.default_rng(8).random((32, 32, 3)))
    bare, padded = (bake(target, SQUARE, {(0, 0): image}, setting)[0, 0] for setting in settings)
    inside = bare.mask == 255
    np.testing.assert_array_equal(bare.image.pixels[inside], padded.image.pixels[inside])
    np.testing.assert_array_equal(bare.mask, padded.mask)
    assert not bare.image.pixels[~inside].any()
    row = padded.image.pixels[24]
    assert row[27:53].all() and not row[:27].any() and not row[53:].any()


def test_what_lies_outside_the_source_layout_takes_the_nearest_colour():
    # The left half of the target looks at a chart of the source, the right half at background.
    left, right = SQUARE * (0.5, 1.0), SQUARE * (0.5, 1.0) + (0.5, 0.0)
    chart = SQUARE * 0.25
    image = np.zeros((64, 64, 3), np.float32)
    image[48:, :16] = RED
    baked = bake(
        np.concatenate([left, right]),
        np.concatenate([chart, chart + (0.6, 0.6)]),
        {(0, 0): Image(image)},
        BakeSettings(size=32),
        source_layout=chart,
    )[0, 0]
    assert (baked.mask == 255).all()
    assert (baked.covered, baked.sampled) == (32 * 32, 32 * 16)
    np.testing.assert_allclose(baked.image.pixels, np.broadcast_to(RED, (32, 32, 3)), atol=1e-5)


def test_overlapping_triangles_are_counted():
    baked = bake(np.concatenate([SQUARE, SQUARE[:1]]), np.concatenate([SQUARE, SQUARE[:1]]), {(0, 0): plain(RED)},
                 BakeSettings(size=16))[0, 0]  # fmt: skip
    assert baked.covered == 256 and 112 <= baked.covered_twice <= 136


def test_a_real_layout_onto_itself_keeps_its_texels():
    mesh = load_builtin("flame")
    layout = mesh.uvs[mesh.triangle_corners]
    image = Image(np.random.default_rng(9).integers(0, 256, (256, 256, 3)) / 255.0)
    baked = bake(layout, layout, {(0, 0): image}, BakeSettings(size=256), source_layout=layout)[0, 0]
    covered = baked.mask == 255
    assert covered.sum() == baked.sampled == 58_515
    assert np.abs(baked.image.pixels - image.pixels)[covered].max() < 0.5 / 255.0


def test_images_of_different_kinds_and_none_are_refused():
    with pytest.raises(InputError, match="no image"):
        bake(SQUARE, SQUARE, {}, BakeSettings(size=16))
    images = {(0, 0): plain(RED), (1, 0): Image(np.zeros((4, 4, 4), np.float32))}
    with pytest.raises(InputError, match="differ in channels"):
        bake(SQUARE, SQUARE, images, BakeSettings(size=16))


def test_a_size_that_does_not_fit_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "available_memory_bytes", lambda: 2**30)
    with pytest.raises(InputError, match="a texture of 8192 does not fit in memory: it needs"):
        bake(SQUARE, SQUARE, {(0, 0): plain(RED)}, BakeSettings(size=8192))


def test_a_source_that_does_not_fit_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "available_memory_bytes", lambda: 2**16)
    with pytest.raises(InputError, match="image: an image of 64 x 64 does not fit in memory"):
        bake(SQUARE, SQUARE, {(0, 0): plain(RED, 64)}, BakeSettings(size=16))


@pytest.mark.slow
def test_stops_within_bands_when_asked():
    asked = []

    def should_stop():
        asked.append(True)
        return len(asked) == 5

    with pytest.raises(Cancelled):
        bake(SQUARE, SQUARE, {(0, 0): plain(RED)}, BakeSettings(size=1536), progress=Progress(should_stop=should_stop))
    assert len(asked) == 5


@pytest.mark.slow
def test_progress_runs_from_start_to_end():
    told = []
    listener = Progress(lambda fraction, message, _: told.append((fraction, message)))
    bake(SQUARE, SQUARE, {(0, 0): plain(RED)}, BakeSettings(size=1536), progress=listener)
    fractions = [fraction for fraction, _ in told]
    assert len(told) > 8 and fractions == sorted(fractions)
    assert {message for _, message in told} >= {"Preparing the image", "Baking", "Padding the edges"}
