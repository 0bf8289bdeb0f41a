"""The open FLAME-topology head."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headbridge.mesh.similarity import fit_similarity
from headbridge.metrics.flips import count_flipped_triangles
from headbridge.models.conversion import hack_to_flame
from headbridge.models.flame import FlameParameters
from headbridge.models.open_flame import NEUTRAL_COEFFICIENT, load_open_flame
from headbridge.spatial.intersections import count_self_intersecting_triangles
from headbridge.topologies import load_builtin, load_deltas, load_topology
from headbridge.topologies.builtin import asset_path

from .torch_models.flame import FlameModel


@pytest.fixture(scope="module")
def data():
    return load_open_flame()


@pytest.fixture(scope="module")
def topology():
    return load_topology("flame")


@pytest.fixture(scope="module")
def model(data):
    return FlameModel(data, dtype=torch.float64)


def posed(model, expression: dict[str, float] | None = None, **joints) -> np.ndarray:
    names = model.data.expression_names
    coefficients = torch.zeros(1, len(names), dtype=torch.float64)
    for name, value in (expression or {}).items():
        coefficients[0, names.index(name)] = value
    turns = {name: torch.tensor([turn], dtype=torch.float64) for name, turn in joints.items()}
    return model(FlameParameters(expression=coefficients, **turns)).vertices[0].numpy()


def test_it_has_flames_layout_and_says_what_it_is(data):
    assert data.template.shape == (5023, 3) and data.faces.shape == (9976, 3)
    assert data.identity.shape == (101, 5023, 3) and data.expression.shape == (55, 5023, 3)
    assert data.pose_correctives.shape == (36, 5023, 3)
    assert data.version == "open topology" and "open" in data.label
    np.testing.assert_array_equal(data.template, load_builtin("flame").vertices)
    with pytest.raises(ValueError):
        data.identity[0, 0, 0] = 1.0


def test_joints_of_the_template_are_the_published_ones(data):
    published = [
        [-1.333, -147.894, -82.942],
        [0.086, -8.040, -54.957],
        [-0.501, -14.625, -59.290],
        [31.724, 21.397, 24.625],
        [-31.452, 21.491, 23.546],
    ]
    np.testing.assert_allclose(data.joints, published, atol=1e-9)
    np.testing.assert_allclose(data.joint_regressor.sum(axis=1), 1.0, atol=1e-12)


def test_joints_follow_the_size_of_the_head(data):
    larger = data.joint_regressor @ (1.1 * data.template + [1.0, 2.0, 3.0])
    np.testing.assert_allclose(larger, 1.1 * data.joints + [1.0, 2.0, 3.0], atol=1e-9)


def test_joints_move_less_than_the_head_with_any_identity_and_hardly_with_expressions(data, topology):
    joints = np.einsum("jv,kvd->kjd", data.joint_regressor, data.identity)
    largest = np.linalg.norm(data.identity[:, topology.skin], axis=2).max(axis=1)
    assert (np.linalg.norm(joints, axis=2).max(axis=1) < np.maximum(largest, 0.1)).all()
    joints = np.einsum("jv,kvd->kjd", data.joint_regressor, data.expression)
    assert np.linalg.norm(joints, axis=2).max() < 1.0


def test_skinning_weights(data, topology):
    weights, regions = data.weights, topology.regions
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-6)
    assert weights.min() >= 0.0
    for joint, side in ((3, "left"), (4, "right")):
        np.testing.assert_array_equal(weights[regions[f"{side}_eyeball"]], np.tile(np.eye(5)[joint], (546, 1)))
    rim = topology.rims["lips_outer"]
    assert weights[rim[0], 2] < 0.05 and weights[rim[len(rim) // 2], 2] > 0.95
    np.testing.assert_array_equal(weights[regions["forehead"]], np.tile(np.eye(5)[1], (regions["forehead"].sum(), 1)))
    lowest = data.template[:, 1] < -140.0
    assert (weights[lowest, 0] == 1.0).all()
    np.testing.assert_allclose(weights[:, :3], weights[topology.mirror][:, :3], atol=1e-6)


def test_weights_have_no_jumps_along_the_skin(data, topology):
    triangles = data.faces[~topology.no_match[data.faces].any(axis=1)]
    a, b = triangles[:, [0, 1, 2]].ravel(), triangles[:, [1, 2, 0]].ravel()
    step = np.abs(data.weights[a] - data.weights[b]).max(axis=1)
    assert step.max() < 0.35
    assert (step / np.linalg.norm(data.template[a] - data.template[b], axis=1)).max() < 0.2


def test_the_jaw_opened_to_its_angle_gives_jaw_open(data, model):
    with np.load(asset_path("flame_open.npz")) as stored:
        angle = float(np.arcsin(stored["jaw_sine"]))
    assert 0.25 < angle < 0.4
    by_joint, by_shape = posed(model, jaw=[angle, 0.0, 0.0]), posed(model, {"jawOpen": 1.0})
    assert np.linalg.norm(by_joint - by_shape, axis=1).max() < 0.03
    half = posed(model, jaw=[0.5 * angle, 0.0, 0.0]) - 0.5 * (by_shape + data.template)
    assert np.linalg.norm(half, axis=1).max() < 2.0


def test_turning_the_jaw_sideways_needs_no_corrective(data, model):
    shaped = model(FlameParameters(jaw=torch.tensor([[0.0, 0.2, 0.0]], dtype=torch.float64))).shaped[0]
    np.testing.assert_allclose(shaped.numpy(), data.template, atol=1e-9)


def test_opening_the_mouth_parts_the_lips(data, model):
    opened, closed = posed(model, {"jawOpen": 1.0}), data.template
    rims = load_topology("flame").rims
    middle = len(rims["lips_inner"]) // 2
    upper, lower = rims["lips_inner"][0], rims["lips_inner"][middle]
    assert opened[upper, 1] - opened[lower, 1] > 25.0
    # The template's closed lips pass through each other.
    assert count_self_intersecting_triangles(opened, data.faces) < count_self_intersecting_triangles(closed, data.faces)


@pytest.mark.parametrize(
    "expression", [("mouthSmile_L", "mouthSmile_R"), ("browInnerUp_L", "browInnerUp_R"), ("mouthPucker",), ("jawOpen",)]
)
def test_expressions_turn_nothing_over(data, model, expression):
    head = posed(model, dict.fromkeys(expression, 1.0))
    # A handful of the lips' triangles stands on edge when the mouth opens.
    allowed = 5 if expression == ("jawOpen",) else 0
    assert count_flipped_triangles(data.template, head, data.faces) <= allowed


def test_a_blink_closes_the_eye(data, model, topology):
    blink = posed(model, {"eyeBlink_L": 1.0})
    rim = topology.rims["left_lids"]
    gap = data.template[rim, 1].max() - data.template[rim, 1].min()
    # Of the margin's height only its slope from corner to corner remains.
    assert blink[rim, 1].max() - blink[rim, 1].min() < 0.5 * gap
    eyeball = topology.regions["left_eyeball"]
    np.testing.assert_allclose(blink[eyeball], data.template[eyeball], atol=1e-9)


def test_left_and_right_are_mirror_images(data, topology):
    names = data.expression_names
    swap = {"mouthLeft": "mouthRight", "mouthRight": "mouthLeft", "jawLeft": "jawRight", "jawRight": "jawLeft"}
    for name, delta in zip(names, data.expression):
        partner = swap.get(name, name[:-1] + {"L": "R", "R": "L"}[name[-1]] if name[-2:] in ("_L", "_R") else name)
        image = data.expression[names.index(partner)][topology.mirror] * [-1.0, 1.0, 1.0]
        np.testing.assert_allclose(delta, image, atol=0.032, err_msg=name)


def test_expressions_are_those_of_hack_in_its_order(data):
    names = load_deltas("hack").expression_names
    assert data.expression_names == tuple(name for name in names if not name.startswith("PupilDilate"))


def test_identity_coefficients_mean_what_they_mean_in_ict_facekit(data, topology):
    """An ICT-FaceKit head, converted, is the open head with the same coefficients and one for the added identity."""
    deltas, random, face = load_deltas("hack"), np.random.default_rng(3), topology.regions["face"]
    for _ in range(3):
        coefficients = random.normal(size=100)
        head = load_builtin("hack").vertices + np.tensordot(coefficients, deltas.identity, 1)
        expected = data.template + np.tensordot([*coefficients, NEUTRAL_COEFFICIENT], data.identity, 1)
        converted = hack_to_flame(head)
        rigid = fit_similarity(converted[topology.skin], expected[topology.skin])
        assert rigid.scale == pytest.approx(1.0, abs=2e-4)
        error = np.linalg.norm(rigid.apply(converted) - expected, axis=1)[face]
        assert error.mean() < 0.1 and error.max() < 0.5


def test_eyeballs_stay_spheres_to_first_order(data, topology):
    for side in ("left", "right"):
        eyeball = topology.regions[f"{side}_eyeball"]
        about = data.template[eyeball] - data.template[eyeball].mean(axis=0)
        for delta in data.identity[:, eyeball].astype(np.float64):
            growth = (about * (delta - delta.mean(axis=0))).sum() / (about**2).sum()
            np.testing.assert_allclose(delta - delta.mean(axis=0), growth * about, atol=0.01)


@pytest.mark.parametrize("name", ["flame_open.npz", "ict_deltas.npz"])
def test_coordinates_are_rounded_by_a_thousandth_of_a_millimetre(name):
    with np.load(asset_path(name)) as stored:
        assert stored["identity_step"] == stored["expression_step"] == 0.002
