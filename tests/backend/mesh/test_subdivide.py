"""Splitting edges: no gap opens, nothing turns over, and only what touches a split edge changes."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import boundary_edges
from headbridge.mesh.subdivide import split_edges


@pytest.fixture
def ball(sphere_mesh):
    mesh = sphere_mesh(8, 12)
    return mesh.vertices, mesh.triangles


def edges_of(triangles):
    return np.unique(np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)


def volume(vertices, triangles):
    a, b, c = np.moveaxis(vertices[triangles], 1, 0)
    return np.einsum("td,td->", a, np.cross(b, c)) / 6.0


def areas(vertices, triangles):
    a, b, c = np.moveaxis(vertices[triangles], 1, 0)
    return 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)


@pytest.mark.parametrize("share", [0.02, 0.3, 1.0])
def test_points_on_the_edges_leave_the_surface_as_it_was(ball, share):
    vertices, triangles = ball
    rng = np.random.default_rng(3)
    edges = edges_of(triangles)
    edges = edges[rng.random(len(edges)) < share]
    # In either direction, and anywhere along them.
    edges = np.where(rng.random((len(edges), 1)) < 0.5, edges, edges[:, ::-1])
    along = rng.uniform(0.1, 0.9, (len(edges), 1))
    points = (1 - along) * vertices[edges[:, 0]] + along * vertices[edges[:, 1]]
    out, faces = split_edges(vertices, triangles, edges, points)
    np.testing.assert_array_equal(out, np.concatenate([vertices, points]))
    # Every split edge adds a triangle on either side.
    assert len(faces) == len(triangles) + 2 * len(edges)
    assert len(boundary_edges(Mesh.from_faces(out, faces))) == 0
    assert volume(out, faces) == pytest.approx(volume(vertices, triangles))
    assert areas(out, faces).sum() == pytest.approx(areas(vertices, triangles).sum())
    assert areas(out, faces).min() > 0.0
    assert not np.isin(edges_of(faces) @ [len(out), 1], np.sort(edges, axis=1) @ [len(out), 1]).any()


@pytest.mark.parametrize("corners", [[0], [1], [2], [0, 1], [1, 2], [2, 0], [0, 1, 2]])
def test_every_way_to_split_a_triangle(corners):
    vertices = np.array([[0.0, 0, 0], [3, 0, 0], [0, 3, 0]])
    triangles = np.array([[0, 1, 2]], np.int32)
    edges = np.array([[k, (k + 1) % 3] for k in corners])
    out, faces = split_edges(vertices, triangles, edges, vertices[edges].mean(axis=1))
    assert len(faces) == 1 + len(corners)
    a, b, c = np.moveaxis(out[faces], 1, 0)
    heights = np.cross(b - a, c - a)
    assert (heights[:, 2] > 0).all()
    assert heights[:, 2].sum() == pytest.approx(9.0)


def test_triangles_away_from_the_edges_stay(ball):
    vertices, triangles = ball
    edge = triangles[:1, :2]
    _, faces = split_edges(vertices, triangles, edge, vertices[edge].mean(axis=1))
    touched = np.isin(triangles, edge[0]).sum(axis=1) == 2
    assert touched.sum() == 2
    np.testing.assert_array_equal(faces[: len(triangles) - 2], triangles[~touched])


def test_without_edges_nothing_changes(ball):
    vertices, triangles = ball
    out, faces = split_edges(vertices, triangles, np.zeros((0, 2), np.int64), np.zeros((0, 3)))
    np.testing.assert_array_equal(out, vertices)
    np.testing.assert_array_equal(faces, triangles)
