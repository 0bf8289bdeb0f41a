"""Whoever looks for faces looks on the device of its job."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.detection import looking
from headbridge.fitting.photo.inputs import see_face
from headbridge.fitting.photo.job import FitPhotoSettings, PhotoView
from headbridge.fitting.scan import fit as scan_fit
from headbridge.fitting.scan.job import FitScanInput, FitScanSettings
from headbridge.images import Photo
from headbridge.progress import Progress
from headbridge.registration.seen import look_at
from headbridge.topologies import load_builtin


class _Asked(Exception):
    pass


@pytest.fixture
def networks_go_to(monkeypatch):
    """The device that was asked for, when the face networks are made; nothing is computed."""

    def made(device):
        raise _Asked(device)

    monkeypatch.setattr(looking, "Looking", made)


def test_the_face_networks_go_to_the_jobs_device(networks_go_to, monkeypatch):
    head, photo = load_builtin("hack"), Photo(np.zeros((32, 32, 3), np.float32))
    with pytest.raises(_Asked, match="cuda"):
        see_face(PhotoView(photo), FitPhotoSettings(device="cuda"), Progress())
    with pytest.raises(_Asked, match="cuda"):
        look_at(head, None, None, None, device="cuda")
    monkeypatch.setattr(scan_fit, "warp_device", str)
    with pytest.raises(_Asked, match="cuda"):
        scan_fit.fit_scan(FitScanInput(head), FitScanSettings(device="cuda"))
