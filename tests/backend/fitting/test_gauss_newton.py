"""The solver against problems whose answer is known."""

import dataclasses

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from headbridge.errors import Cancelled
from headbridge.fitting.gauss_newton import HeadProblem, LevenbergMarquardt, prior_precision, step_layout
from headbridge.fitting.posable import Posed

from .made_up_head import made_up_head


def problem_of(head, targets, free_parts, weights=None):
    layout = step_layout(head)
    free = np.zeros(layout["scale"].stop, bool)
    for part in free_parts:
        free[layout[part]] = True
    weights = np.ones(len(targets)) if weights is None else weights
    return HeadProblem(head, targets, weights, prior_precision(head, 0.3, 0.2), free)


def test_linear_unknowns_are_the_ridge_solution():
    head, random = made_up_head(vertices=30), np.random.default_rng(0)
    targets = head.template + random.normal(size=head.template.shape)
    weights, noise = random.random(30), 0.7
    problem = problem_of(head, targets, ["identity", "expression"], weights)
    state = LevenbergMarquardt().minimise(problem, head.neutral(), noise)
    # At rest x = template + bases c whatever the joints do.
    basis = (np.sqrt(weights)[:, None, None] * head.bases).reshape(90, 5)
    right = (np.sqrt(weights)[:, None] * (targets - head.template)).reshape(90)
    wanted = np.linalg.solve(basis.T @ basis + noise**2 * np.eye(5), basis.T @ right)
    np.testing.assert_allclose(state.coefficients, wanted, atol=1e-8)


def test_everything_at_once_is_found_back():
    head, random = made_up_head(vertices=60), np.random.default_rng(1)
    step = random.normal(0.0, 0.3, head.coefficient_count + 13)
    truth = head.neutral().moved(step)
    targets = Posed(head, truth).vertices()
    layout = list(step_layout(head))
    problem = problem_of(head, targets, layout)
    state = LevenbergMarquardt(limit=60).minimise(problem, head.neutral(), 1e-6)
    np.testing.assert_allclose(problem.points(state), targets, atol=1e-4)
    np.testing.assert_allclose(state.coefficients, truth.coefficients, atol=1e-4)


def test_gradient_vanishes_at_the_minimum_with_noise():
    head, random = made_up_head(vertices=40), np.random.default_rng(2)
    truth = head.neutral().moved(random.normal(0.0, 0.2, head.coefficient_count + 13))
    targets = Posed(head, truth).vertices() + random.normal(size=(40, 3))
    parts = ["identity", "expression", "root", "neck", "jaw", "translation"]
    problem, noise = problem_of(head, targets, parts), 1.0
    state = LevenbergMarquardt(limit=60, tolerance=1e-9, noise_tolerance=0.0).minimise(problem, head.neutral(), noise)

    def cost(moved):
        return problem.data_cost(moved) / noise**2 + problem.prior_cost(moved)

    least = cost(state)
    for direction in np.eye(len(problem.free))[problem.free]:
        slope = (cost(state.moved(1e-5 * direction)) - cost(state.moved(-1e-5 * direction))) / 2e-5
        curvature = (cost(state.moved(1e-3 * direction)) + cost(state.moved(-1e-3 * direction)) - 2 * least) / 1e-6
        # How much a last step along the direction could still gain.
        assert slope**2 / max(curvature, 1e-9) < 1e-3


def test_what_is_not_free_stays():
    head = made_up_head()
    targets = head.template + 10.0
    problem = problem_of(head, targets, ["translation"])
    state = LevenbergMarquardt().minimise(problem, head.neutral(), 1.0)
    np.testing.assert_allclose(state.translation, 10.0, atol=1e-9)
    assert not state.coefficients.any() and state.log_scale == 0.0
    np.testing.assert_array_equal(state.rotations, head.neutral().rotations)


def test_report_can_stop_the_fit():
    head = made_up_head()

    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        LevenbergMarquardt(report=stop).minimise(problem_of(head, head.template, ["root"]), head.neutral(), 1.0)


def test_limits_hold_and_the_rest_is_the_best_beside_them():
    head, random = made_up_head(vertices=30), np.random.default_rng(3)
    targets = head.template + head.bases @ [0.5, -3.0, 1.0, 0.2, 4.0] + random.normal(size=head.template.shape)
    problem, noise = problem_of(head, targets, ["identity", "expression"]), 0.5
    limits = np.array([[-1.0] * 5, [2.0] * 5])
    bounded = dataclasses.replace(problem, limits=limits)
    state = LevenbergMarquardt(noise_tolerance=0.0).minimise(bounded, head.neutral(), noise)
    basis = np.concatenate([head.bases.reshape(90, 5), noise * np.eye(5)])
    wanted = lsq_linear(basis, np.append((targets - head.template).reshape(90), np.zeros(5)), bounds=limits, tol=1e-12)
    np.testing.assert_allclose(state.coefficients, wanted.x, atol=1e-5)
    assert state.coefficients[1] == -1.0 and state.coefficients[4] == 2.0
