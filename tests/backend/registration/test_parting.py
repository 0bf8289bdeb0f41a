"""Sheets that run through each other are exchanged, and what is seen stays."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.device import available_devices
from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import boundary_edges
from headbridge.mesh.normals import triangle_areas
from headbridge.registration.parting import buried_vertices
from headbridge.registration.target_surface import TargetSurface
from headbridge.spatial.intersections import self_intersecting_triangles

from .shapes import joined, sphere

DEVICES = available_devices()


@pytest.fixture(params=DEVICES)
def device(request):
    return request.param


def overlapping_balls():
    """Two balls of radius 10 whose middles are 16 apart: each has a cap 2 deep within the other. The second one is
    turned, so that their vertices do not face each other."""
    vertices, triangles = sphere(4, 10.0)
    turn = Rotation.from_rotvec([0.7, -0.4, 1.3]).as_matrix()
    return joined((vertices - [8.0, 0, 0], triangles), (vertices @ turn.T + [8.0, 0, 0], triangles))


def ball_with_protruding_lining():
    """A wall of radius 10 around a lining of radius 9 that faces inwards and comes through the wall in one place."""
    vertices, triangles = sphere(4)
    bump = np.exp(-(((vertices - [0, 0, 1.0]) ** 2).sum(axis=1)) / 0.15)
    return joined((10.0 * vertices, triangles), ((9.0 + 1.6 * bump)[:, None] * vertices, triangles[:, ::-1]))


def parted(vertices, triangles, device):
    """The surface as the registration sees it: vertices, the given ones first, and triangles."""
    target = TargetSurface(vertices, triangles, np.ones(len(vertices), bool), device)
    return target.vertices, target.triangles


def crossing_count(vertices, triangles):
    return len(np.unique(self_intersecting_triangles(vertices, triangles)))


def test_buried_vertices_are_the_caps_and_their_ways_end_on_the_other_ball(device):
    vertices, triangles = overlapping_balls()
    half = len(vertices) // 2
    middles = np.repeat([[-8.0, 0, 0], [8.0, 0, 0]], half, axis=0)
    depth = 10.0 - np.linalg.norm(vertices - middles[::-1], axis=1)
    found = buried_vertices(vertices, triangles, np.arange(2 * half), device)
    # Those that lie within a facet's height of the other surface may go either way.
    np.testing.assert_array_equal(np.setdiff1d(np.flatnonzero(depth > 0.1), found.vertices), [])
    assert (depth[found.vertices] > -0.1).all()
    ends = vertices[found.vertices] + found.ways - middles[::-1][found.vertices]
    beyond = np.linalg.norm(ends, axis=1) - 10.0
    assert beyond.min() > -0.05 and beyond.max() < 0.1
    # The triangle across belongs to the other ball, and ways go straight back along the normals.
    assert ((triangles[found.across, 0] >= half) == (found.vertices < half)).all()
    outward = (vertices - middles)[found.vertices]
    along = np.einsum("nd,nd->n", found.ways, outward) / np.linalg.norm(found.ways, axis=1) / 10.0
    assert along.max() < -0.99


def test_only_asked_vertices_are_looked_at(device):
    vertices, triangles = overlapping_balls()
    everywhere = buried_vertices(vertices, triangles, np.arange(len(vertices)), device).vertices
    some = buried_vertices(vertices, triangles, everywhere[::2], device).vertices
    np.testing.assert_array_equal(some, everywhere[::2])


def test_overlapping_balls_are_parted_and_what_is_seen_stays(device):
    vertices, triangles = overlapping_balls()
    half = len(vertices) // 2
    before = crossing_count(vertices, triangles)
    out, faces = parted(vertices, triangles, device)
    assert before > 60
    assert crossing_count(out, faces) == 0
    middles = np.repeat([[8.0, 0, 0], [-8.0, 0, 0]], half, axis=0)
    seen = np.linalg.norm(vertices - middles, axis=1) > 10.0
    np.testing.assert_array_equal(out[: 2 * half][seen], vertices[seen])
    # The caps have changed places: all of a ball is on its own side now.
    assert out[:half, 0].max() < 0.5 and out[half : 2 * half, 0].min() > -0.5


def test_new_vertices_lie_before_the_circle_where_the_balls_meet_and_open_no_gap(device):
    vertices, triangles = overlapping_balls()
    out, faces = parted(vertices, triangles, device)
    added = out[len(vertices) :]
    # The circle has a radius of 6, in the plane x = 0; an edge of the balls is 0.7 long.
    away = np.hypot(added[:, 0], np.linalg.norm(added[:, 1:], axis=1) - 6.0)
    assert away.max(initial=0.0) < 0.7
    assert len(boundary_edges(Mesh.from_faces(out, faces))) == 0


def test_no_triangle_is_left_without_area(device):
    vertices, triangles = overlapping_balls()
    out, faces = parted(vertices, triangles, device)
    assert triangle_areas(out, faces).min() > 1e-6


def test_a_lining_that_came_through_its_wall_goes_back_behind_it(device):
    vertices, triangles = ball_with_protruding_lining()
    half = len(vertices) // 2
    assert crossing_count(vertices, triangles) > 30
    out, faces = parted(vertices, triangles, device)
    assert crossing_count(out, faces) == 0
    # Wall and lining have the same vertices in the same directions.
    gap = np.linalg.norm(out[:half], axis=1) - np.linalg.norm(out[half : 2 * half], axis=1)
    assert gap.min() > 0.0
    far = vertices[:half, 2] < 5.0
    both = np.concatenate([far, far])
    np.testing.assert_array_equal(out[: 2 * half][both], vertices[both])


def test_a_sound_surface_stays_as_it_is(device):
    vertices, triangles = sphere(3, 10.0)
    out, faces = parted(vertices, triangles, device)
    np.testing.assert_array_equal(out, vertices)
    np.testing.assert_array_equal(faces, triangles)


def test_parting_is_deterministic(device):
    vertices, triangles = overlapping_balls()
    for first, second in zip(parted(vertices, triangles, device), parted(vertices, triangles, device), strict=True):
        np.testing.assert_array_equal(first, second)
