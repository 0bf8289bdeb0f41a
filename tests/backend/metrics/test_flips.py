"""Flipped triangles: none under similarities and smooth motion, exactly those that were turned over."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from headbridge.metrics import FlipTest, count_flipped_triangles


@pytest.fixture(scope="module")
def sphere():
    ball = trimesh.creation.icosphere(subdivisions=4, radius=50.0)
    return np.array(ball.vertices), np.array(ball.faces)


def test_a_similarity_flips_nothing(sphere):
    vertices, triangles = sphere
    for seed, scale in enumerate((1e-3, 1.0, 250.0)):
        rotation = Rotation.random(random_state=seed).as_matrix()
        assert count_flipped_triangles(vertices, scale * vertices @ rotation.T + [1e4, -20, 3], triangles) == 0


def test_smooth_bending_and_stretching_flip_nothing(sphere):
    vertices, triangles = sphere
    twisted = vertices.copy()
    angle = vertices[:, 1] / 50 * np.pi / 2
    twisted[:, 0] = np.cos(angle) * vertices[:, 0] - np.sin(angle) * vertices[:, 2]
    twisted[:, 2] = np.sin(angle) * vertices[:, 0] + np.cos(angle) * vertices[:, 2]
    assert count_flipped_triangles(vertices, twisted * [1.0, 2.0, 0.6], triangles) == 0


def far_apart(vertices, triangles, count):
    """Triangles whose corners are far from each other's."""
    chosen = [0]
    centres = vertices[triangles].mean(axis=1)
    while len(chosen) < count:
        nearest = np.min(np.linalg.norm(centres[:, None] - centres[None, chosen], axis=2), axis=1)
        chosen.append(int(nearest.argmax()))
    return np.array(chosen)


@pytest.mark.parametrize("count", [1, 5, 12])
def test_exactly_the_mirrored_triangles_are_found(sphere, count):
    """A vertex pushed across the opposite side of one of its triangles turns that triangle over, and only that one."""
    vertices, triangles = sphere
    chosen = far_apart(vertices, triangles, count)
    moved = vertices.copy()
    for triangle in triangles[chosen]:
        apex, left, right = triangle
        foot = 0.5 * (vertices[left] + vertices[right])
        moved[apex] = foot + 0.2 * (foot - vertices[apex])
    flipped = np.flatnonzero(FlipTest(vertices, triangles).flipped(moved))
    assert sorted(flipped) == sorted(chosen)
    # The same seen after any similarity of the result.
    turned = 3.0 * moved @ Rotation.random(random_state=3).as_matrix().T - 70.0
    np.testing.assert_array_equal(np.flatnonzero(FlipTest(vertices, triangles).flipped(turned)), flipped)


def test_a_mesh_turned_inside_out_as_a_whole_is_not_mistaken_for_flips(sphere):
    """The fitted motion is a rotation, never a reflection. For the shallow two-ring of a mirrored ball it is a half
    turn,
    which agrees with the turned-over normals: no triangle is turned against its surroundings."""
    vertices, triangles = sphere
    assert count_flipped_triangles(vertices, vertices * [-1.0, 1.0, 1.0], triangles) == 0


def test_a_template_triangle_without_area_never_counts():
    vertices = np.array([[0.0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0], [1, 1, 0]])
    triangles = np.array([[0, 1, 2], [0, 2, 4], [0, 4, 3], [4, 2, 3]])
    moved = vertices + np.array([[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0.3, -0.3, 0]])
    assert not FlipTest(vertices, triangles).flipped(moved)[1]
