"""Charts that are mirrored in the source's layout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from headbridge.mesh.uv_layout import uv_layout
from headbridge.topologies import load_builtin
from headbridge.uv.orientation import upright_source

from .tubes import tube


def test_an_upright_source_stays_as_it_is():
    source = tube(12, 4)
    found = upright_source(source, uv_layout(source))
    assert found.mesh is source and np.isnan(found.twice_axis).all()


def test_a_mirrored_chart_is_turned_in_its_place_and_back():
    flame = load_builtin("flame")
    layout = uv_layout(flame)
    # One eye's chart mirrored about its own middle, as a layout with shared halves has it.
    corners = np.unique(flame.triangle_corners[layout.charts == 1])
    uvs = np.array(flame.uvs)
    uvs[corners, 0] = uvs[corners, 0].min() + uvs[corners, 0].max() - uvs[corners, 0]
    mirrored = replace(flame, uvs=uvs)
    own = uv_layout(mirrored)
    found = upright_source(mirrored, own)
    assert np.isfinite(found.twice_axis).sum() == 1
    assert (found.layout.signed_areas() > 0.0).all()
    np.testing.assert_allclose(found.mesh.uvs, flame.uvs, atol=1e-6)
    charts = np.zeros(len(own.uvs), int)
    charts[own.triangles] = own.charts[:, None]
    np.testing.assert_allclose(found.mirrored_back(found.layout.uvs, charts), own.uvs, atol=1e-12)
