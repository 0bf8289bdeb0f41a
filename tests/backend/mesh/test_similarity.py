import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.errors import InputError
from headbridge.mesh.similarity import Similarity, fit_similarities, fit_similarity, fit_similarity_robust


@pytest.fixture
def points():
    return np.random.default_rng(3).normal(size=(40, 3))


@pytest.fixture
def truth():
    turn = Rotation.from_euler("xyz", [100, -40, 250], degrees=True).as_matrix()
    return Similarity(37.5, turn, np.array([5.0, -800, 3]))


def assert_same(found, truth):
    assert found.scale == pytest.approx(truth.scale, rel=1e-10)
    np.testing.assert_allclose(found.rotation, truth.rotation, atol=1e-10)
    np.testing.assert_allclose(found.translation, truth.translation, atol=1e-7)


def test_exact_points_give_back_the_similarity(points, truth):
    assert_same(fit_similarity(points, truth.apply(points)), truth)


def test_weights_choose_the_points(points, truth):
    target = truth.apply(points)
    target[:10] += 1000.0
    weights = np.ones(40)
    weights[:10] = 0.0
    assert_same(fit_similarity(points, target, weights), truth)


def test_mirrored_points_never_give_a_reflection(points):
    found = fit_similarity(points, points * [-1, 1, 1])
    assert np.linalg.det(found.rotation) == pytest.approx(1.0)


def test_points_on_a_line_are_refused():
    line = np.arange(5)[:, None] * np.array([[1.0, 2, 3]])
    with pytest.raises(InputError, match="one line"):
        fit_similarity(line, line)


def test_robust_fit_ignores_a_few_wrong_pairs(points, truth):
    target = truth.apply(points)
    target[[3, 17, 29]] += [900.0, -400, 700]
    found = fit_similarity_robust(points, target)
    assert np.abs(found.apply(points) - truth.apply(points))[[0, 1, 2]].max() < 1e-2 * truth.scale


def test_many_at_once_agree_with_one_by_one(points):
    rng = np.random.default_rng(0)
    turns = Rotation.random(3, random_state=1).as_matrix()
    truths = [Similarity(s, r, rng.normal(size=3)) for s, r in zip((0.2, 1, 9), turns)]
    source = np.broadcast_to(points, (3, 40, 3))
    target = np.stack([t.apply(points) for t in truths])
    scales, rotations, translations = fit_similarities(source, target, np.ones((3, 40)))
    for k, t in enumerate(truths):
        assert_same(Similarity(scales[k], rotations[k], translations[k]), t)


def test_inverse_and_composition(points, truth):
    np.testing.assert_allclose(truth.inverse().apply(truth.apply(points)), points, atol=1e-9)
    other = Similarity(0.1, Rotation.from_rotvec([1, 2, 0.5]).as_matrix(), np.array([1.0, 2, 3]))
    np.testing.assert_allclose(truth.then(other).apply(points), other.apply(truth.apply(points)), atol=1e-9)
