"""The optional detector with a module in its place: what it is asked, and what becomes of its answers."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
import torch

from headbridge.detection.face_alignment_detector import find_face_68
from headbridge.errors import HeadBridgeError, InputError
from headbridge.images import Photo

PHOTO = Photo(np.full((80, 100, 3), 0.2, np.float32), name="two.jpg")
NETWORKS = ("s3fd-619a316812.pth", "2DFAN4-11f355bf06.pth.tar")


class StandIn:
    """As FaceAlignment of version 1.5; remembers what it was given."""

    answer: list | None = None
    made: dict = {}
    picture: np.ndarray | None = None

    def __init__(self, landmarks_type, device="cuda", flip_input=True, compile=True):
        StandIn.made = {"type": landmarks_type, "device": device, "flip_input": flip_input, "compile": compile}

    def get_landmarks_from_image(self, image):
        StandIn.picture = image
        return StandIn.answer


@pytest.fixture
def package(monkeypatch, tmp_path):
    module = types.ModuleType("face_alignment")
    module.FaceAlignment, module.LandmarksType = StandIn, types.SimpleNamespace(TWO_D=1)
    monkeypatch.setitem(sys.modules, "face_alignment", module)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    for name in NETWORKS:
        (tmp_path / "checkpoints" / name).write_bytes(b"weights")
    return tmp_path / "checkpoints"


def test_the_largest_face_comes_first(package):
    small = np.random.default_rng(0).uniform(10.0, 30.0, (68, 2)).astype(np.float32)
    large = np.random.default_rng(1).uniform(10.0, 70.0, (68, 3)).astype(np.float32)
    StandIn.answer = [small, large]
    np.testing.assert_array_equal(find_face_68(PHOTO), large[:, :2])
    np.testing.assert_array_equal(find_face_68(PHOTO, 2), small)
    assert StandIn.made == {"type": 1, "device": "cpu", "flip_input": False, "compile": False}
    assert StandIn.picture.dtype == np.uint8 and np.all(StandIn.picture == 51)
    with pytest.raises(InputError, match=r"two\.jpg.*no face 3"):
        find_face_68(PHOTO, 3)


@pytest.mark.parametrize("answer", [None, []])
def test_no_face(package, answer):
    StandIn.answer = answer
    with pytest.raises(InputError, match=r"two\.jpg: face-alignment found no face"):
        find_face_68(PHOTO)


@pytest.mark.parametrize("missing", NETWORKS)
def test_networks_are_not_downloaded(package, missing):
    (package / missing).unlink()
    StandIn.made = {}
    with pytest.raises(HeadBridgeError, match=rf"get {missing} from https.*mediapipe"):
        find_face_68(PHOTO)
    assert StandIn.made == {}


def test_a_package_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "face_alignment", None)
    with pytest.raises(HeadBridgeError, match=r"headbridge\[face-alignment\].*mediapipe"):
        find_face_68(PHOTO)
