"""Landmark pairs that cannot align two meshes are refused, with the cause."""

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.spatial.landmark_checks import LANDMARK_REACH, check_landmarks, check_same_hand
from headbridge.topologies import load_builtin, load_topology


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


@pytest.fixture(scope="module")
def head():
    return load_builtin("hack"), load_topology("hack").landmarks_51


@pytest.mark.parametrize("count", [51, 8])
def test_exchanged_sides_and_mirrored_heads_are_refused(head, count):
    mesh, table = head
    chosen = np.linspace(0, 50, count).astype(int)
    points = table.subset(chosen).evaluate(mesh.vertices)
    check_landmarks(points, points, mesh, mesh)
    # Another frame is no mirror.
    turned = mesh.with_vertices(mesh.vertices[:, [1, 2, 0]])
    check_landmarks(points, points[:, [1, 2, 0]], mesh, turned)
    mirrored = mesh.with_vertices(mesh.vertices * (-1.0, 1.0, 1.0))
    with pytest.raises(InputError, match="only as its mirror image.*Exchange left and right.*left-handed"):
        check_landmarks(points, points * (-1.0, 1.0, 1.0), mesh, mirrored)


def test_pairs_on_a_plane_have_no_handedness(head):
    mesh, table = head
    corners = table.subset([19, 28, 31]).evaluate(mesh.vertices)
    check_landmarks(corners, corners * (-1.0, 1.0, 1.0), mesh, mesh.with_vertices(mesh.vertices * (-1.0, 1.0, 1.0)))


def test_topologies_that_differ_have_one_hand_and_a_mirrored_head_is_told(head):
    mesh, table = head
    points = table.evaluate(mesh.vertices)
    for key in ("flame", "ict", "makehuman"):
        other = load_builtin(key)
        check_same_hand(points, load_topology(key).landmarks_51.evaluate(other.vertices), other)
    with pytest.raises(InputError, match=r"'HACK' is the mirror image of a head \(left-handed axes\)"):
        check_same_hand(points, points * (1.0, 1.0, -1.0), mesh)
