"""Known motion seen with noise: what comes back, without lag and without jitter."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.fitting.photo.landmark_term import landmark_points
from headbridge.fitting.posable import Posed
from headbridge.fitting.video.following import follow
from headbridge.fitting.video.motion import most_likely_motion
from headbridge.fitting.video.parts import Parts
from headbridge.progress import Progress

from .scripted import Script, ScriptedHead, watched

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def head() -> ScriptedHead:
    return ScriptedHead(3)


def tracked(head: ScriptedHead, seen, folder, smoothing: float = 1.0):
    alone = follow(head.model, seen, Parts(folder), Progress())
    return alone, most_likely_motion(head.model, seen, alone, smoothing, lambda share: None)


def joint(head: ScriptedHead, states, name: str, axis: int) -> np.ndarray:
    """(T,) degrees of a joint about an axis."""
    number = head.head.joint_names.index(name)
    return np.degrees([Rotation.from_matrix(state.rotations[number]).as_rotvec()[axis] for state in states])


def turns(states) -> np.ndarray:
    return np.array([Rotation.from_matrix(state.rotations[0]).as_rotvec(degrees=True) for state in states])


def test_a_still_head_does_not_tremble(head, tmp_path):
    script = Script.of(40, yaw=15.0, jaw=3.0)
    seen = head.watched(script, tmp_path / "seen", noise=0.15)
    alone, (states, numbers) = tracked(head, seen, tmp_path / "parts")
    assert numbers["flicker_px"] == pytest.approx(0.15, rel=0.25)
    faces = np.array(
        [landmark_points(Posed(head.model.head, state), head.model.landmarks).mean(axis=0) for state in states]
    )
    # Along the camera's axis a picture tells hundreds of times less.
    assert np.sqrt(((faces - faces.mean(axis=0)) ** 2).mean(axis=0)[:2]).max() < 0.1
    jitter = np.sqrt(((turns(states) - turns(states).mean(axis=0)) ** 2).mean())
    assert jitter < 0.1
    assert jitter < 0.7 * np.sqrt(((turns(alone) - turns(alone).mean(axis=0)) ** 2).mean())


def test_motion_comes_back_at_its_time(head, tmp_path):
    count = 60
    time = np.arange(count) / 30.0
    blink = np.clip(1.2 - np.abs(time - 1.0) / 0.08, 0.0, 1.0)
    script = Script.of(
        count,
        yaw=35.0 * np.sin(2.0 * np.pi * time / 2.0),
        jaw=6.0 - 6.0 * np.cos(2.0 * np.pi * 2.5 * time),
        gaze=np.where(time > 0.7, 14.0, -6.0),
        blink=blink,
    )
    seen = head.watched(script, tmp_path / "seen", noise=0.2)
    _, (states, _) = tracked(head, seen, tmp_path / "parts")
    truth = turns([head.state(script, row) for row in range(count)])
    assert np.linalg.norm(turns(states) - truth, axis=1).mean() < 1.0
    jaw = joint(head, states, "jaw", 0)
    assert np.abs(jaw - script.jaw).mean() < 1.5
    gaze = 0.5 * (joint(head, states, "left_eye", 1) + joint(head, states, "right_eye", 1))
    open_eyes = script.blink < 0.3
    assert np.abs(gaze - script.gaze)[open_eyes].mean() < 4.0
    shut = [state.coefficients[head.head.expression_names.index("eyeBlink_L")] for state in states]
    assert np.abs(np.array(shut) - blink).max() < 0.35
    for found, known in ((turns(states)[:, 1], script.yaw), (jaw, script.jaw), (gaze, script.gaze)):
        assert abs(lag(found, known)) < 0.5


def lag(found: np.ndarray, known: np.ndarray) -> float:
    """Frames by which a curve comes late: the shift of the known one that fits it best."""
    shifts, rows = np.arange(-3.0, 3.01, 0.05), np.arange(len(known))
    inner = slice(4, -4)
    off = [np.std((found - np.interp(rows - shift, rows, known))[inner]) for shift in shifts]
    return float(shifts[int(np.argmin(off))])


def test_nothing_is_evened_across_a_cut(head, tmp_path):
    script = Script.of(24, yaw=np.where(np.arange(24) < 12, -20.0, 25.0))
    points = np.stack([head.points(head.state(script, row)) for row in range(24)])
    points += 0.2 * np.random.default_rng(0).normal(size=points.shape)
    seen = watched(points, script.seconds, tmp_path / "seen", starts=[12])
    _, (states, _) = tracked(head, seen, tmp_path / "parts", smoothing=1000.0)
    yaw = turns(states)[:, 1]
    assert np.ptp(yaw[:12]) < 1.0 and np.ptp(yaw[12:]) < 1.0 and yaw[12] - yaw[11] > 40.0


def test_frames_of_uneven_times_move_evenly(head, tmp_path):
    seconds = np.cumsum(np.tile([1 / 60.0, 1 / 15.0], 15))
    script = Script.of(30, yaw=20.0 * seconds, seconds=seconds)
    seen = head.watched(script, tmp_path / "seen", noise=0.2)
    _, (states, _) = tracked(head, seen, tmp_path / "parts", smoothing=1000.0)
    speed = np.diff(turns(states)[:, 1]) / np.diff(seconds)
    assert np.abs(speed - 20.0)[2:-2].max() < 3.0


def test_a_gap_stays_a_gap(head, tmp_path):
    script = Script.of(16, yaw=10.0)
    points = np.stack([head.points(head.state(script, row)) for row in range(16)])
    valid = np.ones(16, bool)
    valid[5:9] = False
    seen = watched(points, script.seconds, tmp_path / "seen", valid=valid)
    alone, (states, _) = tracked(head, seen, tmp_path / "parts")
    assert [state is None for state in states] == (~valid).tolist()
    again = follow(head.model, seen, Parts(tmp_path / "parts"), Progress())
    assert all(np.array_equal(a.rotations, b.rotations) for a, b in zip(alone, again) if a is not None)
