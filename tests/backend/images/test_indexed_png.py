import cv2
import numpy as np
import pytest

from headbridge.images.indexed_png import encode_indexed_png

COLOURS = ((10, 20, 30), (250, 0, 5), (7, 200, 90))


def test_another_reader_sees_every_numbers_colour():
    numbers = np.random.default_rng(0).integers(0, 3, (17, 23), dtype=np.uint8)
    content = encode_indexed_png(numbers, COLOURS)
    seen = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(seen[..., ::-1], np.array(COLOURS, np.uint8)[numbers])


def test_it_is_indexed_with_the_palette_as_given():
    content = encode_indexed_png(np.zeros((2, 2), np.uint8), COLOURS)
    # Bit depth and colour type follow width and height in the first chunk.
    assert content[24:26] == bytes([8, 3])
    start = content.index(b"PLTE") + 4
    assert content[start : start + 9] == bytes(sum(COLOURS, ()))


def test_numbers_without_a_colour_are_refused():
    with pytest.raises(ValueError, match="below 3"):
        encode_indexed_png(np.full((2, 2), 3, np.uint8), COLOURS)
