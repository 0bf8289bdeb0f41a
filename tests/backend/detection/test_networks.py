"""The detector's networks: MediaPipe's own points, and what is computed inside on cases whose answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from headbridge.detection.detector import POINT_COUNT, FaceDetector
from headbridge.detection.face_boxes import face_crops
from headbridge.detection.networks import FaceBoxNetwork, FaceMeshNetwork
from headbridge.detection.networks.blaze import Block, Pointwise
from headbridge.detection.networks.weights import load_network
from headbridge.detection.networks.windows import CELLS, Windows
from headbridge.errors import HeadBridgeError
from headbridge.images.codec import decode
from headbridge.topologies import builtin

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.png"))
DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA"))]


def picture(name: str) -> np.ndarray:
    return decode((GOLDEN / f"{name}.png").read_bytes())


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    """(478, 3) pixels of the face in every picture, as MediaPipe gave them."""
    with np.load(GOLDEN / "points.npz") as stored:
        return {name: stored[name] / 100.0 for name in NAMES}


@pytest.mark.parametrize("device", DEVICES)
def test_points_are_mediapipes_to_a_tenth_of_a_pixel(golden, device):
    with FaceDetector(most=2, device=device) as detector:
        found = detector.detect_each([picture(name) for name in NAMES])
    assert len(NAMES) >= 10 and [len(faces) for faces in found] == [1] * len(NAMES)
    for name, [points] in zip(NAMES, found):
        # Stored in hundredths.
        assert np.linalg.norm((points - golden[name])[:, :2], axis=1).max() < 0.05, name
        assert np.abs((points - golden[name])[:, 2]).max() < 0.05, name


def test_pictures_looked_at_together_give_what_each_gives_alone(golden):
    pictures = [
        picture("flame"),
        np.full((50, 80, 3), 90, np.uint8),
        np.hstack([picture("flame"), picture("person_1")]),
    ]
    with FaceDetector(most=2) as detector:
        together, alone = detector.detect_each(pictures), [detector.detect_all(image) for image in pictures]
        assert detector.detect_each([]) == []
    assert [len(faces) for faces in together] == [1, 0, 2]
    for some, others in zip(together, alone, strict=True):
        for points, other in zip(some, others, strict=True):
            np.testing.assert_allclose(points, other, atol=2e-3)
    assert together[0][0].shape == (POINT_COUNT, 3)
    # The right one of two pictures beside each other is found where it is.
    right = max(together[2], key=lambda points: points[0, 0])
    np.testing.assert_allclose(
        right[:468, :2].mean(axis=0), golden["person_1"][:468, :2].mean(axis=0) + (160, 0), atol=1.5
    )


def test_no_more_faces_than_asked_for():
    both = np.hstack([picture("flame"), picture("person_1")])
    with FaceDetector(most=1) as detector:
        assert len(detector.detect_all(both)) == 1


@pytest.mark.parametrize("content", [None, b"cut off"])
def test_weights_that_are_not_there_are_told_with_the_fix(monkeypatch, tmp_path, content):
    monkeypatch.setattr(builtin, "ASSETS", tmp_path)
    if content is not None:
        (tmp_path / "face_box.safetensors").write_bytes(content)
    with pytest.raises(HeadBridgeError, match=r"face_box\.safetensors.*(install HeadBridge again|get it again)"):
        FaceDetector()


def test_weights_are_single_precision_and_not_trained():
    for kind in (FaceBoxNetwork, FaceMeshNetwork):
        parameters = list(load_network(kind, "cpu").parameters())
        assert all(p.dtype == torch.float32 and not p.requires_grad for p in parameters)


def anchors(*boxes) -> tuple[np.ndarray, np.ndarray]:
    """Answers of the box network: (score, anchor, width, height, eyes' columns and rows relative to the middle)."""
    scores, values = np.zeros(896), np.zeros((896, 16))
    for score, anchor, width, height, eyes in boxes:
        scores[anchor], values[anchor, 2:4], values[anchor, 4:8] = score, (width, height), eyes
    return scores, values


LEVEL = (-10.0, -5.0, 10.0, -5.0)


def test_boxes_that_overlap_are_one_face_and_the_surest_comes_first():
    # Two anchors each of the cells in row 2, column 3 and row 10, column 12 of the finer map, whose cells are 8 pixels wide.
    near, far = 2 * (2 * 16 + 3), 2 * (10 * 16 + 12)
    scores, values = anchors((0.6, near, 30, 20, LEVEL), (0.4, near + 1, 40, 20, LEVEL), (0.9, far, 24, 24, LEVEL))
    first, second = face_crops(scores, values, (128, 128), most=5, least=0.3)
    assert first.centre == pytest.approx((100.0, 84.0)) and first.side == pytest.approx(1.5 * 24)
    # A mean weighted by the scores: 0.6 * 30 + 0.4 * 40.
    assert second.centre == pytest.approx((28.0, 20.0)) and second.side == pytest.approx(1.5 * 34)
    assert (first.angle, first.size) == (0.0, 192)
    assert len(face_crops(scores, values, (128, 128), most=1, least=0.3)) == 1
    assert face_crops(scores, values, (128, 128), most=5, least=0.95) == []


def test_the_cut_is_as_upright_as_the_eyes_and_where_the_wide_picture_has_the_face():
    # An anchor of the coarser map, row 4 and column 4 of cells 16 pixels wide, in a picture of 512 x 256 pixels.
    scores, values = anchors((0.9, 512 + 6 * (4 * 8 + 4), 20, 30, (-5.0, -5.0, 5.0, 5.0)))
    [crop] = face_crops(scores, values, (256, 512), most=5, least=0.3)
    # 4 pixels of the picture for one of the network's; the picture is in the middle of what the network sees.
    assert crop.centre == pytest.approx((72 * 4.0, 72 * 4.0 - 128.0))
    assert crop.side == pytest.approx(1.5 * 30 * 4) and crop.angle == pytest.approx(45.0)


def test_a_window_is_turned_and_sized_as_its_points_are():
    turn = np.radians(30.0)
    way = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    # A rectangle of 12 x 6 around (20, 14), turned clockwise on the map.
    corners = np.array([(-6.0, 0.0), (6.0, 0.0), (0.0, -3.0), (0.0, 3.0)]) @ way + (20.0, 14.0)
    points = torch.tensor(corners, dtype=torch.float32)[None, None]
    windows = Windows.around(points, points[:, :, 1] - points[:, :, 0])
    cells = torch.tensor([[(0.0, 0.0), (CELLS, 0.0), (CELLS / 2, CELLS / 2), (0.0, CELLS)]])
    expected = np.array([(-9.0, -4.5), (9.0, -4.5), (0.0, 0.0), (-9.0, 4.5)]) @ way + (20.0, 14.0)
    np.testing.assert_allclose(windows.on_map(cells, 0)[0], expected, atol=1e-4)


def test_a_window_shows_the_map_and_zero_outside():
    rows, columns = torch.meshgrid(torch.arange(24.0) + 0.5, torch.arange(30.0) + 0.5, indexing="ij")
    maps = torch.stack([columns, rows])[None].contiguous(memory_format=torch.channels_last)
    linear = torch.tensor([[[1.2, 0.3], [-0.2, 0.9]], [[2.0, 0.0], [0.0, 2.0]]])[None]
    windows = Windows(linear, torch.tensor([[3.0, 6.0], [-4.0, -4.0]])[None])
    seen = windows.sample(maps).reshape(2, 2, CELLS, CELLS)
    cells = torch.stack(torch.meshgrid(*2 * [torch.arange(CELLS) + 0.5], indexing="ij")[::-1], dim=-1).reshape(1, -1, 2)
    for part in range(2):
        places = windows.on_map(cells, part)[0]
        inside = ((places >= 0.5) & (places <= torch.tensor([29.5, 23.5]))).all(dim=1)
        np.testing.assert_allclose(seen[part].flatten(1).T[inside], places[inside], atol=1e-3)
        assert (seen[part].flatten(1).T[~inside] == 0.0).all()
    assert (seen[1, :, 0, 0] == 0.0).all()


@pytest.mark.parametrize(("channels", "made", "stride"), [(4, 4, 1), (4, 6, 1), (4, 6, 2), (4, 4, 2)])
def test_blocks_of_several_parts_compute_what_each_computes_alone(channels, made, stride):
    torch.manual_seed(0)
    both, alone = Block(channels, made, stride, parts=2), [Block(channels, made, stride) for _ in range(2)]
    with torch.inference_mode():
        for part in alone:
            for parameter in part.parameters():
                parameter.normal_()
        stored = [part.state_dict() for part in alone]
        both.load_state_dict({name: torch.cat([one[name] for one in stored]) for name in both.state_dict()})
        maps = torch.randn(3, 2, channels, 8, 8)
        expected = [part(maps[:, number].contiguous()) for number, part in enumerate(alone)]
        found = both(maps.flatten(1, 2).contiguous(memory_format=torch.channels_last))
    np.testing.assert_allclose(found, torch.cat(expected, dim=1), rtol=1e-4, atol=1e-5)


def test_a_pointwise_layer_is_a_convolution_of_one_cell():
    torch.manual_seed(1)
    layer, x, onto = Pointwise(5, 7), torch.randn(2, 5, 4, 6), torch.randn(2, 3, 4, 6)
    with torch.inference_mode():
        layer.weight.normal_(), layer.bias.normal_()
        expected = torch.nn.functional.conv2d(x, layer.weight[0].T[..., None, None], layer.bias[0])
        np.testing.assert_allclose(layer(x), expected, rtol=1e-4, atol=1e-5)
        expected[:, :3] += onto
        np.testing.assert_allclose(layer(x, onto), expected, rtol=1e-4, atol=1e-5)
