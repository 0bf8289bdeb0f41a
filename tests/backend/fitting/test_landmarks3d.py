"""fit-landmarks3d on points of heads that are known."""

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.fitting.gauss_newton import HeadProblem, prior_precision
from headbridge.fitting.job import FitLandmarksSettings, LandmarkPoints
from headbridge.fitting.landmark_orders import mirror_of_68
from headbridge.fitting.landmarks3d import fit_landmarks3d
from headbridge.fitting.noise import likeliest_noise
from headbridge.mesh.similarity import fit_similarity
from headbridge.topologies import load_topology

from .made_up_head import head_mesh, made_up_head, random_coefficients

FLAME = load_topology("flame")
OPEN = FitLandmarksSettings(model="open-flame")


def random_head(head, seed, **changes):
    """(V, 3) a head with a closed mouth and an expression, in some place."""
    return head_mesh(head, random_coefficients(head, seed, jaw=0.05) | changes).vertices


def face_error(result, vertices, topology=FLAME, mm=1.0):
    return mm * np.linalg.norm(result.vertices - vertices, axis=1)[topology.regions["face"]].mean()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ["open_flame", "ict_as_hack"])
def test_51_exact_points_give_the_face(name, seed, request):
    head = request.getfixturevalue(name)
    topology = load_topology(head.key)
    vertices = random_head(head, seed)
    points = topology.landmarks_51.evaluate(vertices)
    settings = FitLandmarksSettings(model="hack") if name == "ict_as_hack" else OPEN
    result = fit_landmarks3d(LandmarkPoints(points), settings)
    assert result.metrics["landmark_rms"] < 0.05
    mean = fit_similarity(topology.landmarks_51.evaluate(head.template), points).apply(head.template)
    mean_error = np.linalg.norm(mean - vertices, axis=1)[topology.regions["face"]].mean()
    assert face_error(result, vertices, topology) < 0.5 * mean_error


def test_noise_is_told_from_the_points():
    """Linear and Gaussian throughout, so that maximum likelihood must find what was drawn."""
    head, random = made_up_head(vertices=300, identities=60), np.random.default_rng(0)
    free = np.zeros(head.coefficient_count + 13, bool)
    free[: head.coefficient_count] = True
    for noise in (0.05, 0.5, 3.0):
        shape = head.template + head.bases @ random.normal(size=head.coefficient_count)
        targets = shape + noise * random.normal(size=shape.shape)
        problem = HeadProblem(head, targets, np.ones(300), prior_precision(head, 0.3, 0.2), free)
        assert likeliest_noise(problem, head.neutral()) == pytest.approx(noise, rel=0.1)


@pytest.mark.slow
def test_noisy_points_are_not_overfitted(open_flame):
    vertices = random_head(open_flame, 5)
    points = FLAME.landmarks_51.evaluate(vertices)
    noisy = LandmarkPoints(points + np.random.default_rng(0).normal(0.0, 1.5, points.shape))
    result = fit_landmarks3d(noisy, OPEN)
    believed = fit_landmarks3d(noisy, FitLandmarksSettings(model="open-flame", noise=0.02))
    assert 0.7 < result.metrics["noise_mm"] < 2.5
    assert face_error(result, vertices) < 0.8 * face_error(believed, vertices)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_coefficients_stay_in_a_plausible_range_whatever_the_points_say(open_flame, seed):
    vertices = random_head(open_flame, seed)
    points = FLAME.landmarks_51.evaluate(vertices)
    rough = LandmarkPoints(points + np.random.default_rng(seed).normal(0.0, 6.0, points.shape))
    for settings in (OPEN, FitLandmarksSettings(model="open-flame", noise=0.05, robust=False)):
        found = fit_landmarks3d(rough, settings).coefficients
        assert found["expression"].min() >= 0.0 and found["expression"].max() <= 1.0
        assert np.abs(found["identity"]).max() <= 4.0


def test_a_wrong_point_is_hardly_followed_and_named(open_flame):
    vertices = random_head(open_flame, 6)
    points = FLAME.landmarks_51.evaluate(vertices)
    points[31] += [0.0, 0.0, 25.0]
    result = fit_landmarks3d(LandmarkPoints(points), OPEN)
    trusting = fit_landmarks3d(LandmarkPoints(points), FitLandmarksSettings(model="open-flame", robust=False))
    assert face_error(result, vertices) < 0.5 * face_error(trusting, vertices)
    assert any("'right lip corner' is" in note for note in result.notes)


@pytest.mark.slow
@pytest.mark.parametrize(("factor", "unit"), [(1e-3, "metres"), (0.1, "centimetres"), (1.0, "millimetres")])
def test_units_are_recognised(open_flame, factor, unit):
    vertices = random_head(open_flame, 7)
    points = factor * FLAME.landmarks_51.evaluate(vertices)
    result = fit_landmarks3d(LandmarkPoints(points), OPEN)
    assert f"The points are in {unit}." in result.notes
    assert result.similarity.scale == pytest.approx(factor)
    assert face_error(result, factor * vertices, mm=1.0 / factor) < 1.5


