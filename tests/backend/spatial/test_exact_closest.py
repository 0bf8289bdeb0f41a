"""Closest points in double precision."""

import numpy as np

from headbridge.spatial import Surface
from headbridge.spatial.exact_closest import ExactClosest

from .reference import closest_points


def test_equals_the_plain_search_over_all_triangles(sphere_mesh):
    mesh = sphere_mesh(14, 20)
    queries = np.random.default_rng(0).normal(size=(400, 3))
    expected = closest_points(mesh.vertices, mesh.triangles, queries)
    triangles, weights = ExactClosest(Surface(mesh.vertices, mesh.triangles))(queries)
    points = np.einsum("nk,nkd->nd", weights, mesh.vertices[mesh.triangles[triangles]])
    assert np.abs(np.linalg.norm(points - queries, axis=1) - expected.distances).max() < 1e-12
