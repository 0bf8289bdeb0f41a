"""A rig's arrays, posed by the formulas of `RigModel` alone, give what the models give."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from headbridge.errors import InputError
from headbridge.models.flame import FlameParameters
from headbridge.models.hack import HackData
from headbridge.models.hack.data import HackBones
from headbridge.models.hack.larynx import Larynx
from headbridge.models.open_flame import load_open_flame
from headbridge.models.rig import RigModel, flame_rig, hack_rig, ict_rig, load_rig
from headbridge.models.rig.hack import HEIGHT_UNIT

from ..torch_models.flame import FlameModel
from ..torch_models.hack import HackModel
from ..torch_models.hack_parameters import HackParameters
from ..torch_models.ict import IctModel

JOINTS = ("root", "neck", "jaw", "left_eye", "right_eye")


def posed(rig: RigModel, coefficients: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and joints of a rig, joint by joint."""
    turns = Rotation.from_rotvec(vectors).as_matrix()
    joints = rig.joints + np.einsum("k,kjd->jd", coefficients, rig.joint_deltas)
    shape = rig.mesh.vertices + np.einsum("k,kvd->vd", coefficients, rig.deltas, optimize=True)
    for (joint, row, column), corrective in zip(rig.corrective_entries, rig.correctives):
        shape = shape + (turns[joint] - np.eye(3))[row, column] * corrective
    transforms = []
    for joint, parent in enumerate(rig.parents):
        turn = rig.joint_axes[joint] @ turns[joint] @ rig.joint_axes[joint].T
        own = np.eye(4)
        own[:3, :3], own[:3, 3] = turn, joints[joint] - turn @ joints[joint]
        transforms.append(own if parent < 0 else transforms[parent] @ own)
    points = np.append(shape, np.ones((len(shape), 1)), axis=1)
    vertices = sum(rig.weights[:, [j]] * (points @ transform[:3].T) for j, transform in enumerate(transforms))
    places = np.stack([(t @ np.append(joint, 1.0))[:3] for t, joint in zip(transforms, joints)])
    return vertices, places


def flame_parameters(identity: np.ndarray, expression: np.ndarray, vectors: np.ndarray) -> FlameParameters:
    values = {"identity": identity, "expression": expression, **dict(zip(JOINTS, vectors))}
    return FlameParameters(**{name: torch.from_numpy(value)[None] for name, value in values.items()})


def check(rig: RigModel, vectors: np.ndarray, coefficients: np.ndarray, shape) -> None:
    vertices, joints = posed(rig, coefficients, vectors)
    np.testing.assert_allclose(vertices, shape.vertices[0].numpy(), atol=1e-3)
    np.testing.assert_allclose(joints, shape.joints[0].numpy(), atol=1e-3)


@pytest.mark.parametrize("name", ["published", "open", "ict", "hack"])
def test_rig_poses_like_its_model(name, flame_data):
    random = np.random.default_rng(0)
    identity, expression = random.normal(size=20), random.uniform(size=30)
    vectors = 0.3 * random.normal(size=(5, 3))
    if name in ("published", "open"):
        data = flame_data if name == "published" else load_open_flame()
        rig, model = flame_rig(data, 20, 30), FlameModel(data, dtype=torch.float64)
    else:
        rig, model = ict_rig(name, 20, 30), IctModel(dtype=torch.float64, topology=name)
    shape = model.forward(flame_parameters(identity, expression, vectors))
    check(rig, vectors, np.concatenate([identity, expression]), shape)


@pytest.fixture
def hack_data() -> HackData:
    """A small model: V is HACK's, three identities and two expressions, eight bones with axes of their own."""
    random = np.random.default_rng(3)
    count = 14062
    axes = Rotation.random(8, random_state=4).as_matrix()
    weights = random.uniform(0.1, 1.0, (count, 8))
    return HackData(
        mean=100.0 * random.normal(size=(count, 3)),
        identity=random.normal(size=(3, count, 3)),
        expression=random.normal(size=(2, count, 3)),
        expression_names=("browDown_L", "browDown_R"),
        pose_correctives=random.normal(size=(63, count, 3)),
        bones=HackBones(tuple("abcdefgh"), np.arange(-1, 7), 100.0 * random.normal(size=(8, 3)), axes),
        weights=weights / weights.sum(axis=1, keepdims=True),
        larynx=random.uniform(size=(16, 24)).astype(np.float32),
        larynx_places=random.uniform(-1.1, 1.1, (count, 2)),
        larynx_push=np.array([0.0, -4.5, 8.9]),
        name="made up",
    )


