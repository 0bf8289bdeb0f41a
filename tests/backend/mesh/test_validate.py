"""Each kind of broken input is refused with its cause and its fix; sound input is not."""

from dataclasses import replace

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh import Mesh
from headbridge.mesh.validate import LANDMARK_REACH, check_distinct, check_landmarks, check_mesh, check_vertex_values


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


class TestLandmarks:
    """On unit spheres, whose bounding box has a diagonal of two times the square root of three."""

    @pytest.fixture
    def refuses(self, sphere_mesh):
        sphere = sphere_mesh(24, 32)

        def check(source, target, message=None, names=()):
            arguments = np.asarray(source, float), np.asarray(target, float), sphere, sphere, names
            if message is None:
                check_landmarks(*arguments)
            else:
                with pytest.raises(InputError, match=message):
                    check_landmarks(*arguments)

        return check

    def test_good_pairs_pass(self, refuses):
        refuses(np.eye(3), -np.eye(3))
        near = 1.0 + 0.9 * LANDMARK_REACH * 2.0 * np.sqrt(3.0)
        refuses(np.eye(3) * near, np.eye(3))

    def test_too_few_and_unequal(self, refuses):
        refuses(np.eye(3)[:2], np.eye(3)[:2], "There are 2 landmark pairs; give at least 3")
        refuses(np.zeros((0, 3)), np.zeros((0, 3)), "There are 0 landmark pairs")
        refuses(np.eye(3), np.eye(3)[:2], "3 landmarks on the source and 2 on the target")

    def test_on_a_line_or_at_a_point(self, refuses):
        line = [[0, 0, 1], [0, 0, -1], [0, 1e-5, 1]]
        refuses(np.eye(3), line, "target's landmarks all lie on one line")
        refuses([[0, 0, 1]] * 3, np.eye(3), "source's landmarks all lie on one line")

    def test_off_the_surface(self, refuses):
        far = np.array([[1.2, 0, 0], [0, 1.7, 0], [0, 0, 1]])
        refuses(np.eye(3), far, "2 landmarks lie off the target's surface, the farthest is 'chin' at a distance of 0.7",
                names=("nose", "chin", "ear"))  # fmt: skip
        refuses(
            far[[0, 2, 2]] * [[1], [1], [-1]],
            np.eye(3),
            "1 landmark lies off the source's surface, the farthest is number 1",
        )

    def test_not_finite(self, refuses):
        refuses(np.eye(3), np.eye(3) + [[0, 0, 0], [0, np.nan, 0], [0, 0, 0]], "landmark number 2 has NaN")


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
