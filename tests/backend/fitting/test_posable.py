"""The head a fit moves: its derivatives against differences, its shape against the models themselves."""

import numpy as np
import pytest
import torch

from headbridge.fitting.heads import load_head
from headbridge.fitting.posable import Posed
from headbridge.fitting.result import coefficients_of, state_of
from headbridge.models.flame import FlameParameters
from headbridge.models.open_flame import load_open_flame

from ..models.torch_models.flame import FlameModel
from ..models.torch_models.ict import IctModel
from .made_up_head import made_up_head, random_coefficients


def random_state(head, seed=0):
    random = np.random.default_rng(seed)
    size = head.coefficient_count + 3 * len(head.joint_names) + 4
    return head.neutral().moved(random.normal(0.0, 0.4, size))


def check_derivatives(head, state, tolerance):
    vertices, derivatives = Posed(head, state).derivatives()
    np.testing.assert_allclose(vertices, Posed(head, state).vertices(), atol=1e-10)
    size, step = derivatives.shape[2], 1e-6
    for k, direction in enumerate(np.eye(size)):
        ahead, behind = (Posed(head, state.moved(sign * step * direction)).vertices() for sign in (1, -1))
        np.testing.assert_allclose(derivatives[:, :, k], (ahead - behind) / (2 * step), atol=tolerance)


@pytest.mark.parametrize("seed", range(3))
def test_derivatives_are_those_of_differences(seed):
    head = made_up_head(seed=seed)
    check_derivatives(head, random_state(head, seed), 1e-6)


def test_derivatives_at_rest():
    head = made_up_head()
    check_derivatives(head, head.neutral(), 1e-6)


def test_derivatives_of_the_open_head(open_flame):
    few = open_flame.restricted(slice(0, None, 611))
    check_derivatives(few, random_state(few), 1e-6)


def as_tensors(coefficients):
    return FlameParameters(**{name: torch.tensor(array)[None] for name, array in coefficients.items()})


def test_open_flame_is_the_model_in_flame_topology(open_flame):
    coefficients = random_coefficients(open_flame, 0)
    shape = FlameModel(load_open_flame(), dtype=torch.float64)(as_tensors(coefficients))
    posed = Posed(open_flame, state_of(open_flame, coefficients))
    np.testing.assert_allclose(posed.vertices(), shape.vertices[0].numpy(), atol=1e-5)
    np.testing.assert_allclose(posed.joints, shape.joints[0].numpy(), atol=1e-5)


@pytest.mark.slow
def test_ict_and_its_first_vertices_are_the_ict_model(ict_as_hack):
    coefficients = random_coefficients(ict_as_hack, 1)
    wanted = IctModel(dtype=torch.float64)(as_tensors(coefficients)).vertices[0].numpy()
    np.testing.assert_allclose(
        Posed(ict_as_hack, state_of(ict_as_hack, coefficients)).vertices(), wanted[:14062], atol=1e-5
    )
    ict = load_head("ict")
    np.testing.assert_allclose(Posed(ict, state_of(ict, coefficients)).vertices(), wanted, atol=1e-5)


def test_vertices_of_a_restricted_head_are_those_of_the_whole(open_flame):
    state, chosen = random_state(open_flame), np.array([5, 4000, 17])
    whole = Posed(open_flame, state).vertices()
    np.testing.assert_array_equal(Posed(open_flame.restricted(chosen), state).vertices(), whole[chosen])


def test_coefficients_survive_the_state():
    head = made_up_head()
    random = np.random.default_rng(3)
    coefficients = {"identity": random.normal(size=3), "expression": random.normal(size=2), "pose": 0.5 * np.eye(3)}
    back = coefficients_of(head, state_of(head, coefficients | {"translation": np.ones(3)}))
    assert set(back) == {*coefficients, "translation"}
    for name, array in coefficients.items():
        np.testing.assert_allclose(back[name], array, atol=1e-12)


def test_a_pose_turns_about_the_joints_own_axes():
    head = made_up_head()
    state = state_of(head, {"pose": np.array([[0.0, 0.3, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])})
    axis = head.axes[0][:, 1]
    np.testing.assert_allclose(state.rotations[0] @ axis, axis, atol=1e-12)
    assert np.trace(state.rotations[0]) == pytest.approx(1.0 + 2.0 * np.cos(0.3))
