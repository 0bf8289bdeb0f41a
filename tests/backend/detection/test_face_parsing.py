"""The networks here are written byte by byte as ONNX (protocol buffers) lays them out."""

import struct

import numpy as np
import pytest

from headbridge.detection.face_parsing import CLASSES, parse_face
from headbridge.errors import InputError

SKIN, HAIR = 1, 17


def varint(number: int) -> bytes:
    parts = []
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def field(number: int, value) -> bytes:
    """A field of a message: an integer, or bytes and text with their length before them."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor(name: str, array: np.ndarray) -> bytes:
    sizes = b"".join(field(1, size) for size in array.shape)
    return sizes + field(2, 1) + field(8, name) + field(9, struct.pack(f"<{array.size}f", *array.ravel()))


def value_info(name: str, shape: tuple[int, ...]) -> bytes:
    sizes = b"".join(field(1, field(1, size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, sizes)))


def network(classes: int = CLASSES) -> bytes:
    """Scores by colour alone: red is skin, the rest is hair."""
    weights, bias = np.zeros((classes, 3, 1, 1), np.float32), np.full(classes, -100.0, np.float32)
    weights[SKIN, 0], bias[SKIN] = 5.0, 0.0
    if classes > HAIR:
        bias[HAIR] = 0.0
    kernel = field(1, "kernel_shape") + field(8, 1) + field(8, 1) + field(20, 7)
    node = b"".join(field(1, name) for name in ("picture", "weights", "bias")) + field(2, "scores")
    node += field(4, "Conv") + field(5, kernel)
    graph = field(1, node) + field(2, "parser") + field(5, tensor("weights", weights)) + field(5, tensor("bias", bias))
    graph += field(11, value_info("picture", (1, 3, 512, 512)))
    graph += field(12, value_info("scores", (1, classes, 512, 512)))
    return field(1, 7) + field(8, field(1, "") + field(2, 11)) + field(7, graph)


@pytest.fixture
def picture() -> tuple[np.ndarray, np.ndarray]:
    """A red disc on blue, and landmarks within it."""
    row, column = np.mgrid[:200, :300] + 0.5
    disc = np.hypot(row - 90.0, column - 140.0) < 50.0
    pixels = np.where(disc[..., None], (0.9, 0.3, 0.2), (0.1, 0.2, 0.9)).astype(np.float32)
    angle = np.linspace(0.0, 2.0 * np.pi, 12)
    return pixels, np.stack([140.0 + 45.0 * np.cos(angle), 90.0 + 45.0 * np.sin(angle)], axis=1)


def test_the_mask_lies_where_the_network_sees_skin(picture, tmp_path):
    (tmp_path / "parser.onnx").write_bytes(network())
    pixels, landmarks = picture
    mask = parse_face(pixels, landmarks, str(tmp_path / "parser.onnx"))
    assert mask.shape == (200, 300) and mask.dtype == np.float32
    row, column = np.mgrid[:200, :300] + 0.5
    distance = np.hypot(row - 90.0, column - 140.0)
    assert (mask[distance < 48.5] == 1.0).all() and (mask[distance > 51.5] == 0.0).all()
    # Symmetric about the disc's centre: crop and mask lie on the same pixels.
    assert (mask * (column - 140.0)).sum() / mask.sum() == pytest.approx(0.0, abs=0.05)
    assert (mask * (row - 90.0)).sum() / mask.sum() == pytest.approx(0.0, abs=0.05)


def test_other_files_are_refused_by_name(picture, tmp_path):
    for name, content, message in (
        ("other.onnx", network(5), "scores have the shape"),
        ("broken.onnx", b"no network", "cannot be run"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=message) as caught:
            parse_face(*picture, str(tmp_path / name))
        assert name in str(caught.value)
    with pytest.raises(InputError, match="no such file"):
        parse_face(*picture, str(tmp_path / "missing.onnx"))
