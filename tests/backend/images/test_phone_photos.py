"""HEIC, AVIF and colour profiles: files of known colours come out as those colours in sRGB."""

from __future__ import annotations

import io
import struct

import numpy as np
import pillow_heif
import pytest
from PIL import Image as Pillow
from PIL import ImageCms

from headbridge.errors import InputError
from headbridge.images import pillow_codec, read_photo, srgb_to_linear

# sRGB colours and the numbers that Display P3 has for them (CSS Color 4, the examples of `color(display-p3 ...)`).
SRGB = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, 1.0], [0.5, 0.5, 0.5]])
IN_P3 = np.array(
    [
        [0.917488, 0.200287, 0.138561],
        [0.458402, 0.985265, 0.298295],
        [0.0, 0.0, 0.959588],
        [1.0, 1.0, 1.0],
        [0.5, 0.5, 0.5],
    ]
)
WIDTH, HEIGHT = 5 * 16, 32


def patches(colours: np.ndarray, kind: type = np.uint8) -> np.ndarray:
    """(32, 80, 3): a patch of 16 x 32 pixels for each colour."""
    row = np.repeat(np.rint(colours * np.iinfo(kind).max).astype(kind), 16, axis=0)
    return np.broadcast_to(row, (HEIGHT, *row.shape)).copy()


def middles(pixels: np.ndarray) -> np.ndarray:
    """The colours of the patches, away from their borders."""
    return np.stack([pixels[8:24, 16 * k + 4 : 16 * k + 12].mean(axis=(0, 1)) for k in range(5)])


def assert_same_light(found: np.ndarray, expected: np.ndarray, most: float = 0.005) -> None:
    """Near black a thousandth of the light, which a profile's numbers are rounded by, is a hundredth in sRGB."""
    np.testing.assert_allclose(srgb_to_linear(found), srgb_to_linear(expected), atol=most)


