"""Image files: what was written comes back exactly; what cannot be read or written is named in one line."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from headbridge import memory
from headbridge.errors import InputError
from headbridge.images import Image, check_writable, read_image, read_photo, srgb_to_linear, write_image


def picture(channels: int, encoded: str, bits: int) -> Image:
    values = np.random.default_rng(channels * bits).random((11, 23, channels))
    if encoded == "sRGB":
        largest = 2**bits - 1
        return Image(np.rint(values * largest).astype(np.float32) / np.float32(largest), encoded, bits)
    values = (values - 0.25) * 40.0
    return Image(values.astype(np.float16 if bits == 16 else np.float32), encoded, bits)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(
    "suffix, encoded, bits",
    [
        (".png", "sRGB", 8),
        (".png", "sRGB", 16),
        (".tif", "sRGB", 8),
        (".tiff", "sRGB", 16),
        (".tif", "linear", 32),
        (".exr", "linear", 16),
        (".exr", "linear", 32),
    ],
)
def test_round_trip_is_exact(tmp_path, channels, suffix, encoded, bits):
    image = picture(channels, encoded, bits)
    write_image(tmp_path / f"picture{suffix}", image)
    back = read_image(tmp_path / f"picture{suffix}")
    assert (back.encoded, back.bits, back.name) == (encoded, bits, f"picture{suffix}")
    np.testing.assert_array_equal(back.pixels, image.pixels)
    assert [path.name for path in tmp_path.iterdir()] == [f"picture{suffix}"]


def test_channels_are_in_rgb_order_and_row_0_is_the_top(tmp_path):
    pixels = np.zeros((2, 3, 3), np.float32)
    pixels[0, 0] = (1.0, 0.2, 0.0)
    write_image(tmp_path / "red.png", Image(pixels))
    stored = cv2.imread(str(tmp_path / "red.png"))  # OpenCV's order is blue, green, red
    assert stored[0, 0].tolist() == [0, 51, 255] and not stored[1:].any()


def test_integers_are_srgb_and_floats_linear(tmp_path):
    image = picture(4, "sRGB", 16)
    write_image(tmp_path / "light.exr", Image(image.pixels, "sRGB", 32))
    light = read_image(tmp_path / "light.exr")
    assert light.encoded == "linear"
    np.testing.assert_allclose(light.pixels[..., :3], srgb_to_linear(image.pixels[..., :3]), atol=1e-7)
    np.testing.assert_array_equal(light.pixels[..., 3], image.pixels[..., 3])
    write_image(tmp_path / "back.png", Image(light.pixels, "linear", 16))
    np.testing.assert_allclose(read_image(tmp_path / "back.png").pixels, image.pixels, atol=1e-7)


def test_values_beyond_range_are_clipped_in_integers(tmp_path):
    write_image(tmp_path / "bright.png", Image(np.array([[-0.5, 0.5, 7.0]], np.float32)))
    np.testing.assert_allclose(read_image(tmp_path / "bright.png").pixels[0, :, 0] * 255, [0, 128, 255], atol=1e-4)


def test_exif_orientation_is_not_applied(tmp_path):
    _, jpeg = cv2.imencode(".jpg", np.zeros((8, 16, 3), np.uint8))
    # An APP1 segment right after the start of image, whose only tag says "turned by 90 degrees".
    tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    segment = b"Exif\0\0" + tiff
    content = jpeg.tobytes()
    turned = content[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + content[2:]
    (tmp_path / "turned.jpg").write_bytes(turned)
    assert cv2.imread(str(tmp_path / "turned.jpg")).shape[:2] == (16, 8)
    assert read_image(tmp_path / "turned.jpg").pixels.shape == (8, 16, 3)


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("gone.png", None, "there is no such file"),
        ("empty.png", b"", "the file is empty"),
        ("text.png", b"hello", "no image that can be read"),
        ("cut.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "cut off before its end"),
    ],
)
def test_bad_files_are_named(tmp_path, capfd, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_image(tmp_path / name)
    assert name in str(caught.value) and words in str(caught.value) and "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("suffix", [".jp2", ".bmp", ".ppm", ".gif"])
def test_formats_whose_decoders_are_not_used_are_refused(tmp_path, suffix):
    path = tmp_path / "picture.png"
    _, content = cv2.imencode(suffix, np.full((64, 64, 3), 90, np.uint8))
    assert cv2.imdecode(content, cv2.IMREAD_UNCHANGED) is not None
    path.write_bytes(content.tobytes())
    for read in (read_image, read_photo):
        with pytest.raises(InputError, match=r"picture\.png.*no image that can be read; export it again as .*PNG"):
            read(path)


def test_webp_is_read(tmp_path):
    _, content = cv2.imencode(".webp", np.full((16, 20, 3), 90, np.uint8), [cv2.IMWRITE_WEBP_QUALITY, 101])
    (tmp_path / "picture.webp").write_bytes(content.tobytes())
    assert np.array_equal(read_image(tmp_path / "picture.webp").pixels, np.full((16, 20, 3), np.float32(90 / 255)))


def test_not_a_number_is_refused(tmp_path):
    write_image(tmp_path / "nan.exr", Image(np.array([[0.0, np.nan]], np.float32), "linear", 32))
    with pytest.raises(InputError, match="not finite"):
        read_image(tmp_path / "nan.exr")


@pytest.mark.parametrize("shape, words", [((4, 4, 2), "2 channels"), ((4, 4, 5), "5 channels"), ((0, 4, 3), "shape")])
def test_impossible_pictures_are_refused(shape, words):
    with pytest.raises(InputError, match=words):
        Image(np.zeros(shape, np.float32), name="odd.tif")


def test_what_does_not_fit_in_memory_is_refused(tmp_path, monkeypatch):
    write_image(tmp_path / "large.png", picture(3, "sRGB", 8))
    monkeypatch.setattr(memory, "available_memory_bytes", lambda: 1000)
    with pytest.raises(InputError, match="23 x 11 does not fit in memory"):
        read_image(tmp_path / "large.png")


def test_free_memory_is_a_plausible_number():
    assert 2**24 < memory.available_memory_bytes() < 2**50


def test_unwritable_targets_are_named_before_and_after(tmp_path):
    image = picture(3, "sRGB", 8)
    write_image(tmp_path / "input.png", image)
    before = (tmp_path / "input.png").read_bytes()
    for path, words in (
        (tmp_path / "out.jpg", "not written as '.jpg'"),
        (tmp_path / "nowhere" / "out.png", "does not exist"),
        (tmp_path / "input.png", "this is an input file"),
    ):
        with pytest.raises(InputError, match=words):
            check_writable(path, [tmp_path / "input.png"])
        with pytest.raises(InputError, match=words):
            write_image(path, image, [tmp_path / "input.png"])
    assert (tmp_path / "input.png").read_bytes() == before
