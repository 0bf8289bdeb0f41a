"""The package face-alignment itself, where it is installed, with networks in place of its own that find known points."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headbridge.fitting.photo.inputs import see_face
from headbridge.fitting.photo.job import IBUG, FitPhotoSettings, PhotoView
from headbridge.fitting.photo.landmark_noise import landmark_noise
from headbridge.fitting.photo.landmark_places import landmark_places
from headbridge.fitting.photo.landmark_stage import fit_landmarks, free_unknowns, start_state
from headbridge.fitting.photo.landmark_term import landmark_points
from headbridge.fitting.photo.prior import photo_prior
from headbridge.fitting.posable import Posed
from headbridge.images import Photo
from headbridge.progress import Progress
from headbridge.topologies import load_topology

from .posed_faces import SCREEN, posed_view

api = pytest.importorskip("face_alignment.api")
sfd = pytest.importorskip("face_alignment.detection.sfd.sfd_detector")
utils = pytest.importorskip("face_alignment.utils")


class Networks(torch.nn.Module):
    """Says what its weights are: the package loads them as it loads its own."""

    def __init__(self, *_size):
        super().__init__()
        self.box = torch.nn.Parameter(torch.zeros(1, 1, 5))
        self.heatmaps = torch.nn.Parameter(torch.zeros(1, 68, 64, 64))

    def forward(self, crops):
        return [self.heatmaps.expand(len(crops), -1, -1, -1)]


@pytest.fixture
def points(monkeypatch, tmp_path, open_flame):
    """(68, 2) pixels of a random head's landmarks, which the package finds."""
    view = posed_view(open_flame, 3, yaw=5.0)
    places = landmark_points(Posed(open_flame, view.head), load_topology("flame").landmarks_68)
    points = SCREEN.project(places, view.focal)
    low, high = points.min(axis=0), points.max(axis=0)
    networks = Networks()
    networks.box.data[:] = torch.tensor([*low, *high, 0.99])
    centre = 0.5 * (low + high) - (0.0, api.CENTER_Y_OFFSET * (high - low)[1])
    scale = (high - low).sum() / sfd.SFDDetector.reference_scale.fget(None)
    networks.heatmaps.data[:] = utils.create_target_heatmap(points[None], [centre], [scale])
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    for address in (sfd.models_urls["s3fd"], api.models_urls["2DFAN-4"]):
        torch.save(networks.state_dict(), folder / address.rsplit("/", 1)[1])
    # Its networks are looked for where torch keeps them; nobody may ask the net for others.
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(utils, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", None)
    monkeypatch.setattr(utils, "download_url_to_file", None)
    monkeypatch.setattr(api, "FAN", Networks)
    monkeypatch.setattr(sfd, "s3fd", Networks)
    monkeypatch.setattr(sfd, "detect", lambda network, *_image, **_device: network.box.detach().numpy().astype(float))
    return points


def test_its_points_enter_the_fit(points, open_flame):
    photo = Photo(np.full((SCREEN.height, SCREEN.width, 3), 0.2, np.float32), name="photo.png")
    face = see_face(PhotoView(photo), FitPhotoSettings(detector="face-alignment"), Progress())
    assert face.landmarks.order == IBUG and len(face.landmarks.points) == 68
    off = face.landmarks.points - points
    # What its crops and heatmaps of 64 pixels leave of a point: measured 0.6 of such a pixel, 0.2 of it alike for all.
    pixel = np.ptp(points, axis=0).max() / 64.0
    assert (off.std(axis=0) < 0.7 * pixel).all() and (np.abs(off.mean(axis=0)) < 0.3 * pixel).all()
    start = start_state(open_flame, (face,))
    # The fit believes the points no more than that.
    places = landmark_places("flame", IBUG)
    numbers = np.flatnonzero(places.fixed)
    _, noise = landmark_noise(open_flame, places, IBUG, numbers, None, start.views[0])
    assumed = np.sqrt(np.diag(noise.correlated).reshape(-1, 2).mean(axis=1) + noise.independent)
    assert np.median(assumed) > off[numbers].std()
    found = fit_landmarks(
        open_flame, (face,), start, photo_prior(open_flame), free_unknowns(open_flame, 1), 0, lambda *_: None
    )
    made = landmark_points(Posed(open_flame, found.state.views[0].head), places.landmarks.subset(numbers))
    apart = SCREEN.project(made, found.state.views[0].focal) - points[numbers]
    assert np.linalg.norm(apart, axis=1).mean() < np.linalg.norm(off[numbers], axis=1).mean()