def test_spine_and_larynx_pose_like_hack(hack_data):
    random = np.random.default_rng(1)
    coefficients, vectors = random.normal(size=6), 0.3 * random.normal(size=(8, 3))
    parameters = HackParameters(
        identity=torch.from_numpy(coefficients[None, :3]),
        expression=torch.from_numpy(coefficients[None, 3:5]),
        larynx_size=torch.from_numpy(coefficients[None, 5:]),
        pose=torch.from_numpy(vectors[None]),
    )
    rig = hack_rig(hack_data, 200, 55)
    assert rig.names == (
        "identity000",
        "identity001",
        "identity002",
        "browDown_L",
        "browDown_R",
        "larynx_size",
        "larynx_height",
    )
    assert rig.joint_names == tuple("abcdefgh") and not rig.joint_deltas.any()
    usual = np.append(coefficients, 0.0)
    check(rig, vectors, usual, HackModel(hack_data, dtype=torch.float64).forward(parameters))


def test_keys_of_a_fitted_larynx_make_that_very_larynx(hack_data):
    size, height = 0.8, 0.07
    rig = hack_rig(hack_data, 0, 0, larynx=(size, height))
    parameters = HackParameters(
        larynx_size=torch.tensor([[size]], dtype=torch.float64),
        larynx_height=torch.tensor([[height]], dtype=torch.float64),
    )
    shape = HackModel(hack_data, dtype=torch.float64).forward(parameters).shaped[0].numpy()
    made = rig.mesh.vertices + np.tensordot([size, height / HEIGHT_UNIT], rig.deltas.astype(float), 1)
    np.testing.assert_allclose(made, shape, atol=1e-4)
    # About the usual height the key is the larynx's own slope.
    larynx = Larynx.of(hack_data)
    slope = 0.5 * (larynx.displacement(HEIGHT_UNIT) - larynx.displacement(-HEIGHT_UNIT))
    np.testing.assert_allclose(hack_rig(hack_data, 0, 0).deltas[1], slope, atol=1e-5)


def test_counts_ranges_and_zero_correctives(flame_data):
    rig = flame_rig(flame_data, 7, 100)
    assert rig.names[:8] == (*(f"identity00{k}" for k in range(7)), "expression000") and len(rig.names) == 107
    assert rig.kinds == ("identity",) * 7 + ("expression",) * 100
    assert set(rig.lower) == {-10.0} and set(rig.upper) == {10.0} and len(rig.correctives) == 36
    rig = flame_rig(load_open_flame(), 0, 100)
    assert rig.names == load_open_flame().expression_names and set(rig.upper) == {1.0} and set(rig.lower) == {0.0}
    # The open head bends by the jaw's opening alone: entries (1, 2) and (2, 1) of the jaw.
    np.testing.assert_array_equal(rig.corrective_entries, [(2, 1, 2), (2, 2, 1)])
    assert len(flame_rig(flame_data, 1, 1, correctives=False).correctives) == 0


def test_the_users_file_is_taken(flame_file, monkeypatch):
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(flame_file.parent))
    assert load_rig("flame", 1, 1).version == "2020"
    assert load_rig("open-flame", 1, 1).version == "open topology"
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(flame_file.parent / "none"))
    assert load_rig("flame", 1, 1).version == "open topology"
    assert load_rig("hack", 1, 1).version == "ICT-FaceKit"
    assert load_rig("flame", 1, 1, path=flame_file).version == "2020"
    with pytest.raises(InputError, match="ict ships with HeadBridge and takes no file"):
        load_rig("ict", 1, 1, path=flame_file)
    with pytest.raises(InputError, match="choose one of flame, open-flame, hack, ict"):
        load_rig("smpl", 1, 1)
