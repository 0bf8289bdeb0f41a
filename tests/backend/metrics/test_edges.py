"""Edge length ratios of known stretches."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.mesh import Mesh
from headbridge.metrics import edge_log_ratio_summary, edge_log_ratios


def plate(nx: int, ny: int) -> Mesh:
    x, y = np.meshgrid(np.arange(nx + 1.0), np.arange(ny + 1.0), indexing="ij")
    vertices = np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3)
    i = (np.arange(nx)[:, None] * (ny + 1) + np.arange(ny)).reshape(-1)
    return Mesh.from_faces(vertices, np.stack([i, i + ny + 1, i + ny + 2, i + 1], axis=1))


def test_scale_alone_is_no_stretch():
    mesh = plate(4, 5)
    np.testing.assert_allclose(edge_log_ratios(mesh, 17.0 * mesh.vertices), 0.0, atol=1e-12)


def test_a_stretch_along_one_axis_shows_in_the_minority_of_edges_by_its_logarithm():
    mesh = plate(10, 4)  # 10 * 5 = 50 edges along x, 11 * 4 = 44 along y; diagonals do not count
    stretched = mesh.vertices * [3.0, 6.0, 1.0]
    ratios = edge_log_ratios(mesh, stretched)
    assert len(ratios) == 94
    assert (np.abs(ratios) < 1e-12).sum() == 50
    np.testing.assert_allclose(ratios[ratios > 1e-12], np.log(2.0), rtol=1e-12)
    assert edge_log_ratio_summary(mesh, stretched) == pytest.approx(
        {"median": 0.0, "p95": np.log(2.0), "max": np.log(2.0)}, abs=1e-12
    )


def test_only_edges_within_the_choice_count():
    mesh = plate(6, 1)
    moved = mesh.vertices.copy()
    moved[mesh.vertices[:, 0] == 6, 0] = 20.0
    assert edge_log_ratio_summary(mesh, moved)["max"] == pytest.approx(np.log(15.0))
    assert edge_log_ratio_summary(mesh, moved, mesh.vertices[:, 0] < 6)["max"] == pytest.approx(0.0, abs=1e-12)


def test_lost_edges_stay_finite_and_edges_without_length_in_the_template_are_left_out():
    mesh = plate(6, 1)
    moved = mesh.vertices.copy()
    moved[0] = moved[1]
    assert edge_log_ratios(mesh, moved).max() == pytest.approx(np.log(1e9))
    assert len(edge_log_ratios(mesh.with_vertices(moved), mesh.vertices)) == len(edge_log_ratios(mesh, moved)) - 1
    nothing = edge_log_ratio_summary(mesh, moved, np.zeros(len(moved), bool))
    assert nothing == {"median": None, "p95": None, "max": None}
