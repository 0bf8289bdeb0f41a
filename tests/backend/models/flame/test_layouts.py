"""Parameters of other projects mean the same mesh here, and come back unchanged."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from headbridge.errors import InputError
from headbridge.models.flame import FlameParameters
from headbridge.models.flame.layouts import (
    DECA,
    FLAME_PYTORCH,
    METRICAL_TRACKER,
    MICA_DATASET,
    TF_FLAME,
)

from ..torch_models.flame import JOINTS
from .reference import reference_head

RANDOM = np.random.default_rng(8)


def drawn(scale=0.3, **widths):
    return {name: scale * RANDOM.normal(size=(2, width)) for name, width in widths.items()}


def six(vectors):
    """The first two rows of the rotations, as PyTorch3D's matrix_to_rotation_6d gives them."""
    return Rotation.from_rotvec(vectors).as_matrix()[:, :2].reshape(-1, 6)


def joints_of(**given):
    """(2, 5, 3) of the given joints, zero elsewhere."""
    return np.stack([given.get(name, np.zeros((2, 3))) for name in JOINTS], axis=1)


# Each case is written down as its project uses its arrays: (layout, its file, identity, expression, pose, translation).


def tf_flame():
    v = drawn(shape=300, exp=100, rot=3, pose=12, trans=3)
    neck, jaw, left, right = np.split(v["pose"], 4, axis=1)
    return (
        TF_FLAME,
        v,
        v["shape"],
        v["exp"],
        joints_of(root=v["rot"], neck=neck, jaw=jaw, left_eye=left, right_eye=right),
        v["trans"],
    )


def flame_pytorch():
    v = drawn(shape_params=300, expression_params=100, pose_params=6, neck_pose=3, eye_pose=6, transl=3)
    pose = joints_of(
        root=v["pose_params"][:, :3],
        jaw=v["pose_params"][:, 3:],
        neck=v["neck_pose"],
        left_eye=v["eye_pose"][:, :3],
        right_eye=v["eye_pose"][:, 3:],
    )
    return FLAME_PYTORCH, v, v["shape_params"], v["expression_params"], pose, v["transl"]


def deca():
    v = drawn(shape=100, exp=50, pose=6)
    return DECA, v, v["shape"], v["exp"], joints_of(root=v["pose"][:, :3], jaw=v["pose"][:, 3:]), np.zeros((2, 3))


def mica_dataset():
    v = drawn(betas=400, pose=15, trans=3)
    pose = v["pose"].reshape(2, 5, 3)
    return MICA_DATASET, v, v["betas"][:, :300], v["betas"][:, 300:], pose, v["trans"]


def metrical_tracker():
    v = drawn(shape=300, exp=100, eyelids=2)
    jaw, left, right = (RANDOM.normal(0.0, 0.5, (2, 3)) for _ in range(3))
    v |= {"jaw": six(jaw), "eyes": np.concatenate([six(left), six(right)], axis=1)}
    return (
        METRICAL_TRACKER,
        v,
        v["shape"],
        v["exp"],
        joints_of(jaw=jaw, left_eye=left, right_eye=right),
        np.zeros((2, 3)),
    )


CASES = [tf_flame, flame_pytorch, deca, mica_dataset, metrical_tracker]


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_read_parameters_mean_the_same_mesh(case, published, flame_model):
    layout, values, identity, expression, pose, translation = case()
    parameters = layout.read(values)
    if parameters.eyelids is not None:
        np.testing.assert_array_equal(parameters.eyelids, values["eyelids"])
        parameters.eyelids = None
    shape = flame_model(parameters)
    for b in range(2):
        coefficients = (
            np.pad(identity[b], (0, 300 - identity.shape[1])),
            np.pad(expression[b], (0, 100 - expression.shape[1])),
        )
        vertices, joints = reference_head(published, *coefficients, pose[b], translation[b])
        np.testing.assert_allclose(shape.vertices[b].numpy(), 1000.0 * vertices, atol=1e-8)
        np.testing.assert_allclose(shape.joints[b].numpy(), 1000.0 * joints, atol=1e-8)


