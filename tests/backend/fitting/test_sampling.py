"""Random heads are what the settings say."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.errors import Cancelled
from headbridge.fitting.job import SampleSettings
from headbridge.fitting.posable import Posed
from headbridge.fitting.result import state_of
from headbridge.fitting.sampling import sample_heads
from headbridge.progress import Progress

from .made_up_head import made_up_head


def samples(head, **settings):
    return list(sample_heads(head, SampleSettings(**settings), Progress()))


def stacked(found, name):
    return np.stack([sample.coefficients[name] for sample in found])


def test_vertices_are_those_of_the_coefficients(open_flame):
    for sample in samples(open_flame, count=2, seed=5):
        wanted = Posed(open_flame, state_of(open_flame, sample.coefficients)).vertices()
        np.testing.assert_allclose(sample.vertices, wanted, atol=1e-9)


def test_equal_seeds_give_equal_heads_and_more_leave_the_first():
    head = made_up_head()
    first, again, other = samples(head, count=3, seed=1), samples(head, count=6, seed=1), samples(head, count=3, seed=2)
    for one, same, different in zip(first, again, other):
        np.testing.assert_array_equal(one.vertices, same.vertices)
        assert np.abs(one.vertices - different.vertices).max() > 1.0
    assert len({sample.name for sample in again}) == 6


def test_identities_are_normal_and_truncated():
    head = made_up_head(identities=40)
    drawn = stacked(samples(head, count=200, limit=2.0), "identity")
    assert np.abs(drawn).max() <= 2.0
    assert drawn.mean() == pytest.approx(0.0, abs=0.05)
    # The deviation of a normal distribution cut at two deviations.
    assert drawn.std() == pytest.approx(0.8796, abs=0.02)
    doubled = stacked(samples(head, count=200, limit=2.0, identity=2.0), "identity")
    np.testing.assert_allclose(doubled, 2.0 * drawn)


def test_blendshapes_stay_between_0_and_1(open_flame):
    drawn = stacked(samples(open_flame, count=30, expression=4.0), "expression")
    assert drawn.min() >= 0.0 and drawn.max() == 1.0
    assert 0.05 < np.mean(drawn > 0.0) < 0.3


def test_jaw_only_opens(open_flame):
    jaw = stacked(samples(open_flame, count=30), "jaw")
    assert (jaw[:, 0] >= 0.0).all() and jaw[:, 0].max() > 0.1


def test_eyes_look_the_same_way(open_flame):
    found = samples(open_flame, count=3)
    np.testing.assert_array_equal(stacked(found, "left_eye"), stacked(found, "right_eye"))


def test_neutral_templates_differ_in_identity_alone(open_flame):
    found = samples(open_flame, count=3, kind="neutral")
    for name in ("expression", "root", "neck", "jaw", "left_eye", "right_eye", "translation"):
        assert not stacked(found, name).any()
    assert np.ptp(stacked(found, "identity"), axis=0).min() > 0.0


def test_sequence_is_one_smooth_head_from_rest_to_rest(open_flame):
    frames = samples(open_flame, count=61, kind="sequence", keyframes=3, seed=4)
    identity, jaw, expression = (stacked(frames, name) for name in ("identity", "jaw", "expression"))
    assert np.ptp(identity, axis=0).max() == 0.0
    for values in (jaw, expression):
        assert np.abs(values[[0, -1]]).max() < 1e-9 and np.abs(values).max() > 0.05
    assert expression.min() >= 0.0 and expression.max() <= 1.0
    # A cubic has bounded second differences: a sixtieth of the way changes its slope little.
    assert np.abs(np.diff(jaw, n=2, axis=0)).max() < 0.1 * np.ptp(jaw)


def test_poses_are_scaled():
    head = made_up_head()
    turns = stacked(samples(head, count=50, pose=2.0), "pose")
    plain = stacked(samples(head, count=50), "pose")
    np.testing.assert_allclose(Rotation.from_rotvec(turns[0]).magnitude(), 2 * np.linalg.norm(plain[0], axis=1))
    assert not stacked(samples(head, count=3, pose=0.0), "pose").any()


def test_a_stop_ends_the_sampling():
    with pytest.raises(Cancelled):
        list(sample_heads(made_up_head(), SampleSettings(), Progress(should_stop=lambda: True)))
