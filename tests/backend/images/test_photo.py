"""Photos of all kinds, made by hand where OpenCV cannot write them."""

from __future__ import annotations

import math
import struct

import cv2
import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.images import photo as photo_module
from headbridge.images import read_photo
from headbridge.images.exif import read_exif

WIDTH, HEIGHT = 96, 64


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """(64, 96, 3) uint8 RGB, another colour in every block of 8 x 8, so that JPEG keeps it."""
    blocks = np.random.default_rng(0).integers(40, 216, (HEIGHT // 8, WIDTH // 8, 3)).astype(np.uint8)
    return np.kron(blocks, np.ones((8, 8, 1), np.uint8))


def encoded(suffix: str, pixels: np.ndarray) -> bytes:
    """RGB or RGBA in a file."""
    order = [2, 1, 0, 3][: pixels.shape[2]] if pixels.ndim == 3 else slice(None)
    full_colour = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    options = {".jpg": [cv2.IMWRITE_JPEG_QUALITY, 100, *full_colour], ".webp": [cv2.IMWRITE_WEBP_QUALITY, 101]}
    options = options.get(suffix, [])
    return cv2.imencode(suffix, pixels[..., order] if pixels.ndim == 3 else pixels, options)[1].tobytes()


def tiff_structure(entries: dict[int, tuple], inner: dict[int, tuple] | None = None, order: str = "<") -> bytes:
    """EXIF data; entries are tag to ("H", value) or ("II", numerator, denominator)."""
    start = 8 + 2 + 12 * (len(entries) + bool(inner)) + 4
    body = directory(entries | ({0x8769: ("I", start)} if inner else {}), 8, order)
    if inner:
        body += directory(inner, start, order)
    return {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8) + body


def directory(entries: dict[int, tuple], offset: int, order: str) -> bytes:
    head, tail = struct.pack(order + "H", len(entries)), b""
    end = offset + 2 + 12 * len(entries) + 4
    for tag, (code, *values) in sorted(entries.items()):
        kind = {"H": 3, "I": 4, "II": 5}[code]
        value = struct.pack(order + code, *values)
        if len(value) > 4:
            value, tail = struct.pack(order + "I", end + len(tail)), tail + value
        head += struct.pack(order + "HHI", tag, kind, 1) + value.ljust(4, b"\0")
    return head + struct.pack(order + "I", 0) + tail


def with_exif(content: bytes, exif: bytes) -> bytes:
    """A JPEG, PNG or WebP file with EXIF data."""
    if content[:2] == b"\xff\xd8":
        return content[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 8) + b"Exif\0\0" + exif + content[2:]
    if content[:4] == b"RIFF":
        sides = struct.pack("<IHBHB", 0x08, WIDTH - 1, 0, HEIGHT - 1, 0)
        chunks = b"VP8X" + struct.pack("<I", 10) + sides + content[12:]
        chunks += b"EXIF" + struct.pack("<I", len(exif)) + exif + b"\0" * (len(exif) % 2)
        return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks
    import zlib

    chunk = b"eXIf" + exif
    return content[:33] + struct.pack(">I", len(exif)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + content[33:]


def turned_by_hand(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """What a viewer shows, by the standard's words: where the stored row 0 and column 0 belong."""
    return {
        1: pixels,
        2: pixels[:, ::-1],
        3: np.rot90(pixels, 2),
        4: pixels[::-1],
        5: np.transpose(pixels, (1, 0, 2)),
        6: np.rot90(pixels, -1),
        7: np.rot90(np.transpose(pixels, (1, 0, 2)), 2),
        8: np.rot90(pixels, 1),
    }[orientation]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_applied_once(tmp_path, picture, suffix, orientation):
    exif = tiff_structure({0x0112: ("H", orientation)}, order="<>"[orientation % 2])
    (tmp_path / f"a{suffix}").write_bytes(with_exif(encoded(suffix, picture), exif))
    found = read_photo(tmp_path / f"a{suffix}")
    assert np.abs(found.pixels - turned_by_hand(picture, orientation) / 255.0).max() < 0.03


def tiff(pixels: np.ndarray, extra: dict[int, tuple]) -> bytes:
    """An uncompressed TIFF of (H, W, C) uint8."""
    height, width, samples = pixels.shape
    entries = {
        256: ("I", width),
        257: ("I", height),
        258: ("H", 8),
        259: ("H", 1),
        262: ("H", 1 + (samples > 1)),
        273: ("I", 0),
        277: ("H", samples),
        278: ("I", height),
        279: ("I", pixels.size),
    } | extra
    entries[273] = ("I", len(tiff_structure(entries)))
    return tiff_structure(entries) + pixels.tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_tiff_is_turned_once(tmp_path, picture, orientation):
    (tmp_path / "a.tif").write_bytes(tiff(picture[..., :1], {274: ("H", orientation)}))
    expected = turned_by_hand(picture[..., :1], orientation) / np.float32(255.0)
    np.testing.assert_allclose(read_photo(tmp_path / "a.tif").pixels, np.repeat(expected, 3, axis=2), atol=1e-6)


def test_the_focal_length_for_35_mm_film(tmp_path, picture):
    exif = tiff_structure({0x0112: ("H", 1)}, {0xA405: ("H", 85), 0xA002: ("I", 960), 0xA003: ("I", 640)})
    (tmp_path / "a.jpg").write_bytes(with_exif(encoded(".jpg", picture), exif))
    found = read_photo(tmp_path / "a.jpg")
    assert found.focal_mm_35 == 85.0 and found.notes == ()
    # The picture's diagonal stands for the film's.
    assert math.isclose(found.focal_pixels, 85.0 * math.hypot(96, 64) / math.hypot(36, 24))


@pytest.mark.parametrize("unit", [(2, 25.4), (3, 10.0), (4, 1.0)])
def test_the_focal_length_from_the_size_of_the_sensor(unit):
    # A sensor of 24 x 16 mm behind 50 mm: one and a half times the angle of film.
    number, mm = unit
    per_unit = 6000 * mm / 24.0
    inner = {
        0x920A: ("II", 500, 10),
        0xA002: ("I", 6000),
        0xA003: ("I", 4000),
        0xA210: ("H", number),
        0xA20E: ("II", round(1000 * per_unit), 1000),
        0xA20F: ("II", round(1000 * per_unit), 1000),
    }
    found = read_exif(tiff_structure({}, inner, ">"))
    assert math.isclose(found.focal_mm_35, 75.0, rel_tol=1e-3)
    assert read_exif(tiff_structure({}, {0x920A: ("II", 50, 1)})).focal_mm_35 is None


def test_the_focal_length_of_a_cropped_photo_is_not_used(tmp_path, picture):
    exif = tiff_structure({}, {0xA405: ("H", 85), 0xA002: ("I", 640), 0xA003: ("I", 640)})
    (tmp_path / "a.jpg").write_bytes(with_exif(encoded(".jpg", picture), exif))
    found = read_photo(tmp_path / "a.jpg")
    assert found.focal_mm_35 is None and "cropped" in found.notes[0]


def test_damaged_exif_is_told_and_not_used(tmp_path, picture):
    whole = tiff_structure({0x0112: ("H", 6)}, {0xA405: ("H", 50)})
    for number, exif in enumerate(
        (b"nonsense", whole[:12], whole[:4] + b"\xff" * 8, whole[:8] + b"\xff\xff" + whole[10:])
    ):
        (tmp_path / f"{number}.jpg").write_bytes(with_exif(encoded(".jpg", picture), exif))
        found = read_photo(tmp_path / f"{number}.jpg")
        assert found.pixels.shape == (HEIGHT, WIDTH, 3) and found.focal_mm_35 is None
        assert found.notes == ("The EXIF data are damaged and were not used.",)


def test_grey_and_16_bit(tmp_path, picture):
    values = picture[..., 0].astype(np.uint16) * 257
    for suffix in (".png", ".tif"):
        (tmp_path / f"a{suffix}").write_bytes(encoded(suffix, values))
        found = read_photo(tmp_path / f"a{suffix}")
        np.testing.assert_allclose(found.pixels, np.repeat(picture[..., :1] / 255.0, 3, axis=2), atol=1e-6)
        assert found.alpha is None


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_alpha_becomes_a_mask_and_what_it_hides_grey(tmp_path, picture, suffix, kind):
    alpha = np.full((HEIGHT, WIDTH, 1), 255)
    alpha[:, :32], alpha[:, 32:64] = 0, 128
    values = np.concatenate([picture, alpha], axis=2).astype(kind) * (1 if kind == np.uint8 else 257)
    (tmp_path / f"a{suffix}").write_bytes(encoded(suffix, values))
    found = read_photo(tmp_path / f"a{suffix}")
    np.testing.assert_allclose(found.alpha, alpha[..., 0] / 255.0, atol=1e-6)
    share = alpha / 255.0
    np.testing.assert_allclose(found.pixels, share * picture / 255.0 + (1.0 - share) * 0.5, atol=1e-5)


@pytest.mark.parametrize(("says", "stored_share"), [(2, 1.0), (1, 0.5)])
def test_tiff_says_whether_alpha_is_in_the_colours(tmp_path, picture, says, stored_share):
    stored = np.rint(stored_share * picture).astype(np.uint8)
    values = np.concatenate([stored, np.full((HEIGHT, WIDTH, 1), 128, np.uint8)], axis=2)
    (tmp_path / "a.tif").write_bytes(tiff(values, {338: ("H", says)}))
    expected = (128.0 * picture / 255.0 + 127 * 0.5) / 255.0
    np.testing.assert_allclose(read_photo(tmp_path / "a.tif").pixels, expected, atol=0.005)


def cmyk_jpeg(ink: tuple[int, int, int, int], adobe: bool) -> bytes:
    """A baseline JPEG of 16 x 16 pixels in four channels, every one flat at a stored value.

    The quantiser divides by 8, so that a block's one coefficient is its value less 128."""
    # Differences of 8 bits at most: the codes 0..8 of length 4; of the others only the end of a block, code 0.
    tables = b"\xff\xc4" + struct.pack(">HB", 2 + 1 + 16 + 9, 0x00) + bytes([0, 0, 0, 9] + [0] * 12) + bytes(range(9))
    tables += b"\xff\xc4" + struct.pack(">HB", 2 + 1 + 16 + 1, 0x10) + bytes([1] + [0] * 15) + b"\0"
    marker = b"\xff\xee" + struct.pack(">H5sHHHB", 14, b"Adobe", 100, 0, 0, 0) if adobe else b""
    quantiser = b"\xff\xdb" + struct.pack(">HB", 67, 0) + bytes([8] * 64)
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 20, 8, 16, 16, 4) + b"".join(bytes([n, 0x11, 0]) for n in range(4))
    scan = b"\xff\xda" + struct.pack(">HB", 14, 4) + b"".join(bytes([n, 0]) for n in range(4)) + b"\0\x3f\0"
    bits = ""
    for block in range(4):
        for value in ink:
            step = value - 128 if block == 0 else 0
            length = abs(step).bit_length()
            bits += format(length, "04b")
            bits += format(step if step > 0 else step + (1 << length) - 1, f"0{length}b") if length else ""
            bits += "0"
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[k : k + 8], 2) for k in range(0, len(bits), 8)).replace(b"\xff", b"\xff\0")
    return b"\xff\xd8" + marker + quantiser + frame + tables + scan + data + b"\xff\xd9"


def test_cmyk_jpeg(tmp_path):
    # Adobe stores 255 for no ink: cyan 0.8, magenta 0.4, yellow 0, black 0.2 of it.
    stored = (51, 153, 255, 204)
    (tmp_path / "a.jpg").write_bytes(cmyk_jpeg(stored, adobe=True))
    found = read_photo(tmp_path / "a.jpg")
    expected = np.array(stored[:3]) / 255.0 * stored[3] / 255.0
    np.testing.assert_allclose(found.pixels, np.broadcast_to(expected, (16, 16, 3)), atol=0.01)


def test_cmyk_jpeg_that_does_not_say_so_is_refused(tmp_path):
    (tmp_path / "a.jpg").write_bytes(cmyk_jpeg((51, 153, 255, 204), adobe=False))
    with pytest.raises(InputError, match=r"four channels.*export it as RGB"):
        read_photo(tmp_path / "a.jpg")


def test_a_very_large_photo_is_reduced(tmp_path, picture, monkeypatch):
    monkeypatch.setattr(photo_module, "_MOST_PIXELS", WIDTH * HEIGHT // 4)
    (tmp_path / "a.png").write_bytes(encoded(".png", picture))
    found = read_photo(tmp_path / "a.png")
    assert found.pixels.shape == (HEIGHT // 2, WIDTH // 2, 3) and found.scale == 0.5
    np.testing.assert_allclose(found.pixels, picture[::2, ::2] / 255.0, atol=0.003)
    assert found.notes == ("The photo is very large and was reduced to 48 x 32 pixels.",)


def test_what_does_not_fit_in_memory_is_told_before_it_is_decoded(tmp_path, picture):
    content = bytearray(encoded(".png", picture))
    content[16:24] = struct.pack(">II", 2_000_000, 2_000_000)
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(InputError, match="2000000 x 2000000 does not fit in memory"):
        read_photo(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.97])
def test_a_file_that_was_cut_off(tmp_path, picture, suffix, share):
    content = encoded(suffix, picture)
    (tmp_path / f"a{suffix}").write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r"a\..*(cut off|no image)"):
        read_photo(tmp_path / f"a{suffix}")


def test_what_is_no_photo(tmp_path, picture):
    for name, content in (("a.jpg", b"\xff\xd8\xff"), ("b.png", b"no image at all"), ("c.tif", b"II*\0\xff\xff")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=name):
            read_photo(tmp_path / name)
    (tmp_path / "d.png").write_bytes(encoded(".png", picture[:8, :8]))
    with pytest.raises(InputError, match="only 8 x 8 pixels"):
        read_photo(tmp_path / "d.png")
    (tmp_path / "e.png").write_bytes(encoded(".png", np.zeros((32, 32, 4), np.uint8)))
    with pytest.raises(InputError, match="transparent everywhere"):
        read_photo(tmp_path / "e.png")
    with pytest.raises(InputError, match="no such file"):
        read_photo(tmp_path / "f.png")


def test_linear_light_is_encoded(tmp_path):
    from headbridge.images import Image, write_image

    write_image(tmp_path / "a.exr", Image(np.full((16, 16, 3), 0.2140411, np.float32), "linear", 32))
    np.testing.assert_allclose(read_photo(tmp_path / "a.exr").pixels, 0.5, atol=1e-4)
