"""Rotations, chains and skinning against closed forms and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from headbridge.models.skinning import axis_angle_to_matrix, chain_levels, joint_transforms, skin

FLAME_PARENTS = (-1, 0, 1, 1, 1)


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-8, 1e-4, 0.0316, 0.0317, 0.3, 1.0, np.pi, 6.0])
def test_matrices_equal_scipys(angle):
    axes = np.random.default_rng(0).normal(size=(20, 3))
    vectors = angle * axes / np.linalg.norm(axes, axis=1, keepdims=True)
    made = axis_angle_to_matrix(torch.from_numpy(vectors)).numpy()
    np.testing.assert_allclose(made, Rotation.from_rotvec(vectors).as_matrix(), atol=1e-15)


def test_the_gradient_at_zero_is_the_generators():
    zero = torch.zeros(3, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(axis_angle_to_matrix, zero)
    generators = np.zeros((3, 3, 3))
    for i, j, k, sign in ((0, 1, 2, -1), (1, 2, 0, -1), (2, 0, 1, -1), (0, 2, 1, 1), (1, 0, 2, 1), (2, 1, 0, 1)):
        generators[i, j, k] = sign
    np.testing.assert_array_equal(jacobian.numpy(), generators)
    assert torch.isfinite(torch.autograd.functional.hessian(lambda r: axis_angle_to_matrix(r).sum(), zero)).all()


@pytest.mark.parametrize("angle", [0.0, 1e-5, 0.03, 0.04, 1.0, 3.0])
def test_gradients_equal_finite_differences(angle):
    vectors = angle * torch.tensor([[0.48, -0.6, 0.64], [1.0, 0.0, 0.0]], dtype=torch.float64)
    assert torch.autograd.gradcheck(axis_angle_to_matrix, vectors.requires_grad_(), atol=1e-8)


def test_single_precision_is_as_good_as_it_can_be():
    vectors = np.random.default_rng(1).normal(0.0, 0.02, (1000, 3))
    single = axis_angle_to_matrix(torch.tensor(vectors, dtype=torch.float32)).numpy()
    np.testing.assert_allclose(single, Rotation.from_rotvec(vectors).as_matrix(), atol=2e-7)


def test_levels_of_a_chain_and_of_a_fan():
    assert chain_levels(FLAME_PARENTS) == [[0], [1], [2, 3, 4]]
    assert chain_levels((-1, 0, 1, 2)) == [[0], [1], [2], [3]]
    assert chain_levels((-1, 0, 1, 0, 3)) == [[0], [1, 3], [2, 4]]


@pytest.mark.parametrize("parents", [FLAME_PARENTS, (-1, 0, 1, 2, 3), (-1, 0, 1, 0, 3)])
def test_kinematics_is_the_product_of_turns_about_joints(parents):
    random = np.random.default_rng(2)
    turns = Rotation.from_rotvec(random.normal(size=(10, 3))).as_matrix().reshape(2, 5, 3, 3)
    joints = random.normal(size=(2, 5, 3))
    rotation, offset, placed = (
        tensor.numpy() for tensor in joint_transforms(torch.from_numpy(turns), torch.from_numpy(joints), parents)
    )
    for b in range(2):
        worlds = []
        for j, parent in enumerate(parents):
            local = np.eye(4)
            local[:3, :3], local[:3, 3] = turns[b, j], joints[b, j] - turns[b, j] @ joints[b, j]
            worlds.append(local if parent < 0 else worlds[parent] @ local)
            np.testing.assert_allclose(rotation[b, j], worlds[j][:3, :3], atol=1e-14)
            np.testing.assert_allclose(offset[b, j], worlds[j][:3, 3], atol=1e-14)
            np.testing.assert_allclose(placed[b, j], worlds[j][:3] @ [*joints[b, j], 1.0], atol=1e-14)


def test_skinning_is_the_weighted_mean_of_rigid_motions():
    random = np.random.default_rng(3)
    points, weights = random.normal(size=(2, 3, 11)), random.dirichlet(np.ones(4), 11).T
    turns = Rotation.from_rotvec(random.normal(size=(8, 3))).as_matrix().reshape(2, 4, 3, 3)
    offsets = random.normal(size=(2, 4, 3))
    each = np.einsum("bjik,bkv->bjiv", turns, points) + offsets[..., None]
    made = skin(*map(torch.from_numpy, (points, weights, turns, offsets))).numpy()
    np.testing.assert_allclose(made, np.einsum("jv,bjiv->biv", weights, each), atol=1e-14)


@pytest.fixture
def skinned():
    random = np.random.default_rng(4)
    weights = torch.from_numpy(random.dirichlet(np.ones(4), 5).T)
    inputs = [torch.from_numpy(random.normal(size=shape)) for shape in ((2, 3, 5), (2, 4, 3, 3), (2, 4, 3))]
    return lambda points, rotations, offsets: skin(points, weights, rotations, offsets), inputs


def test_skinning_has_its_derivatives_in_both_modes_and_twice(skinned):
    function, inputs = skinned
    inputs = [tensor.requires_grad_() for tensor in inputs]
    assert torch.autograd.gradcheck(function, inputs, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(function, inputs)


def test_jacobians_of_skinning_by_vectorised_maps(skinned):
    function, inputs = skinned
    forward = torch.func.jacfwd(function, argnums=(0, 1, 2))(*inputs)
    backward = torch.func.jacrev(function, argnums=(0, 1, 2))(*inputs)
    for one, other in zip(forward, backward):
        torch.testing.assert_close(one, other)


def test_skinning_where_only_some_inputs_vary(skinned):
    function, (points, rotations, offsets) = skinned
    assert torch.autograd.gradcheck(
        lambda t: function(points, rotations, t), offsets.requires_grad_(), check_forward_ad=True
    )
