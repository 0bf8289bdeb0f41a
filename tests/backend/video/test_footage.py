"""Frames of videos and folders: their order, times, colours and way up."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.video import open_footage

from .films import numbered, write_film

RED, GREEN = (250, 10, 10), (10, 250, 10)


def colour_at(picture: np.ndarray, column: int, row: int) -> tuple[int, ...]:
    return tuple(picture[row, column].tolist())


def like(colour, other) -> bool:
    return bool(np.abs(np.subtract(colour, other)).max() < 30)


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.mov", "mpeg4"), ("a.avi", "mpeg4")]
)
def test_every_frame_comes_once_in_order_with_its_time(tmp_path, name, codec):
    footage = open_footage(write_film(tmp_path / name, numbered(12), 24.0, codec=codec))
    frames = list(footage.frames())
    assert [frame.number for frame in frames] == list(range(12))
    assert np.allclose([frame.seconds for frame in frames], np.arange(12) / 24.0, atol=2e-3)
    assert footage.fps == pytest.approx(24.0, rel=1e-3) and footage.count == 12
    levels = [float(frame.pixels[24:, 20:40].mean()) for frame in frames]
    assert np.abs(np.array(levels) - (20 + 10 * np.arange(12))).max() < 4.0


@pytest.mark.parametrize(
    ("turned", "size", "red", "green"),
    [
        (0, (64, 48), (4, 4), (-4, 4)),
        (90, (48, 64), (4, -4), (4, 4)),
        (-90, (48, 64), (-4, 4), (-4, -4)),
        (180, (64, 48), (-4, -4), (4, -4)),
    ],
)
def test_a_phone_video_stands_upright(tmp_path, turned, size, red, green):
    footage = open_footage(write_film(tmp_path / "a.mp4", numbered(2), turned=turned))
    picture = next(footage.frames()).pixels
    assert (footage.width, footage.height) == size == (picture.shape[1], picture.shape[0])
    assert like(colour_at(picture, *red), RED) and like(colour_at(picture, *green), GREEN)


def test_frames_keep_their_own_times(tmp_path):
    stamps = [0, 33, 100, 133, 400, 433]
    footage = open_footage(write_film(tmp_path / "a.mkv", numbered(6), 30.0, stamps=stamps))
    seconds = [frame.seconds for frame in footage.frames()]
    assert np.allclose(seconds, np.array(stamps) / 1000.0, atol=1e-3)
    evened = open_footage(tmp_path / "a.mkv", fps=10.0)
    assert np.allclose([frame.seconds for frame in evened.frames()], np.arange(6) / 10.0)


def test_pixels_that_are_not_square_become_so(tmp_path):
    footage = open_footage(write_film(tmp_path / "a.mp4", numbered(2), shape=Fraction(2, 1)))
    assert (footage.width, footage.height) == (128, 48)
    assert next(footage.frames()).pixels.shape == (48, 128, 3)


def test_only_wanted_frames_come(tmp_path):
    footage = open_footage(write_film(tmp_path / "a.mp4", numbered(10)))
    assert [frame.number for frame in footage.frames(lambda number: number % 3 == 1)] == [1, 4, 7]
    asked: list[int] = []
    assert [frame.number for frame in footage.frames(lambda number: not asked.append(number), end=3)] == [0, 1, 2]
    assert asked == [0, 1, 2] and not footage.notes


def test_a_damaged_video_gives_what_it_has_and_says_so(tmp_path):
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 255, (96, 128, 3), np.uint8) for _ in range(30)]
    path = write_film(tmp_path / "a.mkv", pictures)
    whole = path.read_bytes()
    (tmp_path / "half.mkv").write_bytes(whole[: len(whole) // 2])
    footage = open_footage(tmp_path / "half.mkv")
    count = len(list(footage.frames()))
    assert 0 < count < 30
    assert any("ends after" in note for note in footage.notes)


def test_a_folder_of_pictures_has_the_numbers_of_its_files(tmp_path):
    for number, picture in zip((12, 9, 10), numbered(3)):
        cv2.imwrite(str(tmp_path / f"take_{number}.png"), picture[..., ::-1])
    footage = open_footage(tmp_path, fps=10.0)
    frames = list(footage.frames())
    assert [frame.number for frame in frames] == [9, 10, 12]
    assert np.allclose([frame.seconds for frame in frames], [0.0, 0.1, 0.3])
    assert [int(frame.pixels[40, 30, 0]) for frame in frames] == [30, 40, 20]
    assert footage.file(12).endswith("take_12.png")


def sound_only(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())


def test_what_is_no_video_is_told_in_one_line(tmp_path):
    (tmp_path / "text.mp4").write_text("no video at all\n" * 100)
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "list.m3u8").write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"
    )
    (tmp_path / "folder").mkdir()
    sound_only(tmp_path / "sound.wav")
    whole = write_film(tmp_path / "a.mp4", numbered(4)).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 3])
    for name, cause in (
        ("text.mp4", "no video"),
        ("empty.mp4", "no video"),
        ("list.m3u8", "no video"),
        ("folder", "no pictures"),
        ("sound.wav", "sound but no pictures"),
        ("cut.mp4", "cut off"),
        ("missing.mp4", "no such file"),
    ):
        with pytest.raises(InputError, match=cause) as told:
            open_footage(tmp_path / name)
        assert "\n" not in str(told.value) and name in str(told.value)


def test_a_list_of_files_opens_none_of_them(tmp_path):
    write_film(tmp_path / "a.mp4", numbered(4))
    (tmp_path / "list.ffconcat").write_text("ffconcat version 1.0\nfile a.mp4\n")
    with pytest.raises(InputError):
        open_footage(tmp_path / "list.ffconcat")
