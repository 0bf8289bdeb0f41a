"""The layout as a triangle mesh in the plane: points, seams and charts of meshes where they can be counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh.uv_layout import WELD_DISTANCE, check_uvs, layout_of_points, signed_areas, uv_layout

from ..uv.tubes import MARGIN, angles_of, on_the_back, tube, tube_uvs


def test_a_tube_has_one_chart_and_two_points_per_seam_vertex():
    mesh = tube(12, 5)
    layout = uv_layout(mesh)
    assert layout.chart_count == 1 and len(layout.uvs) == 13 * 6
    points = np.bincount(layout.point_vertices, minlength=len(mesh.vertices))
    np.testing.assert_array_equal(points, np.where(on_the_back(mesh), 2, 1))
    np.testing.assert_array_equal(layout.point_vertices[layout.corner_points], mesh.corners)
    np.testing.assert_array_equal(layout.point_vertices[layout.triangles], mesh.triangles)
    np.testing.assert_array_equal(layout.uvs[layout.corner_points].astype(np.float32), mesh.uvs)
    front = ~on_the_back(mesh)[layout.point_vertices]
    expected = tube_uvs(angles_of(mesh), mesh.vertices[:, 1])[layout.point_vertices]
    np.testing.assert_allclose(layout.uvs[front], expected[front], atol=1e-6)


def test_areas_are_signed_and_add_up():
    mesh = tube(12, 5)
    areas = uv_layout(mesh).signed_areas()
    assert areas.min() > 0.0 and areas.sum() == pytest.approx((1.0 - 2.0 * MARGIN) ** 2, rel=1e-6)
    flipped = replace(mesh, uvs=mesh.uvs * np.float32([-1.0, 1.0]))
    np.testing.assert_allclose(uv_layout(flipped).signed_areas(), -areas, atol=1e-9)
    assert signed_areas(np.array([[[0.0, 0.0], [2.0, 0.0], [0.0, 3.0]]])) == pytest.approx([3.0])


def test_charts_are_numbered_by_size(seamed_prism):
    mesh = tube(12, 5)
    # The lowest row is apart, and of the rows above it three columns.
    row, column = np.divmod(np.arange(60), 12)
    shift = np.where(row == 0, 5.0, np.where(column < 3, 9.0, 0.0))
    layout = uv_layout(replace(mesh, uvs=mesh.uvs + np.repeat(shift, 4)[:, None]))
    assert np.bincount(layout.charts).tolist() == [2 * 36, 2 * 12, 2 * 12]
    np.testing.assert_array_equal(layout.charts == 0, np.repeat(shift == 0.0, 2))
    # Of two charts of the same size that of the lower row came first.
    np.testing.assert_array_equal(layout.charts == 1, np.repeat(shift == 5.0, 2))
    assert uv_layout(seamed_prism).chart_count == 11


def test_charts_that_share_a_place_but_no_vertex_are_apart():
    mesh = tube(6, 2)
    twice = replace(
        mesh,
        vertices=np.concatenate([mesh.vertices, mesh.vertices]),
        corners=np.concatenate([mesh.corners, mesh.corners + len(mesh.vertices)]),
        face_sizes=np.tile(mesh.face_sizes, 2),
        uvs=np.tile(mesh.uvs, (2, 1)),
    )
    assert uv_layout(twice).chart_count == 2


def test_noise_below_the_weld_distance_makes_no_seams():
    mesh = tube(12, 5)
    noise = np.random.default_rng(0).uniform(-0.2, 0.2, mesh.uvs.shape) * WELD_DISTANCE
    layout = uv_layout(replace(mesh, uvs=mesh.uvs + noise))
    assert len(layout.uvs) == 13 * 6 and layout.chart_count == 1
    parted = replace(mesh, uvs=mesh.uvs + 5.0 * WELD_DISTANCE * np.arange(len(mesh.uvs))[:, None])
    assert len(uv_layout(parted).uvs) == len(mesh.corners)


def test_points_may_be_given():
    mesh = tube(8, 3)
    layout = layout_of_points(mesh, mesh.vertices[:, :2], np.arange(len(mesh.vertices)), mesh.corners)
    np.testing.assert_array_equal(layout.triangles, mesh.triangles)
    assert layout.chart_count == 1


def test_missing_and_broken_uvs_are_named():
    mesh = tube(8, 3)
    check_uvs(mesh)
    with pytest.raises(InputError, match="^tube has no UVs; unwrap it first"):
        uv_layout(replace(mesh, uvs=None))
    for broken in (np.nan, np.inf):
        uvs = np.array(mesh.uvs)
        uvs[3, 1] = broken
        with pytest.raises(InputError, match="^tube has UVs that are not finite numbers; "):
            uv_layout(replace(mesh, uvs=uvs))
