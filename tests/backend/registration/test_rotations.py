import numpy as np
from scipy.spatial.transform import Rotation

from headbridge.mesh.laplacian import cotangent_laplacian
from headbridge.registration.rotations import LocalRotations

from .shapes import sphere


def test_a_turned_shape_gives_its_rotation_everywhere():
    vertices, triangles = sphere(3)
    turn = Rotation.from_rotvec([0.3, -1.9, 0.8]).as_matrix()
    rotations = LocalRotations(vertices, triangles, cotangent_laplacian(vertices, triangles)).at(
        vertices @ turn.T + [5, 6, 7]
    )
    np.testing.assert_allclose(rotations, np.broadcast_to(turn, rotations.shape), atol=1e-9)


def test_a_scaled_shape_is_not_turned():
    vertices, triangles = sphere(3)
    rotations = LocalRotations(vertices, triangles, cotangent_laplacian(vertices, triangles)).at(2.5 * vertices)
    np.testing.assert_allclose(rotations, np.broadcast_to(np.eye(3), rotations.shape), atol=1e-9)


def test_turned_coordinates_are_those_of_the_turned_shape():
    vertices, triangles = sphere(3)
    local = LocalRotations(vertices, triangles, cotangent_laplacian(vertices, triangles))
    turn = Rotation.from_rotvec([1.0, 0.2, -0.4]).as_matrix()
    turned = local.turned(np.broadcast_to(turn, (len(vertices), 3, 3)))
    expected = cotangent_laplacian(vertices, triangles) @ (vertices @ turn.T)
    np.testing.assert_allclose(turned, expected, atol=1e-9)
