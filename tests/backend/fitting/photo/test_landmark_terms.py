import numpy as np
import pytest

from headbridge.detection.ibug import ibug_weights
from headbridge.detection.surface_points import surface_points
from headbridge.fitting.photo.contour_term import contour_term, outline
from headbridge.fitting.photo.job import DETECTED, IBUG
from headbridge.fitting.photo.landmark_noise import LandmarkNoise, landmark_noise
from headbridge.fitting.photo.landmark_places import landmark_places
from headbridge.fitting.photo.landmark_term import LandmarkTerm
from headbridge.fitting.photo.state import step_size
from headbridge.fitting.posable import Posed
from headbridge.mesh.adjacency import unique_edges
from headbridge.topologies import load_builtin, load_topology

from .posed_faces import SCREEN, exact_face, posed_view


def _slopes_agree(head, term, view):
    """The right hand side is -1/2 of the cost's gradient along random steps."""
    random = np.random.default_rng(0)
    _, right, cost = term.normal_equations(view, Posed(head, view.head))
    assert np.isclose(cost, term.cost(view, Posed(head, view.head)))
    for _ in range(4):
        step = random.normal(size=step_size(head)) * 1e-3
        step[-1] *= 0.1
        costs = []
        for sign in (1e-2, -1e-2):
            moved = view.moved(sign * step)
            costs.append(term.cost(moved, Posed(head, moved.head)))
        assert np.isclose((costs[0] - costs[1]) / 2e-2, -2.0 * right @ step, rtol=2e-3)


def _landmark_term(head, view, seed=0):
    face = exact_face(head, view)
    landmarks = landmark_places(head.key, IBUG).landmarks.subset(face.landmarks.numbers)
    random = np.random.default_rng(seed)
    count = len(landmarks)
    factors = random.normal(size=(2 * count, 5))
    noise = LandmarkNoise(factors @ factors.T, random.uniform(1.0, 3.0, count))
    targets = face.landmarks.points + random.normal(size=(count, 2))
    return LandmarkTerm(SCREEN, landmarks, targets, np.full((count, 2), 0.5), noise, random.uniform(0.5, 1.0, count))


def test_landmark_term_slopes(open_flame):
    view = posed_view(open_flame, 1)
    _slopes_agree(open_flame, _landmark_term(open_flame, view), view)


def test_points_far_off_by_themselves_lose_weight_and_others_keep_it(open_flame):
    view = posed_view(open_flame, 1)
    term = _landmark_term(open_flame, view)
    targets = term.targets.copy()
    targets[7] += 40.0
    posed = Posed(open_flame, view.head)
    spoilt = LandmarkTerm(SCREEN, term.landmarks, targets, term.bias, term.noise, np.ones(len(targets)))
    weights = spoilt.reweighted(view, posed, np.ones(len(targets))).weights
    assert weights[7] < 0.1
    assert np.delete(weights, 7).min() > 0.2


def test_a_shift_that_the_noise_explains_costs_no_weight(open_flame):
    view = posed_view(open_flame, 1)
    term = _landmark_term(open_flame, view)
    count = len(term.targets)
    together = LandmarkNoise(np.kron(np.full((count, count), 400.0), np.eye(2)), np.ones(count))
    places = term.places(view, Posed(open_flame, view.head))
    shifted = LandmarkTerm(SCREEN, term.landmarks, places + 20.0, term.bias, together, np.ones(count))
    weights = shifted.reweighted(view, Posed(open_flame, view.head), np.ones(count)).weights
    assert weights.min() > 1.4


@pytest.mark.parametrize("key", ["flame", "hack"])
def test_the_detectors_points_make_up_the_landmarks_of_the_table(key):
    vertices, topology = load_builtin(key).vertices, load_topology(key)
    places = landmark_places(key, DETECTED)
    made_up = ibug_weights() @ places.landmarks.evaluate(vertices)
    apart = np.linalg.norm(made_up - topology.landmarks_51.evaluate(vertices), axis=1)
    # The mean of two points of the skin lies a little below it.
    assert apart.max() < 1.5 and np.median(apart) < 0.2
    others = places.fixed & ~ibug_weights().any(axis=0)
    others[468:] = False
    as_measured = surface_points(key).landmarks
    np.testing.assert_array_equal(places.landmarks.vertices[others], as_measured.vertices[others])


def test_points_placed_by_hand_have_no_part_in_the_detectors_errors(open_flame):
    view = posed_view(open_flame, 1)
    places = landmark_places("flame", DETECTED)
    numbers = np.flatnonzero(places.fixed)
    exact = np.zeros(len(numbers), bool)
    exact[5] = True
    bias, noise = landmark_noise(open_flame, places, DETECTED, numbers, exact, view)
    assert (bias[5] == 0.0).all() and np.abs(bias[~exact]).max() > 0.0
    assert (noise.correlated[10:12] == 0.0).all()
    assert noise.independent[5] < 0.2 * noise.independent[~exact].min()
    assert np.linalg.eigvalsh(noise.covariance(np.ones(len(numbers)))).min() > 0.0


def test_outline_of_a_sphere_is_its_tangent_circle():
    rings, around = 60, 90
    polar, azimuth = np.meshgrid(np.linspace(0.02, np.pi - 0.02, rings), np.arange(around) * 2 * np.pi / around)
    polar, azimuth = polar.T.ravel(), azimuth.T.ravel()
    radius, distance, focal = 80.0, 500.0, 1000.0
    sphere = radius * np.stack(
        [np.sin(polar) * np.cos(azimuth), np.cos(polar), np.sin(polar) * np.sin(azimuth)], axis=1
    )
    quads = [
        (i * around + j, i * around + (j + 1) % around, (i + 1) * around + (j + 1) % around, (i + 1) * around + j)
        for i in range(rings - 1)
        for j in range(around)
    ]
    triangles = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))])
    edges = np.unique(
        np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])), axis=0
    )
    found = outline(sphere - (0.0, 0.0, distance), triangles, edges, SCREEN, focal)
    expected = focal * radius / np.sqrt(distance**2 - radius**2)
    offsets = found.places - SCREEN.centre
    assert np.allclose(np.linalg.norm(offsets, axis=1), expected, rtol=2e-3)
    agree = np.einsum("nd,nd->n", offsets, found.normals) / np.linalg.norm(offsets, axis=1)
    assert np.abs(agree).min() > 0.99


@pytest.fixture(scope="module")
def face_outline(open_flame):
    view = posed_view(open_flame, 2, yaw=30.0)
    mesh = load_builtin("flame")
    vertices = Posed(open_flame, view.head).vertices()
    return view, outline(vertices, mesh.triangles, unique_edges(mesh), SCREEN, view.focal)


def test_contour_term_slopes(open_flame, face_outline):
    view, found = face_outline
    targets = found.places[::40] + 2.0 * found.normals[::40]
    term = contour_term(found, SCREEN, targets, found.normals[::40], np.full(len(targets), 4.0))
    assert len(term.targets) == len(targets)
    _slopes_agree(open_flame, term, view)


def test_contour_term_leaves_out_what_looks_the_other_way(face_outline):
    _, found = face_outline
    targets, normals = found.places[::40], found.normals[::40]
    lonely = contour_term(found, SCREEN, targets + 10_000.0, normals, np.full(len(targets), 4.0))
    assert len(lonely.targets) == 0
