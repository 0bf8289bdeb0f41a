"""Parts of a prepared surface: chosen ones, and what is connected inside a ball."""

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh import Mesh
from headbridge.spatial.preparation import crop, flipped, prepare_target, select_parts


@pytest.fixture
def body(sphere_mesh):
    """A tube along Y that is bent into a U, so that both its ends are at the top, with an eye in one of them."""
    angle = np.linspace(-0.5 * np.pi, 0.5 * np.pi, 41)
    around = 2.0 * np.pi * np.arange(16) / 16
    ring = np.stack([np.cos(around), np.sin(around)], axis=1) * 0.4
    centre = np.stack([3.0 * np.sin(angle), -3.0 * np.cos(angle), 0.0 * angle], axis=1)
    out = np.stack([np.sin(angle), -np.cos(angle), 0.0 * angle], axis=1)
    vertices = centre[:, None] + ring[:, :1] * out[:, None] + ring[:, 1:] * np.array([0.0, 0.0, 1.0])
    grid = np.arange(41 * 16).reshape(41, 16)
    after = np.roll(grid, -1, axis=1)
    faces = np.stack([grid[:-1], grid[1:], after[1:], after[:-1]], axis=2).reshape(-1, 4)
    eye = sphere_mesh(8, 10)
    triangles = Mesh.from_faces(vertices.reshape(-1, 3), faces).triangles
    return Mesh.from_faces(
        np.concatenate([vertices.reshape(-1, 3), 0.1 * eye.vertices + (3.0, -0.5, 0.0)]),
        np.concatenate([triangles, eye.triangles + 41 * 16]),
        name="body",
    )


def test_parts_are_selected_with_their_way_back(body):
    prepared = prepare_target(body, "target")
    eye = select_parts(prepared, [1])
    assert len(eye.parts) == 1 and np.array_equal(body.vertices[eye.vertex_of], eye.mesh.vertices)
    assert (eye.prepared_of[: 41 * 16] == -1).all() and np.array_equal(eye.prepared_of[eye.vertex_of], np.arange(72))
    assert np.array_equal(body.triangles[eye.triangle_of], eye.vertex_of[eye.mesh.triangles])
    assert "'body': 1 loose part with " in eye.notes[-1]
    assert select_parts(prepared, [0, 1]) is prepared
    # Cut twice the way back is the same.
    again = select_parts(select_parts(prepared, [0, 1]), [1])
    assert np.array_equal(again.vertex_of, eye.vertex_of)


def test_a_ball_keeps_what_is_connected_inside_it(body):
    prepared = prepare_target(body, "target")
    assert crop(prepared, (0.0, 0.0, 0.0), 9.0) is prepared
    # This ball reaches the U's other end too, which is connected with this one outside the ball only.
    centre, radius = np.array([0.3, 2.0, 0.0]), 3.9
    reached = np.linalg.norm(body.vertices - centre, axis=1) <= radius
    assert (body.vertices[reached, 0] < -2.5).any()
    head = crop(prepared, centre, radius)
    assert len(head.parts) == 2 and head.mesh.vertices[:, 0].min() > 0.0
    assert np.linalg.norm(head.mesh.vertices - centre, axis=1).max() <= radius
    assert "away from the head" in head.notes[-1]


def test_turned_over_polygons_keep_their_way_back(sphere_mesh):
    ball = sphere_mesh(6, 8)
    turned = flipped(prepare_target(ball, "target"))
    assert np.array_equal(turned.mesh.face_sizes, ball.face_sizes)
    assert np.array_equal(ball.corners[turned.corner_of], turned.mesh.corners)
    corners = np.sort(ball.triangles[turned.triangle_of], axis=1)
    assert np.array_equal(np.sort(turned.mesh.triangles, axis=1), corners)
    back = flipped(turned)
    assert np.array_equal(back.mesh.corners, ball.corners)
    assert np.array_equal(back.corner_of, np.arange(len(ball.corners)))


def test_nothing_inside_is_refused(body):
    prepared = prepare_target(body, "target")
    with pytest.raises(InputError, match="'body' has no surface"):
        crop(prepared, (9.0, 9.0, 9.0), 1.0)
    with pytest.raises(InputError, match="'body' has no surface"):
        select_parts(prepared, [])
