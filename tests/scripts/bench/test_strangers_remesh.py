"""Other triangulations of the same surface."""

from __future__ import annotations

import numpy as np
import pytest
from strangers.remesh import collapsed, remesh, split_edges

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import boundary_edges, non_manifold_edges, unique_edges
from headbridge.mesh.normals import triangle_cross
from headbridge.spatial import Surface


def area(mesh: Mesh) -> float:
    return 0.5 * float(np.linalg.norm(triangle_cross(mesh.vertices, mesh.triangles), axis=1).sum())


def volume(mesh: Mesh) -> float:
    a, b, c = (mesh.vertices[mesh.triangles[:, k]] for k in range(3))
    return float(np.einsum("td,td->", a, np.cross(b, c)) / 6.0)


@pytest.fixture
def ball(sphere_mesh) -> Mesh:
    unit = sphere_mesh(rows=40, columns=60)
    return unit.with_vertices(100.0 * unit.vertices)


def test_vertices_lie_on_the_surface_and_none_is_the_mesh_s_own(ball):
    made = remesh(ball, 5.0, 1)
    assert Surface(ball.vertices, ball.triangles).closest(made.vertices).distances.max() < 1e-3
    back = Surface(made.vertices, made.triangles).closest(ball.vertices).distances
    # An edge of 8.5 mm, the longest kept, has a sagitta of 0.1 mm on this sphere; collapses add some more.
    assert back.mean() < 0.15 and back.max() < 0.8
    own = {tuple(point) for point in ball.vertices.round(9).tolist()}
    assert len(own & {tuple(point) for point in made.vertices.round(9).tolist()}) < 0.02 * len(own)


def test_edges_are_about_as_long_as_asked(ball):
    for edge in (4.0, 8.0):
        made = remesh(ball, edge, 2)
        ends = made.vertices[unique_edges(made)]
        lengths = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
        assert 0.75 * edge < np.median(lengths) < 1.35 * edge


@pytest.mark.slow
def test_a_closed_mesh_stays_closed_and_outward(ball):
    made = remesh(ball, 5.0, 3)
    assert not len(boundary_edges(made)) and not len(non_manifold_edges(made))
    assert volume(made) == pytest.approx(volume(ball), rel=0.01)


def test_splitting_changes_no_area(ball):
    made = split_edges(ball, 6.0, np.random.default_rng(0))
    assert len(made.vertices) > len(ball.vertices)
    assert not len(boundary_edges(made))
    # Only the quads' diagonals may cut differently, which they do not: the triangles are the mesh's own.
    assert area(made) == pytest.approx(area(ball), rel=1e-12)


def test_collapsing_reaches_the_number(ball):
    made = collapsed(ball, 800, 0)
    assert abs(len(made.vertices) - 800) <= 1
    assert volume(made) == pytest.approx(volume(ball), rel=0.05)
