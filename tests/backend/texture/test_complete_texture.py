"""Completing textures of which the whole is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from headbridge.errors import InputError
from headbridge.images import Image
from headbridge.texture import load_texture_space
from headbridge.texture.atlas.layout import HeadLayout
from headbridge.texture.complete_texture import complete_texture
from headbridge.texture.completion_job import CompleteTextureInput, CompleteTextureSettings
from headbridge.texture.inpainting import hidden
from headbridge.topologies import load_builtin

SIZE = 128
FIRST = (0, 0)


@pytest.fixture(scope="module")
def flame() -> HeadLayout:
    return HeadLayout(load_builtin("flame"), SIZE)


def across(layout: HeadLayout) -> np.ndarray:
    """(H, W) x of the texels, mm; NaN off the charts."""
    raster, mesh = layout.raster, layout.packed
    result = np.full(layout.shape, np.nan)
    corners = mesh.vertices[mesh.triangles[raster.triangle[layout.covered]], 0]
    result[layout.covered] = np.einsum("nk,nk->n", raster.barycentrics[layout.covered], corners)
    return result


def half(layout: HeadLayout) -> np.ndarray:
    return np.nan_to_num(across(layout)) > 0.0


def completed(pixels: np.ndarray, known: np.ndarray, method: str = "symmetric", **kind):
    inputs = CompleteTextureInput({FIRST: Image(pixels, name="a.png", **kind)}, {FIRST: known.astype(np.float32)})
    return complete_texture(inputs, CompleteTextureSettings(method=method))


def decibels(error: np.ndarray) -> float:
    return float(-10.0 * np.log10((error**2).mean()))


def even_skin(layout: HeadLayout) -> np.ndarray:
    """(H, W, 3), the same on both sides."""
    x = np.abs(np.nan_to_num(across(layout)))[..., None]
    return (np.array([0.7, 0.5, 0.4]) - 0.001 * x).astype(np.float32)


def test_the_other_half_comes_back_and_the_known_one_is_untouched(flame):
    truth, known = even_skin(flame), half(flame)
    result = completed(np.where(known[..., None], truth, 0.0), known, bits=16)
    found, skin = result.images[FIRST].pixels, flame.covered & (np.abs(np.nan_to_num(across(flame))) < 60.0)
    assert np.median(np.abs(found - truth)[skin & ~known]) < 0.01
    deep = np.nan_to_num(across(flame)) > 20.0
    assert np.array_equal(found[deep], truth[deep])
    assert result.images[FIRST].bits == 16
    assert result.metrics["hidden"] == pytest.approx((flame.covered & ~known).sum() / flame.covered.sum())


@pytest.mark.slow
def test_the_space_knows_how_halves_differ(flame):
    space = load_texture_space("open", "flame", hidden.SIZE)
    chosen = np.zeros(space.count)
    chosen[[1, 3, 6]] = 1.5, -1.5, 1.5
    truth = space.image(chosen, SIZE)[FIRST].pixels
    known = half(flame)
    off = {
        method: decibels((completed(truth, known, method).images[FIRST].pixels - truth)[flame.covered & ~known])
        for method in ("kriging", "symmetric")
    }
    assert off["kriging"] > off["symmetric"] + 2.0 and off["kriging"] > 30.0


def test_two_tiles_are_completed_together():
    layout = HeadLayout(load_builtin("hack"), SIZE)
    truth, known = layout.packing.split(even_skin(layout)), layout.packing.split(half(layout))
    images = {tile: Image(np.where(known[tile][..., None], truth[tile], 0.0)) for tile in layout.packing.tiles}
    inputs = CompleteTextureInput(images, known)
    result = complete_texture(inputs, CompleteTextureSettings(layout="hack", method="symmetric"))
    skin = layout.packing.split(layout.covered & (np.abs(np.nan_to_num(across(layout))) < 60.0))
    for tile, image in result.images.items():
        assert np.median(np.abs(image.pixels - truth[tile])[skin[tile] & ~known[tile]]) < 0.01


@pytest.mark.parametrize("channels", [1, 4])
def test_grey_and_transparent_linear_images_stay_of_their_kind(flame, channels):
    known = half(flame)
    pixels = np.full((SIZE, SIZE, channels), 0.25, np.float32)
    # Brighter than white: kept where it is known.
    pixels[known] = 1.5
    pixels[..., -1] = known if channels == 4 else pixels[..., -1]
    image = completed(pixels, known, encoded="linear", bits=32).images[FIRST]
    assert (image.encoded, image.bits, image.channels) == ("linear", 32, channels)
    deep = np.nan_to_num(across(flame)) > 20.0
    assert np.array_equal(image.pixels[deep], pixels[deep])
    if channels == 4:
        assert (image.pixels[..., 3][flame.covered] == 1.0).all()


def test_a_whole_texture_is_returned_as_it_is():
    pixels = np.random.default_rng(0).uniform(size=(SIZE, SIZE, 3)).astype(np.float32)
    result = completed(pixels, np.ones((SIZE, SIZE)), "kriging")
    assert np.array_equal(result.images[FIRST].pixels, pixels)
    assert result.metrics["hidden"] == 0.0 and "Nothing of the texture is hidden" in result.notes[0]


def test_a_texture_that_covers_other_places_is_doubted(flame):
    beside, some = ~binary_dilation(flame.covered, iterations=2), np.zeros((SIZE, SIZE), bool)
    some[:, : SIZE // 2] = True
    few = half(flame) & (np.indices((SIZE, SIZE))[0] > 125)
    grey = np.full((SIZE, SIZE, 3), 0.5, np.float32)
    with pytest.raises(InputError, match="lies beside the charts of the layout"):
        completed(grey, (beside & some) | few)
    assert "lies beside the charts" in completed(grey, some).notes[0]
    # Who draws a mask may leave all around the charts white.
    assert completed(grey, ~flame.covered | half(flame)).notes == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda i: replace(i, known={FIRST: np.ones((64, 64))}), "has 128 x 128 texels, but its mask 64 x 64"),
        (lambda i: replace(i, known={FIRST: np.zeros((SIZE, SIZE))}), "hides the whole texture"),
        (lambda i: replace(i, head=load_builtin("hack")), "no image for 1002; give one for every tile"),
        (lambda i: replace(i, head=load_builtin("lee-perry-smith")), "is no head of a known topology"),
        (lambda i: replace(i, head=load_builtin("makehuman")), "knows the layouts flame and hack, not that of"),
        (
            lambda i: replace(i, images={FIRST: Image(np.ones((64, SIZE, 3)))}, known={FIRST: np.ones((64, SIZE))}),
            "square and of one size",
        ),
    ],
)
def test_wrong_input_is_told(change, message):
    inputs = CompleteTextureInput({FIRST: Image(np.ones((SIZE, SIZE, 3)))}, {FIRST: np.ones((SIZE, SIZE))})
    with pytest.raises(InputError, match=message):
        complete_texture(change(inputs))
