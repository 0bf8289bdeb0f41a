"""Inside and outside by winding number: shapes whose answer is known, and the kernel against the plain sum."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.device import available_devices
from headbridge.spatial.winding import Inside

from . import reference

DEVICES = available_devices()


@pytest.fixture(params=DEVICES)
def device(request):
    return request.param


@pytest.fixture(scope="module")
def points():
    """Points all through and around the unit ball, none within 0.06 of its surface."""
    cloud = np.random.default_rng(5).uniform(-1.6, 1.6, (1500, 3))
    return cloud[np.abs(np.linalg.norm(cloud, axis=1) - 1.0) > 0.06]


def test_inside_a_sphere_wherever_it_lies(sphere_mesh, points, device):
    mesh = sphere_mesh(24, 32)
    for place in (np.zeros(3), np.array([4000.0, -900.0, 70.0])):
        inside = Inside(mesh.vertices + place, mesh.triangles, device)(points + place)
        np.testing.assert_array_equal(inside, np.linalg.norm(points, axis=1) < 1.0)


def test_nothing_is_inside_a_sphere_turned_inside_out(sphere_mesh, points, device):
    mesh = sphere_mesh(24, 32)
    assert not Inside(mesh.vertices, mesh.triangles[:, ::-1], device)(points).any()


def test_a_hole_does_no_harm_away_from_it(sphere_mesh, device):
    mesh = sphere_mesh(24, 32)
    # A cap of 40 degrees is cut off the top: a head with an open crown.
    open_mesh = mesh.triangles[mesh.vertices[mesh.triangles][:, :, 1].max(axis=1) < np.cos(np.radians(40))]
    inside = Inside(mesh.vertices, open_mesh, device)
    assert inside(np.array([[0.0, -0.9, 0.0], [0, 0, 0], [0.8, -0.3, 0], [0, 0.1, 0.85]])).all()
    assert not inside(np.array([[0.0, 1.05, 0.0], [0, -1.1, 0], [1.1, 0, 0], [3, 3, 3]])).any()


def test_a_shallow_cap_has_no_inside(sphere_mesh, points, device):
    mesh = sphere_mesh(24, 32)
    cap = mesh.triangles[mesh.vertices[mesh.triangles][:, :, 1].min(axis=1) > np.cos(np.radians(40))]
    assert not Inside(mesh.vertices, cap, device)(points).any()


def test_overlapping_spheres_are_inside_together(sphere_mesh, device):
    mesh = sphere_mesh(24, 32)
    vertices = np.concatenate([mesh.vertices - [0.6, 0, 0], mesh.vertices + [0.6, 0, 0]])
    triangles = np.concatenate([mesh.triangles, mesh.triangles + len(mesh.vertices)])
    inside = Inside(vertices, triangles, device)
    assert inside(np.array([[0.0, 0, 0], [0.3, 0.2, 0], [-1.3, 0, 0], [1.3, 0, 0]])).all()
    assert not inside(np.array([[0.0, 0.95, 0], [1.7, 0, 0]])).any()


def test_a_hollow_ball_is_empty_in_the_middle(sphere_mesh, device):
    mesh = sphere_mesh(24, 32)
    vertices = np.concatenate([mesh.vertices, 0.5 * mesh.vertices])
    triangles = np.concatenate([mesh.triangles, mesh.triangles[:, ::-1] + len(mesh.vertices)])
    inside = Inside(vertices, triangles, device)
    np.testing.assert_array_equal(inside(np.array([[0.0, 0, 0], [0.4, 0, 0], [0.75, 0, 0], [1.2, 0, 0]])), [0, 0, 1, 0])


def test_the_reference_gives_whole_numbers_for_closed_surfaces(sphere_mesh, points):
    mesh = sphere_mesh(12, 16)
    far = np.linalg.norm(points, axis=1)
    sure = (far < 0.85) | (far > 1.0)
    winding = reference.winding_numbers(mesh.vertices, mesh.triangles, points[sure])
    np.testing.assert_allclose(winding, far[sure] < 1.0, atol=1e-12)
    twice = np.concatenate([mesh.triangles, mesh.triangles])
    np.testing.assert_allclose(reference.winding_numbers(mesh.vertices, twice, np.zeros((1, 3))), 2.0)


def test_the_reference_sees_half_of_everything_from_a_large_plane():
    corner = 1e4
    vertices = np.array([[-corner, -corner, 0], [corner, -corner, 0], [corner, corner, 0], [-corner, corner, 0]])
    triangles = np.array([[0, 1, 2], [0, 2, 3]])
    winding = reference.winding_numbers(vertices, triangles, np.array([[3.0, -2, -1], [3.0, -2, 1]]))
    np.testing.assert_allclose(winding, [0.5, -0.5], atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("kept", [1.0, 0.9, 0.6])
def test_the_kernel_agrees_with_the_reference(sphere_mesh, points, device, kept):
    mesh = sphere_mesh(24, 32)
    # A bumpy surface with random holes.
    vertices = mesh.vertices * (1.0 + 0.15 * np.sin(5.0 * mesh.vertices[:, [0]] + 3.0 * mesh.vertices[:, [1]]))
    triangles = mesh.triangles[np.random.default_rng(1).random(len(mesh.triangles)) < kept]
    winding = reference.winding_numbers(vertices, triangles, points)
    # The hierarchy counts distant clusters as dipoles, so only what is close to its threshold may differ.
    clear = np.abs(winding - 0.6) > 0.05
    assert np.count_nonzero(clear) > 0.7 * len(points)
    np.testing.assert_array_equal(Inside(vertices, triangles, device)(points)[clear], (winding > 0.6)[clear])
