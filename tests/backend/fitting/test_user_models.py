"""Models of the user's: FLAME with all its correctives, HACK with its own skeleton, axes and larynx."""

import dataclasses

import numpy as np
import pytest
import torch

from headbridge.fitting.heads import flame_head, hack_head
from headbridge.fitting.job import FitMeshInput
from headbridge.fitting.mesh import fit_mesh
from headbridge.fitting.posable import Posed
from headbridge.fitting.result import head_of, state_of
from headbridge.models.flame import FlameParameters
from headbridge.models.open_flame import load_open_flame
from headbridge.topologies import load_builtin

from ..models.torch_models.flame import FlameModel
from ..models.torch_models.hack import HackModel
from ..models.torch_models.hack_parameters import HackParameters


@pytest.fixture(scope="module")
def hack_coefficients():
    random = np.random.default_rng(1)
    return {
        "identity": random.normal(size=12),
        "expression": random.uniform(0.0, 1.0, 6),
        "pose": random.normal(0.0, 0.15, (8, 3)),
        "larynx_size": np.array([0.7]),
        "larynx_height": np.array([0.06]),
        "translation": np.array([5.0, -3.0, 8.0]),
    }


def tensors(coefficients):
    return {name: torch.tensor(array)[None] for name, array in coefficients.items()}


def test_hack_is_the_hack_model(hack_data, hack_coefficients):
    head = hack_head(hack_data)
    shape = HackModel(hack_data, dtype=torch.float64)(HackParameters(**tensors(hack_coefficients)))
    head = head_of(head, hack_coefficients)
    posed = Posed(head, state_of(head, hack_coefficients))
    np.testing.assert_allclose(posed.vertices(), shape.vertices[0].numpy(), atol=1e-5)
    np.testing.assert_allclose(posed.joints, shape.joints[0].numpy(), atol=1e-9)


def test_hack_coefficients_are_found_back(hack_data, hack_coefficients, monkeypatch):
    vertices = (
        HackModel(hack_data, dtype=torch.float64)(HackParameters(**tensors(hack_coefficients))).vertices[0].numpy()
    )
    monkeypatch.setattr("headbridge.fitting.mesh.load_head", lambda *_: hack_head(hack_data))
    result = fit_mesh(FitMeshInput(load_builtin("hack").with_vertices(vertices)))
    np.testing.assert_allclose(result.vertices, vertices, atol=1e-3)
    assert set(result.coefficients) == set(hack_coefficients)
    for name, array in hack_coefficients.items():
        np.testing.assert_allclose(result.coefficients[name], array, atol=1e-3)


def test_a_larynx_that_is_not_there_stands_at_its_usual_height(hack_data, hack_coefficients, monkeypatch):
    flat = {**hack_coefficients, "larynx_size": np.zeros(1), "larynx_height": np.zeros(1)}
    vertices = HackModel(hack_data, dtype=torch.float64)(HackParameters(**tensors(flat))).vertices[0].numpy()
    monkeypatch.setattr("headbridge.fitting.mesh.load_head", lambda *_: hack_head(hack_data))
    result = fit_mesh(FitMeshInput(load_builtin("hack").with_vertices(vertices)))
    assert result.coefficients["larynx_height"] == 0.0
    np.testing.assert_allclose(result.coefficients["larynx_size"], 0.0, atol=1e-3)


def test_flame_with_all_correctives_is_the_flame_model_and_found_back(monkeypatch):
    random = np.random.default_rng(2)
    data = load_open_flame()
    data = dataclasses.replace(
        data,
        identity=data.identity[:20],
        expression=data.expression[:10],
        pose_correctives=random.normal(size=data.pose_correctives.shape),
        expression_names=(),
        version="2020",
    )
    coefficients = {
        "identity": random.normal(size=20),
        "expression": random.normal(size=10),
        **{name: random.normal(0.0, 0.2, 3) for name in ("root", "neck", "jaw", "left_eye", "right_eye")},
    }
    vertices = FlameModel(data, dtype=torch.float64)(FlameParameters(**tensors(coefficients))).vertices[0].numpy()
    head = flame_head(data)
    np.testing.assert_allclose(Posed(head, state_of(head, coefficients)).vertices(), vertices, atol=1e-5)
    monkeypatch.setattr("headbridge.fitting.mesh.load_head", lambda *_: head)
    result = fit_mesh(FitMeshInput(load_builtin("flame").with_vertices(vertices)))
    np.testing.assert_allclose(result.vertices, vertices, atol=1e-3)
    for name, array in coefficients.items():
        np.testing.assert_allclose(result.coefficients[name], array, atol=1e-3)
    assert result.version == "2020" and result.expression_names == ()
