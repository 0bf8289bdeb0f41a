"""Deformation transfer: exact where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.errors import Cancelled
from headbridge.models.deformation_transfer import transfer_deformations
from headbridge.progress import Progress


@pytest.fixture
def ball(sphere_mesh):
    mesh = sphere_mesh(16, 24)
    return 50.0 * mesh.vertices, mesh.triangles


def bends(vertices: np.ndarray) -> np.ndarray:
    """Two displacements: a smooth one, and a dent that leaves most of the ball alone."""
    x, y, z = vertices.T
    dent = -10.0 * np.exp(-((vertices - [0.0, 0.0, 50.0]) ** 2).sum(axis=1) / 400.0)
    return np.stack([np.stack([0.1 * y, 0.02 * z, 0.05 * x * y / 50.0], axis=1), np.outer(dent, [0.0, 0.0, 1.0])])


def test_to_itself_and_to_a_similar_head(ball):
    vertices, triangles = ball
    deltas = bends(vertices)
    np.testing.assert_allclose(transfer_deformations(vertices, deltas, vertices, triangles), deltas, atol=1e-4)
    turn = Rotation.from_rotvec([0.5, 1.0, -0.3]).as_matrix()
    for unit in (0.001, 1.0, 40.0):
        moved = transfer_deformations(vertices, deltas, unit * vertices @ turn.T + 7.0 * unit, triangles)
        np.testing.assert_allclose(moved, unit * deltas @ turn.T, atol=1e-4 * unit)


def test_a_stretched_sheet_deforms_by_the_same_map():
    """Small, so that the deformation decides and not the source's own movement, which anchors large parts."""
    side = np.linspace(-2.0, 2.0, 11)
    sheet = np.stack([*np.meshgrid(side, side), np.zeros((11, 11))], axis=2).reshape(-1, 3)
    corner = (np.arange(10)[:, None] * 11 + np.arange(10)).reshape(-1, 1)
    triangles = np.concatenate([corner + [0, 1, 12], corner + [0, 12, 11]])
    map_ = np.array([[0.1, 0.05, 0.0], [0.02, -0.08, 0.0], [0.03, 0.06, 0.0]])
    stretched = sheet * [1.0, 1.6, 1.0]
    deltas, exact = sheet @ map_.T, stretched @ map_.T
    moved = transfer_deformations(sheet, deltas[None], stretched, triangles)[0]
    error = np.linalg.norm(moved - exact, axis=1).mean()
    assert error < 0.01 * np.linalg.norm(deltas - exact, axis=1).mean()


def test_parts_without_triangles_and_slivers_do_no_harm(ball):
    vertices, triangles = ball
    vertices = np.concatenate([vertices, [[1.0, 2.0, 3.0]]])
    triangles = np.concatenate([triangles, [[5, 5, 6]]])
    deltas = bends(vertices)
    np.testing.assert_allclose(transfer_deformations(vertices, deltas, vertices, triangles), deltas, atol=1e-4)


def test_it_can_be_cancelled(ball):
    vertices, triangles = ball
    with pytest.raises(Cancelled):
        transfer_deformations(vertices, bends(vertices), vertices, triangles, Progress(should_stop=lambda: True))