def icc(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC profile of a screen (version 4) with these tags."""
    tags = {b"wtpt": xyz(0.9642, 1.0, 0.8249)} | tags
    start = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(data), len(content))
        data += content + b"\0" * (-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(data), b"\0" * 4, 0x04200000, b"mntr", space, b"XYZ ") + b"\0" * 12
    head += b"acsp" + b"\0" * 28 + xyz(0.9642, 1.0, 0.8249)[8:]
    return head.ljust(128, b"\0") + table + data


def xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(65536 * value) for value in values))


SRGB_CURVE = b"para\0\0\0\0\0\3\0\0" + struct.pack(
    ">5i", *(round(65536 * value) for value in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
)
DISPLAY_P3 = {
    b"rXYZ": xyz(0.51512, 0.24120, -0.00105),
    b"gXYZ": xyz(0.29198, 0.69225, 0.04189),
    b"bXYZ": xyz(0.15710, 0.06657, 0.78407),
    **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), SRGB_CURVE),
}
P3 = icc(b"RGB ", DISPLAY_P3)


def save(path, pixels: np.ndarray, **options) -> None:
    Pillow.fromarray(pixels).save(path, **options)


LOSSLESS = {
    "jpg": {"quality": 100, "subsampling": 0},
    "png": {},
    "webp": {"lossless": True},
    "tif": {},
    "avif": {"quality": 100, "subsampling": "4:4:4"},
}


@pytest.mark.parametrize("ending", LOSSLESS)
def test_display_p3_becomes_srgb(tmp_path, ending):
    save(tmp_path / f"a.{ending}", patches(IN_P3), icc_profile=P3, **LOSSLESS[ending])
    found = read_photo(tmp_path / f"a.{ending}")
    # Their best quality is two steps off, which near white is more light.
    assert_same_light(middles(found.pixels), SRGB, 0.02 if ending in ("jpg", "avif") else 0.005)
    assert found.notes == ()


def heic(path, pixels: np.ndarray, mode: str = "RGB", **options) -> None:
    """An HEIC file of (H, W, C) uint8, or uint16, which is stored in 10 bits."""
    made = pillow_heif.from_bytes(mode, (pixels.shape[1], pixels.shape[0]), pixels.tobytes())
    if "icc_profile" in options:
        made.info["icc_profile"], made.info["icc_profile_type"] = options.pop("icc_profile"), "prof"
    made.save(path, quality=-1, chroma=444, **options)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_heic_in_display_p3(tmp_path, kind):
    mode = "RGB" if kind == np.uint8 else "RGB;16"
    heic(tmp_path / "a.heic", patches(IN_P3, kind), mode, icc_profile=P3)
    assert pillow_heif.open_heif(tmp_path / "a.heic").info["bit_depth"] == (8 if kind == np.uint8 else 10)
    assert_same_light(middles(read_photo(tmp_path / "a.heic").pixels), SRGB)


@pytest.mark.parametrize(("primaries", "stored"), [(1, SRGB), (12, IN_P3)])
def test_colours_that_heic_tells_by_numbers(tmp_path, primaries, stored):
    numbers = {"color_primaries": primaries, "transfer_characteristics": 13, "matrix_coefficients": 6}
    heic(tmp_path / "a.heic", patches(stored), save_nclx_profile=True, **numbers)
    np.testing.assert_allclose(middles(read_photo(tmp_path / "a.heic").pixels), SRGB, atol=0.012)


def test_ten_bits_are_finer_than_eight(tmp_path):
    # Neighbouring greys of 10 bits.
    steps = np.array([[600, 600, 600], [601, 601, 601], [602, 602, 602], [603, 603, 603], [604, 604, 604]]) / 1023.0
    heic(tmp_path / "a.heic", patches(steps, np.uint16), "RGB;16")
    np.testing.assert_allclose(middles(read_photo(tmp_path / "a.heic").pixels), steps, atol=3e-4)


def test_alpha_of_phone_formats(tmp_path):
    alpha = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
    alpha[:, 64:] = 0
    values = np.concatenate([patches(SRGB), alpha], axis=2)
    heic(tmp_path / "a.heic", values, "RGBA")
    save(tmp_path / "a.avif", values, **LOSSLESS["avif"])
    for name in ("a.heic", "a.avif"):
        found = read_photo(tmp_path / name)
        np.testing.assert_allclose(found.alpha, alpha[..., 0] / 255.0, atol=0.01)
        np.testing.assert_allclose(middles(found.pixels), SRGB, atol=0.015)


@pytest.mark.parametrize("ending", ["heic", "avif"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_phone_formats_are_turned_once(tmp_path, ending, orientation):
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8769)[0xA405] = 27
    pixels = patches(SRGB)
    if ending == "heic":
        Pillow.fromarray(pixels).save(tmp_path / "a.heic", exif=exif.tobytes(), quality=-1, chroma=444)
    else:
        save(tmp_path / "a.avif", pixels, exif=exif.tobytes(), **LOSSLESS["avif"])
    found = read_photo(tmp_path / f"a.{ending}")
    turns = {1: 0, 3: 2, 6: -1, 8: 1}[orientation]
    np.testing.assert_allclose(middles(np.rot90(found.pixels, -turns)), SRGB, atol=0.012)
    assert found.focal_mm_35 == 27.0


def test_agrees_with_littlecms(tmp_path):
    """Random colours by a profile of another gamma in every channel, given as table, number and formula."""
    table = np.rint(65535 * np.linspace(0, 1, 1024) ** 1.8).astype(int)
    curves = {
        b"rTRC": b"curv\0\0\0\0" + struct.pack(">I1024H", 1024, *table),
        b"gTRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)),
        b"bTRC": SRGB_CURVE,
    }
    profile = icc(b"RGB ", DISPLAY_P3 | curves)
    pixels = np.random.default_rng(3).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    save(tmp_path / "a.png", pixels, icc_profile=profile)
    expected = ImageCms.profileToProfile(
        Pillow.fromarray(pixels),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
    )
    apart = np.abs(255.0 * read_photo(tmp_path / "a.png").pixels - np.asarray(expected, np.float32))
    assert apart.max() < 2.0 and apart.mean() < 0.5


def test_srgb_profiles_change_nothing(tmp_path):
    pixels = np.random.default_rng(5).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    save(tmp_path / "a.png", pixels, icc_profile=profile)
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png").pixels, pixels.astype(np.float32) / np.float32(255.0))


def test_grey_profiles(tmp_path):
    profile = icc(b"GRAY", {b"kTRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, 256)})
    save(tmp_path / "a.png", np.full((32, 32), round(0.2140411 * 255), np.uint8), icc_profile=profile)
    # Light of 21.4 % is the middle of sRGB's numbers.
    np.testing.assert_allclose(read_photo(tmp_path / "a.png").pixels, 0.5, atol=0.003)


def test_damaged_profiles_are_told(tmp_path):
    pixels = patches(SRGB)
    for number, profile in enumerate((b"nonsense" * 20, P3[:140], P3[:36] + b"xxxx" + P3[40:])):
        save(tmp_path / f"{number}.png", pixels, icc_profile=profile)
        found = read_photo(tmp_path / f"{number}.png")
        np.testing.assert_array_equal(found.pixels, pixels.astype(np.float32) / np.float32(255.0))
        assert found.notes == ("The colour profile is damaged and was not used.",)


@pytest.mark.parametrize("ending", ["heic", "avif"])
def test_sizes_are_judged_before_decoding(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Pillow.fromarray(patches(SRGB)).save(path)
    content = path.read_bytes()
    at = content.index(b"ispe") + 8
    path.write_bytes(content[:at] + struct.pack(">II", 2_000_000, 2_000_000) + content[at + 8 :])
    with pytest.raises(InputError, match="2000000 x 2000000 does not fit in memory"):
        read_photo(path)


@pytest.mark.parametrize("ending", ["heic", "avif"])
def test_cut_and_damaged_files(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Pillow.fromarray(patches(SRGB)).save(path)
    content = path.read_bytes()
    for share in (0.02, 0.1, 0.5, 0.97):
        path.write_bytes(content[: int(share * len(content))])
        with pytest.raises(InputError, match="cut off|no image that can be read"):
            read_photo(path)
    random = np.random.default_rng(0)
    for _ in range(60):
        spoilt = bytearray(content)
        for place in random.integers(12, len(content), 8):
            spoilt[place] = random.integers(256)
        path.write_bytes(spoilt)
        try:
            read_photo(path)
        except InputError as problem:
            assert "\n" not in str(problem)


def test_the_range_of_television_is_refused(tmp_path):
    numbers = {"color_primaries": 9, "transfer_characteristics": 16, "matrix_coefficients": 9}
    heic(tmp_path / "a.heic", patches(SRGB, np.uint16), "RGB;16", save_nclx_profile=True, **numbers)
    with pytest.raises(InputError, match=r"PQ or HLG\); export it with the usual range"):
        read_photo(tmp_path / "a.heic")


def test_colours_of_print_by_their_profile(tmp_path):
    """A profile whose table says that the first ink is red light's complement, and so on: K is a grey veil."""
    profile = cmyk_profile()
    inks = np.array([[0, 0, 0, 0], [255, 0, 0, 0], [0, 0, 0, 255]], np.uint8)
    pixels = np.broadcast_to(np.repeat(inks, 16, axis=0), (HEIGHT, 48, 4)).copy()
    Pillow.fromarray(pixels, "CMYK").save(tmp_path / "a.jpg", icc_profile=profile, quality=100, subsampling=0)
    found = read_photo(tmp_path / "a.jpg").pixels[16, [8, 24, 40]]
    # L* of 100, 60 and 10 without colour.
    light = [1.0, ((60 + 16) / 116) ** 3, ((10 + 16) / 116) ** 3]
    expected = [1.055 * y ** (1 / 2.4) - 0.055 for y in light]
    np.testing.assert_allclose(found, np.repeat(np.array(expected)[:, None], 3, axis=1), atol=0.02)


def cmyk_profile() -> bytes:
    """CMYK to L*a*b*: a table of two nodes a channel with L* 100 for no ink, 60 for one ink, 10 with black."""
    nodes = []
    for number in range(16):
        c, m, y, k = (number >> shift & 1 for shift in (3, 2, 1, 0))
        nodes += [round(65280 * (10 if k else 100 - 40 * min(c + m + y, 1)) / 100), 0x8000, 0x8000]
    identity = struct.pack(">9i", *(65536 if k % 4 == 0 else 0 for k in range(9)))
    table = b"mft2\0\0\0\0" + bytes([4, 3, 2, 0]) + identity + struct.pack(">HH", 2, 2)
    table += struct.pack(">8H", *[0, 65535] * 4) + struct.pack(f">{len(nodes)}H", *nodes)
    table += struct.pack(">6H", *[0, 65535] * 3)
    made = bytearray(icc(b"CMYK", {b"A2B0": table, b"A2B1": table, b"A2B2": table}))
    made[8:12], made[12:16], made[20:24] = b"\x02\x40\0\0", b"prtr", b"Lab "
    return bytes(made)


@pytest.fixture(autouse=True, scope="module")
def _writing_heic():
    pillow_heif.register_heif_opener()


def test_a_memory_that_is_too_small_is_no_damage(monkeypatch):
    def starved(*_):
        raise MemoryError

    monkeypatch.setattr(pillow_codec, "_heic", starved)
    with pytest.raises(MemoryError):
        pillow_codec.decode_phone_picture(b"", "HEIC")
    assert pillow_codec.decode_phone_picture(b"no picture", "AVIF") is None