@pytest.mark.parametrize("case", CASES)
def test_round_trips(case):
    layout, values, *_ = case()
    written = layout.write(layout.read(values))
    assert set(written) == set(values)
    for key, array in values.items():
        np.testing.assert_allclose(written[key], array, atol=1e-12, err_msg=key)
    again = layout.read(written)
    for field in dataclasses.fields(again):
        first, second = getattr(layout.read(values), field.name), getattr(again, field.name)
        assert (first is None) == (second is None)
        if first is not None:
            torch.testing.assert_close(first, second, atol=1e-12, rtol=0.0)


def test_between_layouts():
    _, values, *_ = deca()
    turned = MICA_DATASET.write(DECA.read(values))
    np.testing.assert_allclose(turned["pose"][:, 6:9], values["pose"][:, 3:], atol=1e-15)
    np.testing.assert_array_equal(turned["betas"][:, 300:350], values["exp"])
    assert not turned["betas"][:, 100:300].any()


def test_one_head_fewer_coefficients_and_tensors_are_read():
    parameters = FLAME_PYTORCH.read({"shape_params": torch.ones(100), "pose_params": np.zeros(6, np.float32)})
    assert (
        parameters.batch == 1 and parameters.identity.shape == (1, 100) and parameters.identity.dtype == torch.float64
    )


def test_six_numbers_need_not_be_orthonormal():
    rows = six(np.array([[0.1, 0.5, -0.3]])).reshape(2, 3)
    skewed = np.concatenate([2.0 * rows[0], 3.0 * rows[1] + 0.7 * rows[0]])
    values = {"shape": np.zeros(300), "exp": np.zeros(100), "eyes": np.tile(six(np.zeros((1, 3))), 2), "jaw": skewed}
    np.testing.assert_allclose(METRICAL_TRACKER.read(values).jaw, [[0.1, 0.5, -0.3]], atol=1e-12)


@pytest.mark.parametrize(
    ("layout", "parameters", "message"),
    [
        (DECA, FlameParameters(neck=torch.ones(1, 3)), "DECA has no place for neck"),
        (DECA, FlameParameters(translation=torch.ones(1, 3)), "DECA has no place for translation"),
        (DECA, FlameParameters(identity=torch.ones(1, 101)), "DECA has room for the first 100 numbers of identity"),
        (METRICAL_TRACKER, FlameParameters(root=torch.ones(1, 3)), "no place for root"),
        (TF_FLAME, FlameParameters(eyelids=torch.ones(1, 2)), "TF_FLAME has no place for eyelids"),
    ],
)
def test_what_a_layout_cannot_say_is_refused(layout, parameters, message):
    with pytest.raises(InputError, match=message):
        layout.write(parameters)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"vertices": np.zeros((5023, 3)), "albedo": np.zeros(1)}, "outputs, not codes .*headbridge fit-mesh"),
        ({"shape": np.zeros((1, 100))}, "there is no 'exp' \\(there is shape\\)"),
        ({"shape": np.zeros((1, 100)), "exp": np.zeros((1, 50)), "pose": np.zeros((1, 15))}, "6 columns, but has 15"),
        ({"shape": np.full((1, 100), np.nan), "exp": np.zeros((1, 50)), "pose": np.zeros((1, 6))}, "'shape' holds NaN"),
        ({"shape": "x", "exp": np.zeros((1, 50)), "pose": np.zeros((1, 6))}, "'shape' should hold"),
        (
            {"shape": np.zeros((2, 100)), "exp": np.zeros((3, 50)), "pose": np.zeros((2, 6))},
            "different numbers of heads",
        ),
    ],
)
def test_files_that_do_not_fit_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        DECA.read(values)


@pytest.mark.parametrize("rows", [np.zeros(6), np.array([1.0, 0, 0, 2, 0, 0])])
def test_six_numbers_that_are_no_rotation(rows):
    values = {"shape": np.zeros(300), "exp": np.zeros(100), "eyes": np.zeros(12), "jaw": rows}
    with pytest.raises(InputError, match="it is no rotation"):
        METRICAL_TRACKER.read(values)
