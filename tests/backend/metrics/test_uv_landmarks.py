"""Landmarks read from layouts, and how far they were moved."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.metrics.uv_landmarks import landmark_uv_errors, landmark_uvs
from headbridge.topologies import Landmarks, load_builtin, load_topology

from .uv_shapes import grid, tube


def test_landmarks_are_interpolated_in_the_face_that_holds_them():
    mesh = grid(2, 2)
    # A diagonal that the mesh's own triangulation may not have, and a single vertex written three times.
    landmarks = Landmarks(
        np.array([[1, 3, 4], [8, 8, 8]], np.int32),
        np.array([[0.5, 0.25, 0.25], [0.2, 0.3, 0.5]]),
        ("between", "corner"),
    )
    found = landmark_uvs(mesh, mesh.uvs, landmarks, np.ones(9, bool))
    np.testing.assert_allclose(found, [[0.375, 0.25], [1.0, 1.0]], atol=1e-6)


def test_vertices_without_a_common_face_give_none():
    mesh = grid(2, 2)
    landmarks = Landmarks(np.array([[0, 4, 8]], np.int32), np.array([[0.4, 0.3, 0.3]]), ("nowhere",))
    assert np.isnan(landmark_uvs(mesh, mesh.uvs, landmarks, np.ones(9, bool))).all()


def test_on_a_seam_the_skin_decides():
    mesh = tube(8, 2)
    landmarks = Landmarks(np.array([[8, 8, 8]], np.int32), np.array([[1.0, 0.0, 0.0]]), ("seam",))
    for side, skin in ((0.0, np.arange(24) % 8 <= 4), (1.0, (np.arange(24) % 8 >= 4) | (np.arange(24) % 8 == 0))):
        np.testing.assert_allclose(landmark_uvs(mesh, mesh.uvs, landmarks, skin), [[side, 0.5]], atol=1e-6)


def test_a_moved_layout_moves_every_landmark():
    flame, topology = load_builtin("flame"), load_topology("flame")
    np.testing.assert_array_equal(landmark_uv_errors(flame, topology, flame, topology, flame.uvs), np.zeros(51))
    moved = flame.uvs + np.array([0.003, -0.004], np.float32)
    np.testing.assert_allclose(
        landmark_uv_errors(flame, topology, flame, topology, moved), np.full(51, 0.005), rtol=1e-4
    )


def test_a_topology_without_landmarks_has_no_errors():
    flame, scan = load_builtin("flame"), load_builtin("lee-perry-smith")
    assert landmark_uv_errors(flame, load_topology("flame"), scan, load_topology("lee-perry-smith"), scan.uvs) is None


@pytest.mark.parametrize("key", ["hack", "ict", "makehuman"])
def test_every_landmark_of_the_built_in_heads_lies_in_a_face(key):
    mesh, topology = load_builtin(key), load_topology(key)
    assert np.isfinite(landmark_uvs(mesh, mesh.uvs, topology.landmarks_51, topology.skin)).all()
