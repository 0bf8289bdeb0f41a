"""Halves completed by their mirror image: the plane of the cut is known."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.mesh import Mesh
from headbridge.spatial.preparation import completed_halves


def half_sphere(sphere, turn, jagged):
    """The part of a sphere on one side of a plane at 0.2 from its middle, with an edge along triangles or cut straight."""
    vertices = np.array(sphere.vertices)
    if not jagged:
        near = np.abs(vertices[:, 0] - 0.2) < 0.1
        vertices[near, 0] = 0.2
    keep = vertices[:, 0] >= 0.2 - 1e-9
    triangles = sphere.triangles[keep[sphere.triangles].all(axis=1)]
    used, inverse = np.unique(triangles, return_inverse=True)
    return Mesh.from_faces(vertices[used] @ turn.T, inverse.reshape(-1, 3), name="half")


@pytest.mark.parametrize("jagged, tolerance", [(False, 1e-6), (True, 0.05)])
def test_the_mirror_image_lies_across_the_cut(sphere_mesh, jagged, tolerance):
    turn = Rotation.from_rotvec((0.4, 1.1, -0.3)).as_matrix()
    half = half_sphere(sphere_mesh(60, 80), turn, jagged)
    (whole,) = completed_halves(half)
    count = len(half.vertices)
    assert len(whole.vertices) == 2 * count and len(whole.triangles) == 2 * len(half.triangles)
    np.testing.assert_array_equal(whole.vertices[:count], half.vertices)
    straight = half.vertices @ turn
    straight[:, 0] = 0.4 - straight[:, 0]
    np.testing.assert_allclose(whole.vertices[count:], straight @ turn.T, atol=tolerance)
    # The image looks outward too: it grows the volume about its middle.
    for triangles, middle in (
        (whole.triangles[: len(half.triangles)], 0.0),
        (whole.triangles[len(half.triangles) :], 0.4),
    ):
        corners = whole.vertices[triangles] - turn[:, 0] * middle
        assert (np.einsum("td,td->t", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) > -1e-9).all()


def test_a_closed_mesh_and_one_with_a_crooked_edge_have_no_cut(sphere_mesh):
    sphere = sphere_mesh(40, 60)
    assert completed_halves(sphere) == []
    # Edges in waves lie in no plane.
    angle = np.arctan2(sphere.vertices[:, 2], sphere.vertices[:, 1])
    keep = sphere.vertices[:, 0] > 0.4 * np.sin(3.0 * angle)
    triangles = sphere.triangles[keep[sphere.triangles].all(axis=1)]
    used, inverse = np.unique(triangles, return_inverse=True)
    assert completed_halves(Mesh.from_faces(sphere.vertices[used], inverse.reshape(-1, 3))) == []
