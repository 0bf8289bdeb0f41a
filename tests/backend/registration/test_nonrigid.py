"""Non-rigid ICP on shapes whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.device import available_devices
from headbridge.errors import Cancelled
from headbridge.progress import Progress
from headbridge.registration.anchors import Anchors, RimPair
from headbridge.registration.nonrigid import NonRigid, Stage
from headbridge.registration.surface_term import selection
from headbridge.registration.target_surface import TargetSurface

from .shapes import sheet, sphere

DEVICES = available_devices()
AXES = np.array([58.0, 50.0, 44.0])


@pytest.fixture(params=DEVICES)
def device(request):
    return request.param


def plan(*lengths, **more):
    settings = {"iterations": 4, "reach": 25.0, "landmark": 1.0, "rim": 1.0, "min_cosine": 0.3, **more}
    return [Stage(bending_length=length, **settings) for length in lengths]


def target_of(vertices, triangles, device="cpu"):
    return TargetSurface(vertices, triangles, np.ones(len(vertices), bool), device)


def ball_onto_ellipsoid(device="cpu", weights=None, axes=AXES, **more):
    """A ball of radius 50 (2,562 vertices) transferred onto an ellipsoid (10,242 vertices) about the same middle."""
    rest, triangles = sphere(4, 50.0)
    unit, faces = sphere(5)
    weights = np.ones(len(rest)) if weights is None else weights
    solver = NonRigid(rest, triangles, weights, target_of(unit * axes, faces, device), device=device, **more)
    return rest, triangles, solver


def ellipsoid_distance(points, axes=AXES):
    """First-order distance of (N, 3) points to the ellipsoid."""
    level = (points**2 / axes**2).sum(axis=1) - 1.0
    return level / np.linalg.norm(2.0 * points / axes**2, axis=1)


@pytest.mark.slow
def test_a_ball_ends_on_the_ellipsoid(device):
    _, triangles, solver = ball_onto_ellipsoid(device)
    solver.run(plan(40.0, 15.0, 6.0, 2.0), Progress())
    # A face of the target lies up to 0.05 mm below the ellipsoid.
    assert np.abs(ellipsoid_distance(solver.positions)).max() < 0.1
    normals = np.cross(*(solver.positions[triangles[:, k]] - solver.positions[triangles[:, 0]] for k in (1, 2)))
    assert (np.einsum("td,td->t", normals, solver.positions[triangles[:, 0]]) > 0).all()


@pytest.mark.slow
def test_it_gives_the_same_bits_twice(device):
    results = []
    for _ in range(2):
        _, _, solver = ball_onto_ellipsoid(device)
        solver.run(plan(20.0, 5.0), Progress())
        results.append(solver.positions)
    np.testing.assert_array_equal(*results)


def test_a_surface_that_lies_on_the_target_already_stays():
    vertices, triangles = sphere(4, 50.0)
    solver = NonRigid(vertices, triangles, np.ones(len(vertices)), target_of(vertices, triangles))
    solver.run(plan(10.0, 1.0), Progress())
    assert np.abs(solver.positions - vertices).max() < 1e-3


@pytest.mark.slow
def test_it_turns_without_resistance_where_landmarks_say_so():
    unit, triangles = sphere(4)
    rest = unit * AXES
    turn = Rotation.from_rotvec([0.2, -0.5, 0.3]).as_matrix()
    picks = np.argsort(unit @ [1.0, 0.2, 0.1])[:: len(unit) // 12]
    anchors = Anchors(selection(picks, len(rest)), rest[picks] @ turn.T)
    solver = NonRigid(rest, triangles, np.ones(len(rest)), target_of(rest @ turn.T, triangles), anchors)
    # Every stage turns the rest shape along, as far as the one before has come.
    solver.run(plan(*[60.0] * 20, iterations=2, reach=10.0), Progress())
    assert np.abs(solver.positions - rest @ turn.T).max() < 0.2


@pytest.mark.slow
def test_stiffness_is_a_length():
    """A ripple of 25 mm is copied by a plate of bending length 2 mm and suppressed by one of 25 mm."""
    rest, triangles = sheet(61, 61, 2.0)
    target, faces = sheet(121, 121, 1.0)
    target[:, 2] = np.sin(2.0 * np.pi * target[:, 0] / 25.0)
    copied = {}
    for length in (2.0, 25.0):
        solver = NonRigid(rest, triangles, np.ones(len(rest)), target_of(target, faces))
        solver.run(plan(length, iterations=10), Progress())
        middle = np.abs(rest - rest.mean(axis=0)).max(axis=1) < 40.0
        copied[length] = np.abs(solver.positions[middle, 2]).max()
    assert copied[2.0] > 0.9
    assert copied[25.0] < 0.15


@pytest.mark.slow
def test_vertices_without_data_follow_and_copy_nothing():
    """The target has a bump where the source carries no data: the bump is not copied, the surroundings are matched."""
    rest, triangles = sphere(4, 50.0)
    unit, faces = sphere(5)
    bump = 6.0 * np.exp(-((unit - [0, 0, 1.0]) ** 2).sum(axis=1) / 0.04)
    target = target_of(unit * (54.0 + bump[:, None]), faces)
    away = np.linalg.norm(rest / 50.0 - [0, 0, 1.0], axis=1)
    quiet = away < 0.6
    stages = plan(20.0, 8.0, 3.0)
    silent = NonRigid(rest, triangles, (~quiet).astype(float), target)
    silent.run(stages, Progress())
    radius = np.linalg.norm(silent.positions, axis=1)
    # They go with the rest of the ball to the radius of 54, and no higher.
    assert np.abs(radius[quiet] - 54.0).max() < 1.0
    assert np.abs(radius[away > 0.75] - 54.0).max() < 0.1
    full = NonRigid(rest, triangles, np.ones(len(rest)), target)
    full.run(stages, Progress())
    assert np.linalg.norm(full.positions, axis=1).max() > 59.0


@pytest.mark.slow
def test_landmarks_pull_along_the_surface():
    rest, triangles = sphere(4, 50.0)
    turn = Rotation.from_rotvec([0.0, 0.35, 0.0]).as_matrix()
    picks = np.argsort(-rest[:, 2])[[0, 40, 80, 120]]
    anchors = Anchors(selection(picks, len(rest)), rest[picks] @ turn.T)
    before = np.linalg.norm(rest[picks] - anchors.targets, axis=1)
    after = {}
    for strength in (0.0, 2.0):
        solver = NonRigid(rest, triangles, np.ones(len(rest)), target_of(*sphere(5, 50.0)), anchors)
        solver.run(plan(20.0, 10.0, iterations=6, landmark=strength), Progress())
        after[strength] = np.linalg.norm(solver.positions[picks] - anchors.targets, axis=1)
    # A ball has no features: without landmarks nothing slides.
    assert np.abs(after[0.0] - before).max() < 0.1
    assert after[2.0].max() < 0.15 * before.min()


def test_a_rim_ends_on_its_curve():
    """An opening of radius 20 in a sheet is drawn to an ellipse, although no surface says so."""
    rest, triangles = sheet(41, 41, 3.0)
    rest -= rest.mean(axis=0)
    # Around the opening the grid is bent to circles.
    ring = np.abs(rest).max(axis=1)
    length = np.linalg.norm(rest, axis=1)
    rest *= (ring / np.maximum(length, 1e-9))[:, None]
    curve = np.flatnonzero(np.isclose(ring, 21.0))
    curve = curve[np.argsort(np.arctan2(rest[curve, 1], rest[curve, 0]))]
    angle = 2.0 * np.pi * np.arange(200) / 200
    ellipse = np.stack([24.0 * np.cos(angle), 16.0 * np.sin(angle), np.zeros(200)], axis=1)
    solver = NonRigid(
        rest, triangles, np.ones(len(rest)), target_of(*sheet_about_origin()), rims=(RimPair(curve, ellipse),)
    )
    solver.run(plan(15.0, 6.0, 3.0, 1.0, iterations=8), Progress())
    x, y, z = solver.positions[curve].T
    assert np.abs(np.hypot(x / 24.0, y / 16.0) - 1.0).max() < 0.02
    assert np.abs(z).max() < 0.05
    # And it goes there the short way: no vertex slid along the ellipse.
    turned = np.unwrap(np.arctan2(y / 16.0, x / 24.0)) - np.unwrap(np.arctan2(rest[curve, 1], rest[curve, 0]))
    assert np.abs(turned).max() < 0.25


def sheet_about_origin():
    vertices, triangles = sheet(61, 61, 3.0)
    return vertices - vertices.mean(axis=0), triangles


def test_the_source_reaches_no_farther_than_the_reach():
    rest, triangles = sheet(21, 21, 2.0)
    target, faces = sheet(21, 21, 2.0)
    for height, expected in ((5.0, 5.0), (15.0, 0.0)):
        solver = NonRigid(rest, triangles, np.ones(len(rest)), target_of(target + [0, 0, height], faces))
        solver.run(plan(10.0, reach=10.0, iterations=8), Progress())
        assert solver.positions[:, 2].mean() == pytest.approx(expected, abs=0.1)


def test_surfaces_that_face_the_other_way_are_not_matched():
    rest, triangles = sheet(21, 21, 2.0)
    solver = NonRigid(rest, triangles, np.ones(len(rest)), target_of(rest + [0, 0, 3.0], triangles[:, ::-1]))
    solver.run(plan(10.0), Progress())
    np.testing.assert_allclose(solver.positions, rest, atol=1e-6)


def test_beyond_the_targets_border_nothing_is_drawn_to_it():
    """Half of the source has no counterpart: it goes on flat instead of crowding at the border."""
    rest, triangles = sheet(41, 21, 2.0)
    half, faces = sheet(21, 21, 2.0)
    solver = NonRigid(rest, triangles, np.ones(len(rest)), target_of(half + [0, 0, 3.0], faces))
    solver.run(plan(20.0, 8.0, iterations=6), Progress())
    np.testing.assert_allclose(solver.positions[:, :2], rest[:, :2], atol=0.3)
    assert np.abs(solver.positions[:, 2] - 3.0).max() < 1.0


def test_progress_counts_every_iteration_within_its_span():
    rest, _, solver = ball_onto_ellipsoid()
    reports = []
    solver.run(plan(20.0, 5.0), Progress(lambda *report: reports.append(report)), (0.2, 0.6))
    np.testing.assert_allclose([fraction for fraction, _, _ in reports], 0.2 + 0.4 * np.arange(8) / 8)
    assert [vertices.shape for _, _, vertices in reports] == [rest.shape] * 8


def test_a_cancel_is_heard_at_the_next_iteration():
    _, _, solver = ball_onto_ellipsoid()
    seen = []
    progress = Progress(lambda fraction, *_: seen.append(fraction), lambda: len(seen) == 3)
    with pytest.raises(Cancelled):
        solver.run(plan(20.0, 5.0), progress)
    assert len(seen) == 3
