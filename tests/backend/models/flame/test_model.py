"""The FLAME model against a plain reference, finite differences, and FLAME's published numbers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from headbridge.errors import InputError
from headbridge.models.flame import FlameParameters
from headbridge.topologies import load_builtin, load_topology

from ..torch_models.flame import JOINTS, FlameModel
from .forge import GOLDEN_JOINTS
from .reference import reference_head


def reference(published, parameters: FlameParameters):
    """The plain reference's vertices and joints of a batch, millimetres."""
    arrays = {name: getattr(parameters, name).numpy() for name in ("identity", "expression", "translation", *JOINTS)}
    heads = [
        reference_head(
            published,
            np.pad(arrays["identity"][b], (0, 300 - arrays["identity"].shape[1])),
            np.pad(arrays["expression"][b], (0, 100 - arrays["expression"].shape[1])),
            np.stack([arrays[name][b] for name in JOINTS]),
            arrays["translation"][b] / 1000.0,
        )
        for b in range(parameters.batch)
    ]
    return (1000.0 * np.stack(part) for part in zip(*heads))


@pytest.mark.parametrize("sizes", [(300, 100), (100, 50), (10, 0)])
def test_equals_the_reference_in_double_precision(published, flame_model, random_parameters, sizes):
    parameters = random_parameters(3, 1, *sizes)
    shape = flame_model(parameters)
    vertices, joints = reference(published, parameters)
    assert shape.vertices.shape == (3, 5023, 3) and shape.joints.shape == (3, 5, 3)
    np.testing.assert_allclose(shape.vertices.numpy(), vertices, atol=1e-9)
    np.testing.assert_allclose(shape.joints.numpy(), joints, atol=1e-9)


def test_single_precision_stays_within_a_micrometre(published, flame_data, random_parameters):
    parameters = random_parameters(64)
    single = FlameParameters(
        **{f.name: t.float() for f in dataclasses.fields(parameters) if (t := getattr(parameters, f.name)) is not None}
    )
    shape = FlameModel(flame_data)(single)
    assert shape.vertices.dtype == torch.float32
    exact = FlameModel(flame_data, dtype=torch.float64)(parameters).vertices
    assert (shape.vertices.double() - exact).abs().max() < 1e-3


def test_the_mean_head_has_the_published_numbers(flame_model):
    shape = flame_model(FlameParameters.zeros(dtype=torch.float64))
    vertices = shape.vertices[0].numpy() / 1000.0
    np.testing.assert_allclose(vertices.min(axis=0), (-0.108348, -0.189959, -0.154942), atol=1e-6)
    np.testing.assert_allclose(vertices.max(axis=0), (0.106846, 0.131560, 0.076114), atol=1e-6)
    np.testing.assert_allclose(shape.joints[0].numpy() / 1000.0, GOLDEN_JOINTS, atol=1e-6)
    np.testing.assert_allclose(shape.shaped[0], shape.vertices[0], atol=1e-12)
    landmarks = load_topology("flame").landmarks_51.evaluate(vertices)
    golden = {
        0: (-0.057262, 0.034730, 0.018364),
        13: (0.000317, -0.009374, 0.075798),
        19: (-0.045480, 0.020556, 0.027438),
        31: (-0.024082, -0.044142, 0.046525),
    }
    for index, place in golden.items():
        np.testing.assert_allclose(landmarks[index], place, atol=1e-6)
    np.testing.assert_allclose(landmarks.sum(axis=0), (0.006677, -0.256264, 2.446764), atol=1e-6)


def test_the_root_turns_about_its_joint(flame_model, random_parameters):
    still = random_parameters(1)
    still.root = torch.zeros(1, 3, dtype=torch.float64)
    turned = dataclasses.replace(still, root=torch.tensor([[0.0, np.pi / 2, 0.0]], dtype=torch.float64))
    before, after = flame_model(still), flame_model(turned)
    centre = before.joints[:, :1]
    x, y, z = (before.vertices - centre).unbind(-1)
    torch.testing.assert_close(after.vertices - centre, torch.stack([z, y, -x], dim=-1), atol=1e-9, rtol=0.0)
    torch.testing.assert_close(after.joints[:, 0], before.joints[:, 0])


