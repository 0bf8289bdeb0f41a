"""How much of the sky vertices see, where the answer is known."""

import numpy as np
import pytest

from headbridge.mesh.normals import vertex_normals
from headbridge.spatial import Surface
from headbridge.spatial.occlusion import ambient_occlusion


def openness(mesh, radius, inside_out=False):
    triangles = mesh.triangles[:, ::-1] if inside_out else mesh.triangles
    normals = vertex_normals(mesh.vertices, triangles)
    return ambient_occlusion(Surface(mesh.vertices, triangles), mesh.vertices, normals, radius)


def test_a_ball_sees_the_whole_sky(sphere_mesh):
    np.testing.assert_array_equal(openness(sphere_mesh(20, 30), 0.5), 1.0)


@pytest.mark.slow
def test_inside_a_ball_rays_end_where_the_sphere_is(sphere_mesh):
    """From a point of a sphere of radius 1 the ray at cosine c to the inner normal ends after 2 c; cosine-distributed rays
    see the mean of min(2 c / R, 1) over c^2 uniform, which for R = 2 is the mean of c: 2 / 3."""
    seen = openness(sphere_mesh(60, 80), 2.0, inside_out=True)
    assert np.abs(seen - 2.0 / 3.0).max() < 0.03


@pytest.mark.slow
@pytest.mark.parametrize("size", [(20, 30), (150, 200)])
def test_many_vertices_with_few_rays_see_as_much(sphere_mesh, size):
    assert np.abs(openness(sphere_mesh(*size), 2.0, inside_out=True).mean() - 2.0 / 3.0) < 0.02
