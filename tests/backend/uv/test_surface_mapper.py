"""Closest points, sheet by sheet: on the source's own facets the answer is exact."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.mesh.normals import normalized, triangle_cross
from headbridge.mesh.uv_layout import uv_layout
from headbridge.uv.sheets import build_sheets
from headbridge.uv.surface_mapper import SurfaceMapper

from .tubes import RADIUS, tube, tube_uvs


@pytest.fixture(scope="module")
def sheets():
    mesh = tube(24, 6)
    return build_sheets(mesh, uv_layout(mesh), mesh.vertices, np.ones(len(mesh.triangles), bool))


@pytest.fixture(scope="module")
def mapper(sheets):
    return SurfaceMapper(sheets)


def sheet_at(sheets, side):
    """The sheet of the left (u < 0.5, side 0) or right part of the layout."""
    return int(sheets.core[np.argmax((sheets.triangle_uvs[:, :, 0].mean(axis=1) > 0.5) == bool(side))])


def test_points_on_the_sheets_get_their_uv(sheets, mapper):
    rng = np.random.default_rng(0)
    for sheet, members in enumerate(sheets.members):
        shares = rng.dirichlet(np.ones(3), len(members))
        points = np.einsum("tk,tkd->td", shares, sheets.vertices[sheets.triangles[members]])
        normals = normalized(triangle_cross(sheets.vertices, sheets.triangles[members]))
        wanted = np.einsum("tk,tkd->td", shares, sheets.triangle_uvs[members])
        found = mapper.uvs(points, np.full(len(points), sheet), normals)
        np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_a_point_on_the_seam_has_both_uvs(sheets, mapper):
    heights = np.array([-70.0, 3.0, 55.0])
    points = np.stack([np.zeros(3), heights, np.full(3, -RADIUS)], axis=1)
    normals = np.tile([0.0, 0.0, -1.0], (3, 1))
    for side, angle in ((0, -np.pi), (1, np.pi)):
        found = mapper.uvs(points, np.full(3, sheet_at(sheets, side)), normals)
        np.testing.assert_allclose(found, tube_uvs(np.full(3, angle), heights), atol=1e-6)


def test_points_of_different_sheets_may_be_mixed(sheets, mapper):
    points = sheets.vertices[np.arange(0, 60, 5)]
    normals = normalized(points * [1.0, 0.0, 1.0])
    mixed = mapper.uvs(points, np.arange(12) % 2, normals)
    for sheet in (0, 1):
        alone = mapper.uvs(points, np.full(12, sheet), normals)
        np.testing.assert_array_equal(mixed[sheet::2], alone[sheet::2])


def test_costs_are_distances_to_the_core_and_eight_more_behind(sheets, mapper):
    # In the middle of a facet of the right sheet, 5 mm above it.
    angle = 2.0 * np.pi * 6.5 / 24.0
    outward = np.array([np.sin(angle), 0.0, np.cos(angle)])
    facet = RADIUS * np.cos(np.pi / 24.0) * outward
    point = facet + 5.0 * outward
    costs = mapper.sheet_costs(np.stack([point] * 3), np.stack([outward, -outward, [0.0, 1.0, 0.0]]))
    own, other = sheet_at(sheets, 1), sheet_at(sheets, 0)
    np.testing.assert_allclose(costs[:, own], [5.0, 13.0, 5.0], atol=1e-4)
    # The left sheet's core ends at the front and at the back.
    away = np.linalg.norm(point - [0.0, 0.0, -RADIUS])
    assert costs[0, other] == pytest.approx(away, rel=1e-6)