def test_shaped_is_the_head_before_skinning(flame_model, random_parameters):
    parameters = random_parameters(2)
    shape = flame_model(parameters)
    at_rest = dataclasses.replace(parameters, root=0 * parameters.root, translation=0 * parameters.translation)
    torch.testing.assert_close(flame_model(at_rest).shaped, shape.shaped)
    flat = {name: torch.zeros(2, 3, dtype=torch.float64) for name in JOINTS}
    rest = flame_model(dataclasses.replace(parameters, translation=0 * parameters.translation, **flat))
    torch.testing.assert_close(rest.shaped, rest.vertices, atol=1e-10, rtol=0.0)


@pytest.mark.parametrize("scale", [0.0, 1.0], ids=["at rest", "posed"])
def test_gradients_equal_finite_differences(few, random_parameters, scale):
    model, weights = (
        FlameModel(few, dtype=torch.float64),
        torch.from_numpy(np.random.default_rng(5).normal(size=(2, 40, 3))),
    )
    start = random_parameters(2, 3, 6, 5)
    names = ("identity", "expression", "translation", *JOINTS)

    def sums(*tensors):
        shape = model(FlameParameters(**dict(zip(names, tensors))))
        return (shape.vertices * weights).sum(1), shape.joints.sum(-1), (shape.shaped * weights).sum((1, 2))

    tensors = [(scale * getattr(start, name)).requires_grad_() for name in names]
    assert torch.autograd.gradcheck(sums, tensors, eps=1e-6, atol=1e-6, rtol=1e-6)


def test_forward_and_backward_mode_agree(few, random_parameters):
    model, start = FlameModel(few, dtype=torch.float64), random_parameters(1, 4, 6, 5)

    def nose(pose):
        turned = dict(zip(JOINTS, pose[None].split(3, dim=1)))
        return model(dataclasses.replace(start, **turned)).vertices[0, 35]

    pose = torch.cat([getattr(start, name)[0] for name in JOINTS])
    torch.testing.assert_close(torch.func.jacfwd(nose)(pose), torch.func.jacrev(nose)(pose))


def test_heads_of_a_batch_do_not_see_each_other(flame_model, random_parameters):
    both = random_parameters(2)
    together = flame_model(both).vertices
    for b in range(2):
        alone = {
            field.name: tensor[b : b + 1]
            for field in dataclasses.fields(both)
            if (tensor := getattr(both, field.name)) is not None
        }
        torch.testing.assert_close(flame_model(FlameParameters(**alone)).vertices[0], together[b], atol=1e-10, rtol=0.0)


def test_eyelids_are_added_after_skinning(flame_data, random_parameters):
    shapes = np.random.default_rng(6).normal(size=(2, 5023, 3))
    model, parameters = FlameModel(flame_data, dtype=torch.float64, eyelids=shapes), random_parameters(2)
    closed = dataclasses.replace(parameters, eyelids=torch.tensor([[1.0, 0.0], [0.5, -2.0]], dtype=torch.float64))
    moved = (model(closed).vertices - model(parameters).vertices).numpy()
    np.testing.assert_allclose(moved[0], shapes[0], atol=1e-10)
    np.testing.assert_allclose(moved[1], 0.5 * shapes[0] - 2.0 * shapes[1], atol=1e-10)


def test_refusals_name_the_fix(flame_data, flame_model):
    with pytest.raises(InputError, match="301 identity coefficients, but FLAME 2020 .* has 300"):
        flame_model(FlameParameters(identity=torch.zeros(1, 301)))
    with pytest.raises(InputError, match="no eyelid shapes; read them from"):
        flame_model(FlameParameters(eyelids=torch.zeros(1, 2, dtype=torch.float64)))
    with pytest.raises(InputError, match=r"jaw should have the shape \(B, 3\), not \(1, 6\)"):
        FlameParameters(jaw=torch.zeros(1, 6))
    with pytest.raises(InputError, match="different numbers of heads .*jaw 2, neck 3|neck 3, jaw 2"):
        FlameParameters(jaw=torch.zeros(2, 3), neck=torch.zeros(3, 3))


def test_parameters_that_are_not_given_are_zero_and_one_serves_all():
    parameters = FlameParameters(identity=torch.ones(1, 7, dtype=torch.float64), jaw=torch.ones(4, 3).double())
    assert parameters.batch == 4 and parameters.identity.shape == (4, 7) and parameters.expression.shape == (4, 0)
    assert parameters.root.shape == (4, 3) and parameters.root.dtype == torch.float64 and not parameters.root.any()
    assert FlameParameters().batch == 1


def test_faces_are_the_topologys(flame_model):
    np.testing.assert_array_equal(flame_model.faces.numpy(), load_builtin("flame").triangles)
