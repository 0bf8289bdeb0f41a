"""Layouts that overstep their tile."""

from __future__ import annotations

import numpy as np

from headbridge.mesh.uv_layout import signed_areas, uv_layout
from headbridge.uv.tiles import squeeze_into_tiles

from .tubes import tube


def squeezed(change):
    source = tube(12, 8)
    layout = uv_layout(source)
    uvs = change(np.array(layout.uvs))
    return uvs, squeeze_into_tiles(uvs, layout.triangles, np.zeros(len(uvs), int), layout), layout


def test_a_layout_inside_its_tile_stays():
    before, after, _ = squeezed(lambda uvs: uvs)
    np.testing.assert_allclose(after, before, atol=1e-12)


def test_points_below_the_tile_are_drawn_in_with_those_near_it():
    def lower(uvs):
        uvs[:, 1] -= 0.11
        return uvs

    before, after, layout = squeezed(lower)
    assert before[:, 1].min() < -0.009
    assert 0.0 < after[:, 1].min() < 0.001
    far = before[:, 1] > 0.09
    assert far.any()
    np.testing.assert_allclose(after[far], before[far], atol=1e-12)
    np.testing.assert_allclose(after[:, 0], before[:, 0], atol=1e-12)
    assert (signed_areas(after[layout.triangles]) > 0.0).all()
    # What lay higher still does.
    order = np.argsort(before[:, 1], kind="stable")
    assert (np.diff(after[order, 1]) >= -1e-12).all()


def test_both_sides_of_a_tile():
    before, after, layout = squeezed(lambda uvs: (uvs - 0.5) * 1.3 + 0.5)
    assert before.min() < 0.0 and before.max() > 1.0
    assert after.min() > 0.0 and after.max() < 1.0
    assert (signed_areas(after[layout.triangles]) > 0.0).all()


def test_a_chart_that_reaches_over_tiles_itself_is_left_alone():
    source = tube(12, 8)
    layout = uv_layout(source)
    wide = type(layout)(layout.uvs * 2.0, layout.point_vertices, layout.corner_points, layout.triangles, layout.charts)
    uvs = wide.uvs - 0.5
    np.testing.assert_array_equal(squeeze_into_tiles(uvs, wide.triangles, np.zeros(len(uvs), int), wide), uvs)
