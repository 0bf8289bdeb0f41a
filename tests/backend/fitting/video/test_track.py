"""Videos of a known head, from their pixels on."""

from __future__ import annotations

import json

import numpy as np
import pytest

from headbridge.errors import Cancelled, InputError
from headbridge.fitting.video.job import TrackVideoSettings
from headbridge.jobs.track_video import write_track
from headbridge.models.open_flame import load_open_flame
from headbridge.progress import Progress
from headbridge.sequences import read_sequence
from headbridge.sequences.posing import SequencePoser
from headbridge.topologies import load_topology

from ...video.films import write_film
from .scripted import SIDE, Script, ScriptedHead, filmed

pytestmark = pytest.mark.slow

QUIET = Progress()


@pytest.fixture(scope="module")
def head() -> ScriptedHead:
    return ScriptedHead(5)


@pytest.fixture(scope="module")
def film(head, tmp_path_factory):
    """A video of a head that turns and opens its mouth, with a frame of nothing, and (T, 68, 2) its landmarks."""
    count = 9
    share = np.linspace(0.0, 1.0, count)
    script = Script.of(count, 24.0, yaw=-25.0 + 50.0 * share, pitch=8.0 * np.sin(5.0 * share), jaw=10.0 * share)
    pictures, places = filmed(head, script)
    pictures.insert(5, np.full((SIDE, SIDE, 3), 90, np.uint8))
    return write_film(tmp_path_factory.mktemp("film") / "a.mp4", pictures, 24.0), np.insert(places, 5, np.nan, axis=0)


def projected(sequence) -> np.ndarray:
    """(T, 68, 2) pixels of a sequence's landmarks, by its camera."""
    marks = load_topology("flame").landmarks_68
    vertices = SequencePoser(sequence, load_open_flame("ict")).vertices(slice(None))
    points = np.stack([marks.evaluate(frame) for frame in vertices])
    seen = (points @ sequence.camera_R[0].T + sequence.camera_t[0]) @ sequence.camera_K[0].T
    return seen[..., :2] / seen[..., 2:]


def stopping_at(share: float) -> Progress:
    """Asks for the end once so much is done."""
    done = [0.0]
    return Progress(lambda fraction, *_: done.__setitem__(0, fraction), lambda: done[0] >= share)


def test_a_film_becomes_a_head_on_its_pixels_and_goes_on_where_it_was_ended(film, tmp_path):
    path, places = film
    settings = TrackVideoSettings(model="open-flame", overlays=2, texture=False)
    answer = write_track(str(path), tmp_path / "whole", settings, QUIET)
    sequence = read_sequence(tmp_path / "whole" / "sequence.npz")
    seen = np.isfinite(places[:, 0, 0])
    assert sequence.valid.tolist() == seen.tolist() and sequence.frame_ids.tolist() == list(range(10))
    assert sequence.fps == pytest.approx(24.0) and answer["metrics"]["seen"] == 9
    outer = np.linalg.norm(places[seen, 36] - places[seen, 45], axis=1).max()
    off = np.linalg.norm(projected(sequence)[seen, 17:] - places[seen, 17:], axis=2)
    assert off.mean() < 0.05 * outer
    jaw = np.degrees(sequence.joint("jaw")[seen, 0])
    assert np.abs(jaw - np.linspace(0.0, 10.0, 9)).mean() < 4.0
    assert (
        set(answer["files"]) >= {"sequence.npz", "sequence.json", *answer["overlays"]} and len(answer["overlays"]) == 2
    )
    assert all((tmp_path / "whole" / name).is_file() for name in answer["files"])
    assert json.loads((tmp_path / "whole" / "sequence.json").read_text())["verdict"] == answer["verdict"]

    for share in (0.3, 0.6):
        with pytest.raises(Cancelled):
            write_track(str(path), tmp_path / "again", settings, stopping_at(share))
        assert not (tmp_path / "again").exists()
    write_track(str(path), tmp_path / "again", settings, QUIET)
    again = read_sequence(tmp_path / "again" / "sequence.npz")
    for name in ("rotations", "translation", "expression", "identity", "camera_K"):
        assert np.array_equal(getattr(again, name), getattr(sequence, name))


def test_what_shows_no_face_is_told(tmp_path):
    path = write_film(tmp_path / "grey.mp4", [np.full((96, 96, 3), 40 * n, np.uint8) for n in range(3)])
    with pytest.raises(InputError, match="no face was found in any of 3 frames"):
        write_track(str(path), tmp_path / "out", TrackVideoSettings(), QUIET)
    with pytest.raises(InputError, match="no such frames"):
        write_track(str(path), tmp_path / "out", TrackVideoSettings(frames="7:9"), QUIET)
    with pytest.raises(InputError, match="no range"):
        write_track(str(path), tmp_path / "out", TrackVideoSettings(frames="some"), QUIET)
    assert not (tmp_path / "out").exists()
