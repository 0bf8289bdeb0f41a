"""Closest points, patch by patch: on the source's own facets the answer is exact."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.mesh.normals import normalized, triangle_cross
from headbridge.mesh.uv_layout import uv_layout
from headbridge.uv.patches import build_patches
from headbridge.uv.surface_mapper import SurfaceMapper

from .tubes import RADIUS, tube, tube_uvs


@pytest.fixture(scope="module")
def patches():
    mesh = tube(24, 6)
    return build_patches(mesh, uv_layout(mesh), mesh.vertices, np.ones(len(mesh.triangles), bool))


@pytest.fixture(scope="module")
def mapper(patches):
    return SurfaceMapper(patches)


def patch_at(patches, side):
    """The patch of the left (u < 0.5, side 0) or right part of the layout."""
    return int(patches.core[np.argmax((patches.triangle_uvs[:, :, 0].mean(axis=1) > 0.5) == bool(side))])


def test_points_on_the_patches_get_their_uv(patches, mapper):
    rng = np.random.default_rng(0)
    for patch, members in enumerate(patches.members):
        shares = rng.dirichlet(np.ones(3), len(members))
        points = np.einsum("tk,tkd->td", shares, patches.vertices[patches.triangles[members]])
        normals = normalized(triangle_cross(patches.vertices, patches.triangles[members]))
        wanted = np.einsum("tk,tkd->td", shares, patches.triangle_uvs[members])
        found = mapper.uvs(points, np.full(len(points), patch), normals)
        np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_a_point_on_the_seam_has_both_uvs(patches, mapper):
    heights = np.array([-70.0, 3.0, 55.0])
    points = np.stack([np.zeros(3), heights, np.full(3, -RADIUS)], axis=1)
    normals = np.tile([0.0, 0.0, -1.0], (3, 1))
    for side, angle in ((0, -np.pi), (1, np.pi)):
        found = mapper.uvs(points, np.full(3, patch_at(patches, side)), normals)
        np.testing.assert_allclose(found, tube_uvs(np.full(3, angle), heights), atol=1e-6)


def test_points_of_different_patches_may_be_mixed(patches, mapper):
    points = patches.vertices[np.arange(0, 60, 5)]
    normals = normalized(points * [1.0, 0.0, 1.0])
    mixed = mapper.uvs(points, np.arange(12) % 2, normals)
    for patch in (0, 1):
        alone = mapper.uvs(points, np.full(12, patch), normals)
        np.testing.assert_array_equal(mixed[patch::2], alone[patch::2])


def test_costs_are_distances_to_the_core_and_eight_more_behind(patches, mapper):
    # In the middle of a facet of the right patch, 5 mm above it.
    angle = 2.0 * np.pi * 6.5 / 24.0
    outward = np.array([np.sin(angle), 0.0, np.cos(angle)])
    facet = RADIUS * np.cos(np.pi / 24.0) * outward
    point = facet + 5.0 * outward
    costs = mapper.patch_costs(np.stack([point] * 3), np.stack([outward, -outward, [0.0, 1.0, 0.0]]))
    own, other = patch_at(patches, 1), patch_at(patches, 0)
    np.testing.assert_allclose(costs[:, own], [5.0, 13.0, 5.0], atol=1e-4)
    # The left patch's core ends at the front and at the back.
    away = np.linalg.norm(point - [0.0, 0.0, -RADIUS])
    assert costs[0, other] == pytest.approx(away, rel=1e-6)
