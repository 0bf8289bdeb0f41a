"""Each kind of broken input is refused with its cause and its fix; sound input is not."""

from dataclasses import replace

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh import Mesh
from headbridge.mesh.validate import broken_vertices, check_distinct, check_mesh, check_vertex_values


def refuses(mesh: Mesh, *parts: str):
    with pytest.raises(InputError) as caught:
        check_mesh(mesh, "target")
    message = str(caught.value)
    assert message.startswith("The target ") and "\n" not in message
    for part in parts:
        assert part in message


def test_sound_meshes_pass(seamed_prism, sphere_mesh):
    check_mesh(seamed_prism, "source")  # holds a loose vertex
    check_mesh(sphere_mesh(), "source")
    opened = Mesh.from_faces(sphere_mesh().vertices, sphere_mesh().faces_as_lists()[:-3])
    check_mesh(opened, "source")


def test_nan_and_infinite_vertices(sphere_mesh):
    sphere = sphere_mesh()
    broken = sphere.vertices.copy()
    broken[[17, 40, 41], [0, 1, 2]] = np.nan, np.inf, -np.inf
    refuses(sphere.with_vertices(broken), "3 vertices with NaN or infinite coordinates", "vertex 17", "delete or move")
    broken[40:42] = 0.0
    refuses(sphere.with_vertices(broken), "1 vertex with NaN")


def test_empty_meshes():
    refuses(Mesh(np.zeros((0, 3)), np.zeros(0, int), np.zeros(0, int)), "has no vertices")
    refuses(Mesh(np.eye(3), np.zeros(0, int), np.zeros(0, int)), "has no faces")


def test_no_extent(sphere_mesh):
    sphere = sphere_mesh()
    refuses(sphere.with_vertices(np.full_like(sphere.vertices, 1e6 / 3)), "no extent")
    refuses(sphere.with_vertices(np.zeros_like(sphere.vertices)), "no extent")
    check_mesh(sphere.with_vertices(sphere.vertices * 1e-9), "target")


def test_edges_of_three_faces():
    fin = Mesh.from_faces(np.eye(5)[:, :3] + np.arange(5)[:, None], [[0, 1, 2], [1, 0, 3], [0, 1, 4]])
    refuses(fin, "1 edge has more than two faces", "Select > All by Trait > Non Manifold", "Merge by Distance")


def test_faces_that_look_to_opposite_sides(sphere_mesh):
    sphere = sphere_mesh()
    faces = sphere.faces_as_lists()
    faces[20] = faces[20][::-1]
    refuses(Mesh.from_faces(sphere.vertices, faces), "opposite sides at 4 edges", "Recalculate Outside")


def test_duplicate_faces_and_repeated_vertices(sphere_mesh):
    sphere = sphere_mesh()
    faces = sphere.faces_as_lists()
    refuses(Mesh.from_faces(sphere.vertices, faces + [np.roll(faces[3], 1)]), "1 face that lies on another one")
    refuses(Mesh.from_faces(sphere.vertices, faces + [faces[3], faces[-1][::-1]]), "2 faces that lie on another one")
    refuses(
        Mesh.from_faces(sphere.vertices, faces + [[0, 1, 1, 2]]),
        "1 face that uses a vertex twice",
        f"face {len(faces)}",
    )


def test_two_objects_the_same(sphere_mesh):
    sphere = sphere_mesh()
    with pytest.raises(InputError, match="are the same mesh .'sphere'.; choose two different"):
        check_distinct(sphere, replace(sphere, name="copy"))
    check_distinct(sphere, sphere.with_vertices(sphere.vertices * 1.001))


def test_masks_and_weights(sphere_mesh):
    sphere = sphere_mesh()
    count = len(sphere.vertices)
    check_vertex_values(np.ones(count, bool), sphere, "exclude mask")
    with pytest.raises(
        InputError, match=f"exclude mask should have one value for each of the {count} vertices of 'sphere'"
    ):
        check_vertex_values(np.ones(count + 1, bool), sphere, "exclude mask")
    for bad in (-1.0, np.nan):
        with pytest.raises(InputError, match="weights holds negative or non-finite"):
            check_vertex_values(np.full(count, bad), sphere, "weights")


def test_a_vertex_thrown_far_away_is_named(sphere_mesh):
    ball = sphere_mesh()
    for far in (1e30, -1e6):
        vertices = ball.vertices.copy()
        vertices[17, 1] = far
        refuses(ball.with_vertices(vertices), "1 vertex more than 10000 times as far away", "vertex 17", "delete")
        assert np.flatnonzero(broken_vertices(vertices)).tolist() == [17]
    # A head in a room, and one of millimetres far from the origin.
    room = np.concatenate([ball.vertices, 1000.0 * np.eye(3)])
    assert not broken_vertices(room).any() and not broken_vertices(ball.vertices + 1e7).any()
