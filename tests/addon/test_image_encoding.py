"""The add-on's PNG and OpenEXR files hold exactly the pixels given, read by the backend's own readers."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from headbridge.images import read_image
from headbridge.images.colour import linear_to_srgb

_FILE = Path(__file__).resolve().parent.parent.parent / "addon" / "image_encoding.py"
_spec = importlib.util.spec_from_file_location("headbridge_image_encoding", _FILE)
image_encoding = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(image_encoding)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_png(tmp_path, channels, kind):
    largest = np.iinfo(kind).max
    pixels = np.random.default_rng(0).integers(0, largest, (5, 7, channels), dtype=kind, endpoint=True)
    (tmp_path / "image.png").write_bytes(image_encoding.png_file(pixels))
    image = read_image(tmp_path / "image.png")
    assert (image.encoded, image.bits) == ("sRGB", 8 * pixels.itemsize)
    np.testing.assert_array_equal(np.rint(image.pixels * largest), pixels)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(("kind", "bits"), [(np.float16, 16), (np.float32, 32)])
def test_exr(tmp_path, channels, kind, bits):
    pixels = np.random.default_rng(0).normal(0.0, 5.0, (5, 7, channels)).astype(kind)
    (tmp_path / "image.exr").write_bytes(image_encoding.exr_file(pixels))
    image = read_image(tmp_path / "image.exr")
    assert (image.encoded, image.bits) == ("linear", bits)
    np.testing.assert_array_equal(image.pixels, pixels.astype(np.float32))


def test_rows_that_lie_backwards_in_memory(tmp_path):
    pixels = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    (tmp_path / "image.png").write_bytes(image_encoding.png_file(pixels[::-1]))
    np.testing.assert_array_equal(np.rint(read_image(tmp_path / "image.png").pixels * 255.0)[::-1], pixels)


def test_srgb_curve():
    linear = np.linspace(0.0, 1.0, 1001)
    np.testing.assert_allclose(image_encoding.srgb_encoded(linear), linear_to_srgb(linear), atol=1e-6)
    np.testing.assert_allclose(image_encoding.srgb_decoded(image_encoding.srgb_encoded(linear)), linear, atol=1e-6)
    # IEC 61966-2-1: middle grey of 21.4 % is 0.5; the two pieces meet.
    assert image_encoding.srgb_encoded(np.array([0.21404114]))[0] == pytest.approx(0.5, abs=1e-6)
