"""Adjacency against cases whose answer is known: a grid, a closed torus, a tetrahedron, bow-ties and book pages."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import (
    boundary_edges,
    boundary_loops,
    connected_components,
    connected_labels,
    edge_table,
    face_neighbours,
    grow,
    non_manifold_edges,
    triangle_neighbours,
    unique_edges,
    vertex_neighbours,
    vertex_rings,
)


def grid(rows: int, columns: int, wrap: bool = False) -> Mesh:
    """Quads over rows x columns vertices; wrapped in both directions it is a torus."""
    index = np.arange(rows * columns).reshape(rows, columns)
    if wrap:
        corner = [index, np.roll(index, -1, 1), np.roll(np.roll(index, -1, 1), -1, 0), np.roll(index, -1, 0)]
    else:
        corner = [index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]]
    y, x = np.divmod(np.arange(rows * columns), columns)
    faces = np.stack([c.reshape(-1) for c in corner], axis=1)
    return Mesh.from_faces(np.stack([x, y, 0 * x], axis=1), faces)


TETRAHEDRON = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])


def test_grid_counts():
    mesh = grid(4, 6)
    assert len(unique_edges(mesh)) == 4 * 5 + 3 * 6
    assert len(boundary_edges(mesh)) == 2 * (3 + 5)
    assert len(face_neighbours(mesh)) == len(unique_edges(mesh)) - 16
    assert len(non_manifold_edges(mesh)) == 0


def test_grid_boundary_is_one_loop_along_its_rim_in_face_direction():
    mesh = grid(3, 4)
    (loop,) = boundary_loops(mesh)
    assert loop.tolist() == [0, 1, 2, 3, 7, 11, 10, 9, 8, 4]


def test_torus_is_closed_with_euler_number_zero():
    mesh = grid(5, 7, wrap=True)
    assert len(mesh.vertices) - len(unique_edges(mesh)) + len(mesh.face_sizes) == 0
    assert boundary_loops(mesh) == []
    assert np.all(np.diff(vertex_neighbours(mesh).indptr) == 4)
    assert np.all(edge_table(mesh).face_counts == 2)


def test_tetrahedron_neighbours():
    mesh = Mesh.from_faces(np.eye(4)[:, :3], TETRAHEDRON)
    assert len(unique_edges(mesh)) == 6
    across = triangle_neighbours(TETRAHEDRON)
    assert np.all(np.sort(across, axis=1) == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])
    for triangle, row in enumerate(across):
        for side, other in enumerate(row):
            edge = {TETRAHEDRON[triangle, side], TETRAHEDRON[triangle, (side + 1) % 3]}
            assert edge <= set(TETRAHEDRON[other])


def test_rings_are_manhattan_balls_on_a_grid():
    mesh = grid(9, 9)
    ball = vertex_rings(mesh, 3)
    y, x = np.divmod(np.arange(81), 9)
    expected = np.abs(x - 4) + np.abs(y - 4) <= 3
    assert np.array_equal(np.asarray(ball[40].todense()).ravel(), expected)
    seed = np.zeros(81, bool)
    seed[40] = True
    assert np.array_equal(grow(mesh, seed, 3), expected)


def test_mixed_polygons_have_no_diagonal():
    mesh = Mesh.from_faces(np.zeros((6, 3)), [[0, 1, 2, 3], [1, 4, 2], [2, 4, 5]])
    assert [0, 2] not in unique_edges(mesh).tolist()
    assert face_neighbours(mesh).tolist() == [[0, 1], [1, 2]]


def test_components_are_numbered_by_lowest_vertex_and_count_loose_vertices():
    mesh = Mesh.from_faces(np.zeros((8, 3)), [[5, 6, 7], [0, 2, 3]])
    assert connected_components(mesh).tolist() == [0, 1, 0, 0, 2, 3, 3, 3]


def test_boundaries_that_touch_in_a_vertex_are_split():
    mesh = Mesh.from_faces(np.zeros((5, 3)), [[0, 1, 2], [0, 3, 4]])
    loops = boundary_loops(mesh)
    assert sorted(sorted(loop.tolist()) for loop in loops) == [[0, 1, 2], [0, 3, 4]]


def test_touch_away_from_the_start_is_split_too():
    mesh = Mesh.from_faces(np.zeros((5, 3)), [[0, 1, 2], [2, 3, 4]])
    loops = boundary_loops(mesh)
    assert sorted(sorted(loop.tolist()) for loop in loops) == [[0, 1, 2], [2, 3, 4]]


def test_three_pages_on_one_spine_are_non_manifold():
    mesh = Mesh.from_faces(np.zeros((5, 3)), [[0, 1, 2], [1, 0, 3], [0, 1, 4]])
    assert non_manifold_edges(mesh).tolist() == [[0, 1]]
    assert triangle_neighbours(mesh.triangles)[:, 0].tolist() == [-1, -1, -1]


def test_opposed_faces_are_reported():
    mesh = Mesh.from_faces(np.zeros((4, 3)), [[0, 1, 2], [0, 1, 3]])
    assert non_manifold_edges(mesh).tolist() == [[0, 1]]
    with pytest.raises(InputError, match="orientation"):
        boundary_loops(mesh)


def test_connected_labels():
    labels = connected_labels(6, np.array([[0, 3], [3, 5], [1, 2]]))
    assert len(np.unique(labels)) == 3
    assert labels[0] == labels[3] == labels[5] and labels[1] == labels[2] and labels[4] not in (labels[0], labels[1])
