"""The parts of a fit to a sequence, against plain references."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.optimize

from headbridge.fitting.gauss_newton import HeadProblem, LevenbergMarquardt, prior_precision
from headbridge.fitting.posable import HeadState, Posed
from headbridge.fitting.sequence.choice import frames_that_differ
from headbridge.fitting.sequence.person import of_one_person
from headbridge.fitting.sequence.rigid import moved_onto
from headbridge.fitting.sequence.shared import SharedProblem, of_the_person
from headbridge.fitting.sequence.smoothing import _solved_within, even_motion, evenness

from ..made_up_head import made_up_head


def random_state(head, random, size: float = 0.3) -> HeadState:
    step = size * random.normal(size=head.coefficient_count + 3 * len(head.joint_names) + 4)
    return head.neutral().moved(step)


def problem_of(head, target: HeadState) -> HeadProblem:
    free = np.ones(head.coefficient_count + 3 * len(head.joint_names) + 4, bool)
    vertices = Posed(head, target).vertices()
    weights = np.random.default_rng(3).uniform(0.5, 1.5, len(vertices))
    return HeadProblem(head, vertices, weights, prior_precision(head, 0.3, 0.2), free)


@pytest.fixture
def frames():
    head, random = made_up_head(), np.random.default_rng(1)
    problems = [problem_of(head, random_state(head, random)) for _ in range(3)]
    shared = SharedProblem.of(problems)
    return shared, shared.state([random_state(head, random) for _ in range(3)])


def test_frames_of_one_person_share_identity_and_scale(frames):
    shared, state = frames
    person = of_the_person(shared.problems[0].head)
    assert shared.index.shape == (3, 18) and person.sum() == 3 + 1
    moved = state.moved(np.random.default_rng(2).normal(size=len(shared.free)))
    for name in ("log_scale",):
        assert len({getattr(frame, name) for frame in moved.frames}) == 1
    identities = np.stack([frame.coefficients[:3] for frame in moved.frames])
    np.testing.assert_array_equal(identities, identities[:1].repeat(3, axis=0))
    assert len({frame.coefficients[3] for frame in moved.frames}) == 3


def test_equations_are_the_costs_derivatives(frames):
    shared, state = frames
    matrix, right = shared.normal_equations(state)
    count, size = len(shared.free), 1e-5
    numeric = np.array(
        [
            (shared.data_cost(state.moved(size * unit)) - shared.data_cost(state.moved(-size * unit))) / (2.0 * size)
            for unit in np.eye(count)
        ]
    )
    np.testing.assert_allclose(-2.0 * right, numeric, rtol=1e-5, atol=1e-3 * np.abs(numeric).max())
    assert np.linalg.eigvalsh(matrix).min() > -1e-6 * np.linalg.eigvalsh(matrix).max()
    # The prior of what is shared counts once.
    coefficients = state.frames[0].coefficients[:3]
    one = shared.problems[0].precision[:3] @ coefficients**2
    assert 3.0 * one == pytest.approx(prior_precision(shared.problems[0].head, 0.3, 0.2)[:3] @ coefficients**2)


def test_a_known_persons_head_is_the_same_head(frames):
    shared, state = frames
    whole, known = shared.problems[1], state.frames[1]
    folded = of_one_person(whole, known)
    kept = HeadState(known.coefficients[3:], known.rotations, known.translation, known.log_scale)
    np.testing.assert_allclose(Posed(folded.head, kept).vertices(), Posed(whole.head, known).vertices(), atol=1e-9)
    assert len(folded.free) == len(whole.free) - 3 and not folded.free[-1]


def test_a_head_moves_as_a_whole(frames):
    shared, state = frames
    problem, rng = shared.problems[0], np.random.default_rng(5)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    there = Posed(problem.head, state.frames[0]).vertices() @ turn.T + [10.0, -20.0, 30.0]
    moved = moved_onto(
        HeadProblem(problem.head, there, problem.weights, problem.precision, problem.free), state.frames[0]
    )
    np.testing.assert_allclose(Posed(problem.head, moved).vertices(), there, atol=1e-8)


def test_frames_that_differ_come_first_whatever_their_place():
    random = np.random.default_rng(0)
    template = random.normal(size=(50, 3))
    bump = random.normal(size=(50, 3))
    sizes = np.array([0.3, 0.0, 1.0, 0.1, -0.6])
    frames = np.stack([template + size * bump for size in sizes])
    for row in range(len(frames)):
        turn = np.linalg.qr(random.normal(size=(3, 3)))[0]
        frames[row] = 3.0 * frames[row] @ (turn * np.sign(np.linalg.det(turn))) + random.normal(size=3)
    used = np.arange(50) != 17
    frames[3, 17] += 100.0
    assert frames_that_differ(frames, template, used, 3).tolist() == [1, 2, 4]
    assert len(frames_that_differ(np.stack([template] * 4), template, used, 3)) == 1


@pytest.mark.parametrize("seed", range(4))
def test_banded_solution_within_limits_is_the_quadratic_programmes(seed):
    random = np.random.default_rng(seed)
    size, count = 2, 6
    unknowns = size * count
    root = np.zeros((unknowns, unknowns))
    for offset in range(2 * size + 1):
        root += np.diag(random.normal(size=unknowns - offset), offset) / (1 + offset)
    full = np.tril(np.triu(root.T @ root, -2 * size), 2 * size) + 6.0 * np.eye(unknowns)
    bands = np.zeros((2 * size + 1, unknowns))
    for offset in range(2 * size + 1):
        bands[-1 - offset, offset:] = np.diagonal(full, offset)
    gradient = 4.0 * random.normal(size=unknowns)
    room = np.stack([-random.uniform(0.0, 0.3, unknowns), random.uniform(0.0, 0.3, unknowns)])
    room[0, ::5] = 0.0
    best = scipy.optimize.minimize(
        lambda x: 0.5 * x @ full @ x - gradient @ x,
        np.zeros(unknowns),
        jac=lambda x: full @ x - gradient,
        bounds=list(zip(*room)),
        method="L-BFGS-B",
        options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 10_000},
    )
    np.testing.assert_allclose(_solved_within(bands, gradient, room), best.x, atol=1e-5)


def test_what_frames_leave_open_follows_from_even_motion():
    head, random = made_up_head(), np.random.default_rng(7)
    count, noise = 40, 3.0
    at = 2.0 * np.pi * np.arange(count)[:, None] / count
    curves = 0.8 * np.sin(at * [1.0, 1.5] + [0.3, 2.0])
    problems, states = [], []
    for row in range(count):
        true = HeadState(np.append(np.zeros(3), curves[row]), head.neutral().rotations, np.zeros(3), 0.0)
        whole = problem_of(head, true)
        problem = of_one_person(whole, true)
        problem = replace(problem, targets=problem.targets + random.normal(0.0, noise, problem.targets.shape))
        start = replace(true, coefficients=curves[row] + 0.1)
        problems.append(problem)
        states.append(LevenbergMarquardt().minimise(problem, start, noise))
    even = evenness(problems[0], np.arange(count), 30.0, 1.0)
    smooth = even_motion(problems.__getitem__, states, noise, even, lambda share: None)
    alone, together = (
        np.sqrt(np.mean((np.stack([state.coefficients for state in each]) - curves) ** 2)) for each in (states, smooth)
    )
    assert together < 0.7 * alone
    # Frames with others missing between them do not know of each other.
    apart = evenness(problems[0], np.arange(count) ** 2, 30.0, 1.0)
    same = even_motion(problems.__getitem__, states, noise, apart, lambda share: None)
    np.testing.assert_allclose(
        np.stack([state.coefficients for state in same]), np.stack([state.coefficients for state in states]), atol=1e-3
    )
