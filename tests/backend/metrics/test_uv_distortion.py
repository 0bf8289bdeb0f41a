"""Symmetric Dirichlet energy and smear against layouts with known stretch."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.metrics.uv_distortion import distortion_summary, layout_summary, smeared_triangles, symmetric_dirichlet
from headbridge.topologies import load_builtin

from .uv_shapes import grid, tube

SPACE = np.array([[[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [1.0, 2.0, 0.0]]])


def turned(points: np.ndarray) -> np.ndarray:
    """The same triangles in another place and direction of space."""
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    return points @ rotation.T + [5.0, -3.0, 40.0]


@pytest.mark.parametrize(
    "matrix", [np.eye(2), np.diag([2.0, 0.5]), np.array([[1.0, 0.7], [0.0, 1.0]]), np.array([[-0.3, 1.0], [2.0, 0.4]])]
)
@pytest.mark.parametrize("scale", [1.0, 0.05])
def test_energy_of_a_linear_map_comes_from_its_singular_values(matrix, scale):
    uvs = scale * SPACE[:, :, :2] @ matrix.T + 0.3
    s = np.linalg.svd(matrix, compute_uv=False)
    expected = (s**2 + s**-2.0).sum() / 4.0
    np.testing.assert_allclose(symmetric_dirichlet(turned(SPACE), uvs, scale), [expected], rtol=1e-9)


def test_a_triangle_without_area_has_infinite_energy():
    line = np.array([[[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]])
    assert symmetric_dirichlet(SPACE, line, 1.0) == [np.inf]
    assert symmetric_dirichlet(np.zeros((1, 3, 3)), SPACE[:, :, :2], 1.0) == [np.inf]


def test_summary_scales_by_area_and_weighs_by_area_in_space():
    # Two right triangles of areas 1/2 and 2 drawn with areas 1/2 and 1/2: the scale is sqrt(1 / 2.5).
    space = np.array([[[0.0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 0, 0], [2, 0, 0], [0, 2, 0]]])
    uvs = np.array([[[0.0, 0], [1, 0], [0, 1]], [[0, 0], [1, 0], [0, 1]]])
    found = distortion_summary(space, uvs)
    assert found["scale"] == pytest.approx(np.sqrt(0.4))
    energies = np.array([(2.5 + 0.4) / 2.0, (0.25 * 2.5 + 4.0 * 0.4) / 2.0])
    assert found["median"] == pytest.approx(energies.mean())
    assert found["area_mean"] == pytest.approx((0.5 * energies[0] + 2.0 * energies[1]) / 2.5)


def test_a_collapsed_triangle_counts_a_hundred_in_the_mean():
    space = np.repeat(SPACE, 4, axis=0)
    uvs = space[:, :, :2].copy()
    uvs[3] = 0.0
    found = distortion_summary(space, uvs)
    rest = (0.75 + 1.0 / 0.75) / 2.0
    assert found["area_mean"] == pytest.approx((3.0 * rest + 100.0) / 4.0)
    assert found["median"] == pytest.approx(rest)


def test_nothing_to_measure():
    assert distortion_summary(np.zeros((0, 3, 3)), np.zeros((0, 3, 2))) == {
        "median": None,
        "area_mean": None,
        "scale": None,
    }


def test_smear_is_the_strip_that_closes_a_cut_layout():
    mesh = tube(24, 10)
    assert not smeared_triangles(mesh, mesh.uvs).any()
    shared = mesh.uvs.copy()
    shared[shared[:, 0] == 1.0, 0] = 0.0
    smeared = smeared_triangles(mesh, shared)
    # One quad in each row has corners on both ends of the layout.
    assert smeared.sum() == 20
    np.testing.assert_array_equal(smeared, (np.ptp(shared[mesh.triangle_corners][:, :, 0], axis=1) > 0.5))
    summary = layout_summary(mesh, shared, np.ones(len(smeared), bool))
    assert summary["smear"]["count"] == 20
    assert summary["smear"]["area_share"] == pytest.approx(1.0 / 24.0)
    assert summary["longest_edge"]["all"] == pytest.approx(np.hypot(23.0 / 24.0, 0.1))


def test_triangles_outside_the_skin_are_no_smear():
    mesh = tube(24, 10)
    shared = mesh.uvs.copy()
    shared[shared[:, 0] == 1.0, 0] = 0.0
    skin = np.ptp(shared[mesh.triangle_corners][:, :, 0], axis=1) < 0.5
    found = layout_summary(mesh, shared, skin)
    assert found["smear"] == {"count": 0, "area_share": 0.0}
    assert found["longest_edge"]["skin"] == pytest.approx(np.hypot(1.0 / 24.0, 0.1))
    assert found["longest_edge"]["all"] > 0.9


def test_smoothly_growing_triangles_are_no_smear():
    mesh = grid(20, 20)
    grown = mesh.uvs**4
    assert not smeared_triangles(mesh, grown).any()


@pytest.mark.parametrize("key", ["flame", "hack", "makehuman", "lee-perry-smith"])
def test_real_layouts_smear_nowhere(key):
    mesh = load_builtin(key)
    assert not smeared_triangles(mesh, mesh.uvs).any()
