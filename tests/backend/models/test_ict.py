"""The ICT-FaceKit head."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headbridge.errors import InputError
from headbridge.mesh.adjacency import connected_components
from headbridge.mesh.similarity import fit_similarity
from headbridge.models.flame import FlameParameters
from headbridge.models.ict import load_ict_rig
from headbridge.topologies import load_builtin, load_deltas, load_topology

from .torch_models.ict import IctModel


@pytest.fixture(scope="module")
def model():
    return IctModel()


@pytest.fixture(scope="module")
def exact():
    return IctModel(dtype=torch.float64)


@pytest.fixture(scope="module")
def mesh():
    return load_builtin("ict")


def vertices(model, **parameters) -> np.ndarray:
    tensors = {name: torch.tensor([value], dtype=model.dtype) for name, value in parameters.items()}
    return model(FlameParameters(**tensors)).vertices[0].numpy()


def one(names: tuple[str, ...], **values: float) -> list[float]:
    return [values.get(name, 0.0) for name in names]


def test_zero_is_the_template(model, mesh):
    head = model(FlameParameters())
    assert head.vertices.shape == (1, 26719, 3) and head.joints.shape == (1, 5, 3)
    np.testing.assert_allclose(head.vertices[0].numpy(), mesh.vertices, atol=2e-5)
    np.testing.assert_array_equal(model.faces.numpy(), mesh.triangles)


def test_coefficients_add_up(model, mesh):
    deltas, random = load_deltas("ict"), np.random.default_rng(0)
    identity, expression = random.normal(size=(2, 100)), random.uniform(size=(2, 57))
    parameters = FlameParameters(
        identity=torch.tensor(identity, dtype=torch.float32), expression=torch.tensor(expression, dtype=torch.float32)
    )
    expected = (
        mesh.vertices + np.tensordot(identity, deltas.identity, 1) + np.tensordot(expression, deltas.expression, 1)
    )
    np.testing.assert_allclose(model(parameters).vertices.numpy(), expected, atol=2e-3)
    fewer = model(FlameParameters(identity=parameters.identity[:, :7])).vertices[1].numpy()
    np.testing.assert_allclose(fewer, mesh.vertices + np.tensordot(identity[1, :7], deltas.identity[:7], 1), atol=1e-3)


def test_joints_follow_the_shape(exact):
    identity = np.random.default_rng(1).normal(size=100)
    head = exact(FlameParameters(identity=torch.tensor(identity[None])))
    np.testing.assert_allclose(head.joints[0].numpy(), load_ict_rig().joints(head.vertices[0].numpy()), atol=1e-6)


def test_eyes_turn_in_place(exact, mesh):
    """An eyeball turns about the middle of its sphere, some 15 mm from the white of the eye, and nothing else moves."""
    eyeball = load_topology("ict").regions["left_eyeball"]
    turned = vertices(exact, left_eye=[0.0, 0.4, 0.0])
    rigid = fit_similarity(mesh.vertices[eyeball], turned[eyeball])
    np.testing.assert_allclose(rigid.apply(mesh.vertices[eyeball]), turned[eyeball], atol=1e-6)
    assert np.degrees(np.arccos((np.trace(rigid.rotation) - 1.0) / 2.0)) == pytest.approx(np.degrees(0.4), abs=1e-4)
    np.testing.assert_allclose(turned[~eyeball], mesh.vertices[~eyeball], atol=1e-6)
    centre = load_ict_rig().joints(mesh.vertices)[3]
    outer = mesh.vertices[21451:22221]
    radius = np.linalg.norm(outer[outer[:, 2] < centre[2]] - centre, axis=1)
    assert radius.std() < 0.2 and 15.0 < radius.mean() < 15.6


def test_teeth_are_rigid_and_the_lower_ones_go_with_the_jaw(exact, mesh):
    opened = vertices(exact, jaw=[0.0, 0.15, 0.0])
    teeth, component = load_topology("ict").regions["teeth"], connected_components(mesh)
    jaw = load_ict_rig().weights[:, 2]
    for tooth in np.unique(component[teeth]):
        members = component == tooth
        assert jaw[members].max() < 1e-6 or jaw[members].min() > 0.999
        rigid = fit_similarity(mesh.vertices[members], opened[members])
        assert rigid.scale == pytest.approx(1.0, abs=1e-4)
    # 16 teeth above stay, 16 below move.
    moves = np.array([jaw[component == tooth].mean() for tooth in np.unique(component[teeth])])
    assert (moves < 0.5).sum() == 16 and (moves > 0.5).sum() == 16


def test_the_jaw_opened_to_its_angle_gives_jaw_open(exact):
    angle = float(np.arcsin(load_ict_rig().jaw_sine))
    by_shape = vertices(exact, expression=one(exact.expression_names, jawOpen=1.0))
    assert np.abs(vertices(exact, jaw=[angle, 0.0, 0.0]) - by_shape).max() < 0.02


def test_weights_sum_to_1_and_the_shoulders_stay(mesh):
    weights = load_ict_rig().weights
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-6)
    assert weights.min() >= 0.0
    np.testing.assert_allclose(weights[mesh.vertices[:, 1] < -150.0, 0], 1.0)
    assert (weights[mesh.vertices[:, 1] > 60.0, 0] == 0.0).all()


def test_the_root_turns_everything(exact, mesh):
    turned = vertices(exact, root=[0.3, -0.2, 0.5], translation=[1.0, 2.0, 3.0])
    rigid = fit_similarity(mesh.vertices, turned)
    np.testing.assert_allclose(rigid.apply(mesh.vertices), turned, atol=1e-5)
    joint = load_ict_rig().joints(mesh.vertices)[0]
    np.testing.assert_allclose(rigid.apply(joint[None])[0], joint + [1.0, 2.0, 3.0], atol=1e-5)


def test_gradients_agree_with_finite_differences(exact):
    random = torch.Generator().manual_seed(0)
    pull = torch.randn(26719, 3, generator=random, dtype=torch.float64)
    sizes = {"identity": 100, "expression": 57, "root": 3, "neck": 3, "jaw": 3, "right_eye": 3, "translation": 3}
    at = {name: 0.2 * torch.randn(1, size, generator=random, dtype=torch.float64) for name, size in sizes.items()}
    way = {name: torch.randn(1, size, generator=random, dtype=torch.float64) for name, size in sizes.items()}
    for name in sizes:
        at[name].requires_grad_(True)

    def energy(name, step):
        moved = at | {name: at[name] + step * way[name]}
        return (exact(FlameParameters(**moved)).vertices[0] * pull).sum()

    energy("identity", 0.0).backward()
    for name in sizes:
        with torch.no_grad():
            expected = (energy(name, 1e-5) - energy(name, -1e-5)) / 2e-5
        assert (at[name].grad * way[name]).sum().item() == pytest.approx(expected.item(), rel=1e-6), name


def test_too_many_coefficients_and_eyelids_are_refused(model):
    with pytest.raises(InputError, match="101 identity coefficients, but ICT-FaceKit has 100"):
        model(FlameParameters(identity=torch.zeros(1, 101)))
    with pytest.raises(InputError, match="eyeBlink_L"):
        model(FlameParameters(eyelids=torch.zeros(1, 2)))