def test_unknown_units_give_a_similarity(open_flame):
    vertices = random_head(open_flame, 7)
    result = fit_landmarks3d(LandmarkPoints(0.4 * FLAME.landmarks_51.evaluate(vertices)), OPEN)
    assert any("no known unit" in note for note in result.notes)
    assert result.similarity.scale == pytest.approx(0.4, rel=0.1)
    assert face_error(result, 0.4 * vertices, mm=2.5) < 1.5


@pytest.mark.slow
def test_68_points_are_the_51_and_a_contour(open_flame):
    vertices = random_head(open_flame, 8)
    result = fit_landmarks3d(LandmarkPoints(FLAME.landmarks_68.evaluate(vertices)), OPEN)
    inner = fit_landmarks3d(LandmarkPoints(FLAME.landmarks_51.evaluate(vertices)), OPEN)
    np.testing.assert_allclose(result.vertices, inner.vertices, atol=1e-6)
    assert any("contour" in note for note in result.notes)
    settings = FitLandmarksSettings(model="open-flame", contour=True)
    outer = fit_landmarks3d(LandmarkPoints(FLAME.landmarks_68.evaluate(vertices)), settings)
    assert outer.metrics["landmarks"]["count"] == 68 and outer.metrics["landmark_rms"] < 0.05
    assert face_error(outer, vertices) < face_error(inner, vertices)


def test_points_left_first_are_recognised_and_told(open_flame):
    points = FLAME.landmarks_68.evaluate(random_head(open_flame, 9))
    straight = fit_landmarks3d(LandmarkPoints(points), OPEN)
    turned = fit_landmarks3d(LandmarkPoints(points[mirror_of_68(FLAME.landmarks_68)]), OPEN)
    np.testing.assert_allclose(turned.vertices, straight.vertices, atol=1e-6)
    assert any("left and right exchanged" in note for note in turned.notes)
    assert not any("order" in note for note in straight.notes)


def test_contour_last_is_recognised_and_told(open_flame):
    points = FLAME.landmarks_68.evaluate(random_head(open_flame, 9))
    result = fit_landmarks3d(LandmarkPoints(np.roll(points, -17, axis=0)), OPEN)
    assert result.metrics["order"] == "the 17 of the contour last"
    assert any("not in the expected order" in note for note in result.notes)


def test_shuffled_points_are_refused(open_flame):
    points = FLAME.landmarks_51.evaluate(random_head(open_flame, 9))
    with pytest.raises(InputError, match="fit no known order"):
        fit_landmarks3d(LandmarkPoints(np.random.default_rng(0).permutation(points)), OPEN)


@pytest.mark.slow
def test_named_and_numbered_subsets(open_flame):
    points = FLAME.landmarks_51.evaluate(random_head(open_flame, 10))
    chosen = np.array([3, 30, 13, 19, 28, 31, 37, 40, 10, 6])
    named = LandmarkPoints(points[chosen], tuple(FLAME.landmarks_51.names[k] for k in chosen))
    from_one = LandmarkPoints(points[chosen], tuple(str(k + 18) for k in chosen))
    from_zero = LandmarkPoints(points[chosen], tuple(str(k + 17) for k in chosen))
    wanted = fit_landmarks3d(named, OPEN)
    assert wanted.metrics["landmark_rms"] < 0.05
    for same in (from_one, from_zero):
        np.testing.assert_allclose(fit_landmarks3d(same, OPEN).vertices, wanted.vertices, atol=1e-6)


def test_inactive_points_keep_their_place(open_flame):
    points = FLAME.landmarks_51.evaluate(random_head(open_flame, 11))
    active = np.ones(51, bool)
    active[[4, 20]] = False
    points[4] = np.nan
    points[20] = 1e4
    result = fit_landmarks3d(LandmarkPoints(points, active=active), OPEN)
    assert result.metrics["landmarks"]["count"] == 49 and result.metrics["landmark_rms"] < 0.05


def test_without_expression_the_face_is_at_rest(open_flame):
    points = FLAME.landmarks_51.evaluate(random_head(open_flame, 12))
    found = fit_landmarks3d(LandmarkPoints(points), FitLandmarksSettings(model="open-flame", expression=False))
    assert not found.coefficients["expression"].any() and not found.coefficients["jaw"].any()


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.zeros((51, 2)), r"\(N, 3\)"),
        (np.full((51, 3), np.inf), "number 1 is NaN or infinite"),
        (np.zeros((3, 3)), "3 points"),
        (np.ones((51, 3)), "one line"),
    ],
)
def test_bad_points_are_told(points, message):
    with pytest.raises(InputError, match=message):
        fit_landmarks3d(LandmarkPoints(points), OPEN)
